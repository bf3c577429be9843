"""Adding and changing custom fields. The kind and the key never change: values, files and mails rest on them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from candidates.models import CustomField, CustomFieldOption, value_model
from candidates.services.custom_fields.reading import unique_key
from candidates.services.identifying import fold
from candidates.services.searching import refresh_search_text
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

Kind = CustomField.Kind
Subject = CustomField.Subject
# Only these can be told apart well enough to be unique.
UNIQUE_KINDS = frozenset({Kind.TEXT, Kind.NUMBER, Kind.URL})
SEARCHABLE_KINDS = frozenset({Kind.TEXT, Kind.SINGLE, Kind.MULTIPLE})
MOST_FIELDS = 100  # Of one subject.
MOST_OPTIONS = 200
_PLURALS = {
    Subject.CANDIDATE: "people",
    Subject.CANDIDACY: "candidacies",
    Subject.JOB: "jobs",
    Subject.POOL: "pools",
}


class FieldRefused(DomainError):
    """A rule of custom fields; its sentence says which."""


@transaction.atomic
def add_field(
    *,
    name: str,
    kind: str,
    by: User,
    subject: str = Subject.CANDIDATE,
    options: Iterable[str] = (),
    **settings: Any,
) -> CustomField:
    """Add a field of the subject at the end; its key is made of the name. `settings` are columns of CustomField."""
    _refuse_too_many(subject)
    others = CustomField.objects.filter(subject=subject)
    last = others.aggregate(last=Max("position"))["last"] or 0
    field = CustomField(
        subject=subject,
        name=name,
        kind=kind,
        key=_free_key(name, subject),
        position=last + 1,
        **settings,
    )
    _refuse_nonsense(field, list(options))
    field.save()
    _set_options(field, options)
    record("custom_field.added", field, by=by, key=field.key, kind=field.kind)
    return field


@transaction.atomic
def edit_field(
    field: CustomField, *, by: User, options: Iterable[str] | None = None, **settings: Any
) -> CustomField:
    """Change the field's settings; choices that are missing from `options` are archived, not lost."""
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    changed = [name for name, value in settings.items() if getattr(field, name) != value]
    for name in changed:
        setattr(field, name, settings[name])
    _refuse_nonsense(field, None if options is None else list(options))
    field.save()
    if options is not None:
        _set_options(field, options)
    if "is_unique" in changed:
        _rewrite_unique_keys(field)
    if field.subject == Subject.CANDIDATE and {"is_searchable", "visible_to"} & set(changed):
        _search_anew(field)
    record("custom_field.edited", field, by=by, fields=sorted(changed))
    return field


@transaction.atomic
def move_field(field: CustomField, *, up: bool, by: User) -> None:
    """Swap the field with its neighbor of the same subject."""
    of_subject = CustomField.objects.filter(subject=field.subject, archived_at=None)
    fields = list(of_subject.select_for_update())
    at = next((number for number, one in enumerate(fields) if one.pk == field.pk), None)
    other = None if at is None else at - 1 if up else at + 1
    if at is None or other is None or not 0 <= other < len(fields):
        return
    fields[at], fields[other] = fields[other], fields[at]
    for position, one in enumerate(fields, start=1):
        one.position = position
    CustomField.objects.bulk_update(fields, ["position"])
    record("custom_field.moved", field, by=by)


@transaction.atomic
def archive_field(field: CustomField, *, by: User) -> None:
    """Take the field off every page, and its words out of the search. Its values stay, for a restore and for the
    person's own export."""
    CustomField.objects.filter(pk=field.pk).update(archived_at=timezone.now())
    if field.is_searchable:
        _search_anew(field)
    record("custom_field.archived", field, by=by)


@transaction.atomic
def restore_field(field: CustomField, *, by: User) -> None:
    """Bring an archived field back; refused where another has its name by now."""
    if field.archived_at:
        _refuse_too_many(field.subject)
    _refuse_nonsense(field, None)
    CustomField.objects.filter(pk=field.pk).update(archived_at=None)
    if field.is_searchable:
        _search_anew(field)
    record("custom_field.restored", field, by=by)


def _search_anew(field: CustomField) -> None:
    """Let people be found by what they have in a field of theirs as it is now."""
    refresh_search_text(
        value_model(field.subject)
        .objects.filter(field=field)
        .order_by()
        .values_list("candidate", flat=True)
        .distinct()
    )


def _free_key(name: str, subject: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:30] or "field"
    stem = stem if stem[0].isalpha() else f"f_{stem}"
    of_subject = CustomField.objects.filter(subject=subject)
    taken = set(of_subject.values_list("key", flat=True))
    return next(
        key
        for number in range(1, 10_000)
        if (key := stem if number == 1 else f"{stem}_{number}") not in taken
    )


def _refuse_too_many(subject: str) -> None:
    if CustomField.objects.filter(subject=subject, archived_at=None).count() >= MOST_FIELDS:
        raise FieldRefused(f"There are {MOST_FIELDS} fields already. Archive one first.")


def _refuse_nonsense(field: CustomField, options: list[str] | None) -> None:
    same = CustomField.objects.filter(
        subject=field.subject, name__iexact=field.name, archived_at=None
    )
    if same.exclude(pk=field.pk).exists():
        raise FieldRefused(f"There is a field “{field.name}” already.")
    if field.is_unique and field.kind not in UNIQUE_KINDS:
        raise FieldRefused("Only text, numbers and links can be unique.")
    if field.is_searchable and field.subject != Subject.CANDIDATE:
        raise FieldRefused(
            "The search box looks for candidates only: this field cannot be searchable."
        )
    if field.is_searchable and field.kind not in SEARCHABLE_KINDS:
        raise FieldRefused("The search box looks through short texts and choices only.")
    if field.is_searchable and field.is_private:
        raise FieldRefused(
            "What not everybody sees cannot be searchable: the search would tell it to all."
        )
    if field.has_options and options is not None and not any(map(str.strip, options)):
        raise FieldRefused("Write down at least one choice.")


def _set_options(field: CustomField, names: Iterable[str]) -> None:
    """Let the open choices be these, in this order."""
    wanted: Mapping[str, str] = {
        fold(name)[:100]: " ".join(name.split())[:100] for name in names if name.strip()
    }
    if len(wanted) > MOST_OPTIONS:
        raise FieldRefused(f"At most {MOST_OPTIONS} choices, please.")
    if not field.has_options:
        return
    known = {option.normalized: option for option in field.options.all()}
    for position, (normalized, name) in enumerate(wanted.items(), start=1):
        option = known.pop(normalized, None) or CustomFieldOption(
            field=field, normalized=normalized
        )
        option.name, option.position, option.archived_at = name, position, None
        option.save()
    CustomFieldOption.objects.filter(
        pk__in=[option.pk for option in known.values()], archived_at=None
    ).update(archived_at=timezone.now())


def _rewrite_unique_keys(field: CustomField) -> None:
    """Fill or empty the column that the database keeps unique."""
    values = value_model(field.subject).objects
    rows = values.filter(field=field)
    if not field.is_unique:
        rows.update(unique_key=None)
        return
    held = list(rows.only("text", "number"))
    for row in held:
        row.unique_key = unique_key({"text": row.text, "number": row.number})
    if len({row.unique_key for row in held}) < len(held):
        raise FieldRefused(
            f"Some {_PLURALS[Subject(field.subject)]} have the same {field.name}."
            " Change that first, then make the field unique."
        )
    values.bulk_update(held, ["unique_key"], batch_size=2000)
