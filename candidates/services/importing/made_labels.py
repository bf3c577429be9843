"""The source and the tag that an import's choices name. One that is new came with the file, and goes with it while nobody uses it."""

from typing import Any

from candidates.models import ChangeSet, Import, Source, Tag
from candidates.services import tagging
from candidates.services.candidates import source_named
from candidates.services.changes.recording import record_created
from candidates.services.changes.registry import keys_to
from candidates.services.identifying import fold

# Among the import's hints: kind to id.
_MADE = "made"
_MODELS: dict[str, type[Source | Tag]] = {"source": Source, "tag": Tag}


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
    made = _made_with(import_file)
    for kind, is_known in known.items():
        label = getattr(import_file, kind)
        if kind in made and (label is None or label.pk != made[kind]):
            _remove_unused(import_file, kind, made.pop(kind))
        if label is not None and not is_known:
            made[kind] = label.pk
    import_file.hints = {**import_file.hints, _MADE: made}


def kept_hint(import_file: Import) -> dict[str, Any]:
    """What was made for the import, as it stands among its hints."""
    return {_MADE: made} if (made := _made_with(import_file)) else {}


def forget_labels(import_file: Import) -> None:
    """Remove what was made for an import that is thrown away, unless somebody uses it."""
    for kind, pk in _made_with(import_file).items():
        _remove_unused(import_file, kind, pk)


def record_labels(import_file: Import, change_set: ChangeSet) -> None:
    """Have what was made for the import go when it is undone."""
    for kind, pk in _made_with(import_file).items():
        record_created(change_set, _MODELS[kind]._default_manager.filter(pk=pk))


def _made_with(import_file: Import) -> dict[str, int]:
    return dict(import_file.hints.get(_MADE, {}))


def _remove_unused(import_file: Import, kind: str, pk: int) -> None:
    model = _MODELS[kind]
    for key in keys_to(model):
        users = key.model._default_manager.filter(**{key.name: pk})
        if key.model is Import:
            users = users.exclude(pk=import_file.pk)
        if users.exists():
            return
    model._default_manager.filter(pk=pk).delete()
