"""Setting what people, jobs, candidacies and pools have in custom fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction

from candidates.models import (
    UNIQUE_VALUE,
    Candidate,
    CustomField,
    CustomValue,
    Origin,
    Touchpoint,
    value_model_of,
)
from candidates.queries.custom_fields import custom_fields, is_taken
from candidates.services.custom_fields.files import keep_file
from candidates.services.custom_fields.reading import Reader
from candidates.services.provenance import Provenance
from candidates.services.searching import refresh_search_text
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

Subject = CustomField.Subject
_ANOTHER = {
    Subject.CANDIDATE: "Somebody else",
    Subject.CANDIDACY: "Another candidacy",
    Subject.JOB: "Another job",
    Subject.POOL: "Another pool",
}
# What makes two values the same.
PARTS = ("text", "number", "currency", "day", "yes", "option", "member", "attachment")


class UnknownField(DomainError):
    def __init__(self, key: str) -> None:
        super().__init__(f"There is no custom field “{key}”.")


class ValueTaken(DomainError):
    """A field in which no two may have the same has this value at another. `why` is for beside the field."""

    def __init__(self, custom_field: CustomField) -> None:
        another = _ANOTHER[Subject(custom_field.subject)]
        self.why = f"{another} has this value already, and the field is unique."
        super().__init__(f"{custom_field.name}: {self.why}")


class ValueMissing(DomainError):
    def __init__(self, custom_field: CustomField) -> None:
        super().__init__(f"{custom_field.name}: a value is required, and none was given.")


@dataclass
class Outcome:
    """What became of one owner's values: keys of fields."""

    changed: list[str] = field(default_factory=list)
    # Set by a person, so not replaced by what is no person's.
    kept: list[str] = field(default_factory=list)
    # For the timeline: name, before, after; without the values of fields that not everybody sees.
    told: list[list[str]] = field(default_factory=list)


@transaction.atomic
def set_values(
    owner: models.Model,
    values: Mapping[str, Any],
    *,
    provenance: Provenance,
    by: User | None = None,
) -> Outcome:
    """Let the owner have these values (key of a field to what was given); a person's timeline tells of it.

    The owner is what the fields are of: a candidate, a candidacy, a job or a pool. Raises the first problem:
    nothing is set then. Fields that are not named stay as they are.
    """
    # Two at once: the second waits, so that no field gets two single values.
    type(owner)._default_manager.select_for_update(no_key=True).get(pk=owner.pk)
    model = value_model_of(owner)
    known = {one.key: one for one in custom_fields(subject=model.subject)}
    unknown = set(values) - set(known)
    if unknown:
        raise UnknownField(min(unknown))
    values = {
        key: keep_file(model.new_file(owner), known[key], given, by=by)
        if isinstance(given, UploadedFile)
        else given
        for key, given in values.items()
    }
    outcome = _set(owner, {known[key]: given for key, given in values.items()}, provenance)
    if outcome.changed:
        if isinstance(owner, Candidate):
            add_touchpoint(
                owner,
                Touchpoint.Kind.EDITED,
                f"Changed {', '.join(name for name, *_ in outcome.told)}",
                actor=by,
                changes=outcome.told,
            )
        keys = sorted(outcome.changed)
        record(f"{model.subject}.edited", owner, by=by, custom_fields=keys)
    return outcome


def _set(owner: models.Model, values: Mapping[CustomField, Any], provenance: Provenance) -> Outcome:
    model = value_model_of(owner)
    reader = Reader(values)
    held = _held(owner, values)
    outcome = Outcome()
    fresh: list[CustomValue] = []
    gone: list[int] = []
    for one, given in values.items():
        rows = held.get(one.pk, [])
        new = [
            model(**{model.subject: owner}, field=one, **columns, **provenance.as_columns())
            for columns in reader.read(one, given)
        ]
        if one.is_required and not new:
            raise ValueMissing(one)
        had, wanted = {_sameness(row) for row in rows}, {_sameness(row) for row in new}
        if wanted == had:
            continue
        if provenance.kind != Origin.PERSON and _is_by_hand(rows):
            outcome.kept.append(one.key)
            continue
        outcome.changed.append(one.key)
        outcome.told.append(_told(one, rows, new))
        gone += [row.pk for row in rows if _sameness(row) not in wanted]
        fresh += [row for row in new if _sameness(row) not in had]
    _write(model, fresh, gone)
    if any(one.is_searchable for one in values if one.key in outcome.changed):
        refresh_search_text([owner.pk])
    return outcome


def _held(owner: models.Model, fields: Iterable[CustomField]) -> dict[int, list[CustomValue]]:
    """What the owner has, by the field's id."""
    model = value_model_of(owner)
    rows: dict[int, list[CustomValue]] = {}
    found = model.objects.filter(
        **{model.subject: owner}, field__in=[one.pk for one in fields]
    ).select_related("field", "option", "member", "attachment")
    for row in found:
        rows.setdefault(row.field_id, []).append(row)
    return rows


def _sameness(row: CustomValue) -> tuple[Any, ...]:
    return tuple(getattr(row, part) for part in PARTS)


def _is_by_hand(rows: list[CustomValue]) -> bool:
    return any(row.provenance_kind in {Origin.PERSON, Origin.UNKNOWN} for row in rows)


def _told(one: CustomField, before: list[CustomValue], after: list[CustomValue]) -> list[str]:
    if one.is_private:
        return [one.name]
    return [one.name, *(", ".join(row.shown for row in rows)[:200] for rows in (before, after))]


def _write(model: type[Any], fresh: list[CustomValue], gone: list[int]) -> None:
    model.objects.filter(pk__in=gone).delete()
    for row in fresh:
        if row.unique_key and is_taken(row.field, row.unique_key, but=row.owner_id):
            raise ValueTaken(row.field)
    try:
        with transaction.atomic():
            model.objects.bulk_create(fresh)
    except IntegrityError as error:
        # Somebody else wrote the same between our look and our writing.
        if UNIQUE_VALUE not in str(error):
            raise
        raise ValueTaken(next(row.field for row in fresh if row.unique_key)) from error
