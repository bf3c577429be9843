"""What an import's choices name and nobody had before: its source, its tag, fields for its columns.

It came with the file, and goes with it while nobody uses it.
"""

from collections.abc import Iterator
from typing import Any

from candidates.models import ChangeSet, CustomField, Import, Source, Tag
from candidates.services import tagging
from candidates.services.candidates import source_named
from candidates.services.changes.recording import record_created
from candidates.services.changes.registry import keys_to
from candidates.services.changes.uses import goes_along, named_elsewhere
from candidates.services.identifying import fold
from candidates.services.importing.custom import make_fields
from candidates.services.importing.fields import CUSTOM, NEW
from candidates.services.importing.guessing import Mapping
from crm.accounts.models import User
from crm.tenancy.models import OwnedModel

_FIELDS = "fields"
_MODELS: dict[str, type[Source | Tag | CustomField]] = {
    "source": Source,
    "tag": Tag,
    _FIELDS: CustomField,
}
_NOUNS: dict[type[OwnedModel], str] = {Source: "source", Tag: "tag", CustomField: "field"}


def choose_labels(import_file: Import, *, source: str, tag: str) -> None:
    """Set the import's source and tag to those of these names, made if they are new; the caller saves it.

    What was made for an earlier choice and is not used goes.
    """
    name = " ".join(source.split())
    known = {
        "source": Source.objects.filter(name__iexact=name).exists(),
        "tag": Tag.objects.filter(normalized=fold(" ".join(tag.split())[:60])[:60]).exists(),
    }
    import_file.source = source_named(name)
    import_file.tag = next(iter(tagging.labels_named(Tag, [tag])), None)
    made = import_file.made
    for kind, is_known in known.items():
        label = getattr(import_file, kind)
        if kind in made and (label is None or label.pk != made[kind]):
            _remove_unused(import_file, _MODELS[kind], made.pop(kind))
        if label is not None and not is_known:
            made[kind] = label.pk
    import_file.hints = {**import_file.hints, "made": made}


def choose_fields(import_file: Import, mapping: Mapping, *, by: User) -> Mapping:
    """The mapping with a field made for each column that is to have a new one; the caller saves the import.

    A field that was made for an earlier choice and is not used goes, so that its column may have another one.
    """
    made = import_file.made
    chosen = {kind.removeprefix(CUSTOM) for kind in mapping.values() if kind.startswith(CUSTOM)}
    earlier = CustomField.objects.filter(pk__in=made.get(_FIELDS, []))
    kept = [
        field.pk
        for field in earlier
        if field.key in chosen or _remove_unused(import_file, CustomField, field.pk)
    ]
    full = make_fields(import_file, mapping, by=by)
    new = [
        full[number].removeprefix(CUSTOM)
        for number, kind in mapping.items()
        if kind.startswith(NEW)
    ]
    fresh = CustomField.objects.filter(subject=CustomField.Subject.CANDIDATE, key__in=new)
    made[_FIELDS] = [*kept, *fresh.values_list("pk", flat=True)]
    import_file.hints = {**import_file.hints, "made": made}
    return full


def kept_hint(import_file: Import) -> dict[str, Any]:
    """What was made for the import, as it stands among its hints."""
    return {"made": made} if (made := import_file.made) else {}


def forget_made(import_file: Import) -> list[str]:
    """Remove what was made for an import that is thrown away; returns what somebody uses and therefore stays.

    Such as "the field “Shoe size”".
    """
    return [
        stays
        for model, pk in _rows_made_with(import_file)
        if (stays := _remove_unused(import_file, model, pk))
    ]


def record_made(import_file: Import, change_set: ChangeSet) -> None:
    """Have what was made for the import go when it is undone."""
    for model, pk in _rows_made_with(import_file):
        record_created(change_set, model._default_manager.filter(pk=pk))


def _rows_made_with(import_file: Import) -> Iterator[tuple[type[OwnedModel], int]]:
    for kind, held in import_file.made.items():
        for pk in held if kind == _FIELDS else [held]:
            yield _MODELS[kind], pk


def _remove_unused(import_file: Import, model: type[OwnedModel], pk: int) -> str:
    """Delete the row; returns what it is called where others use it, and it stays."""
    # Whoever begins to use it now waits, and finds that it is gone.
    row = model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        return ""
    for key in keys_to(model):
        users = key.model._default_manager.filter(**{key.name: pk})
        if key.model is Import:
            users = users.exclude(pk=import_file.pk)
        elif along := goes_along(key):
            users = users.exclude(along)
        if users.exists():
            return f"the {_NOUNS[model]} “{row}”"
    if named_elsewhere(model, [pk]):
        return f"the {_NOUNS[model]} “{row}”"
    row.delete()
    return ""
