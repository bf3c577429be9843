"""Setting what people have in custom fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from candidates.models import Candidate, CandidateCustomValue, CustomField, Origin, Touchpoint
from candidates.queries.custom_fields import custom_fields, is_taken
from candidates.services.custom_fields.files import keep_file
from candidates.services.custom_fields.reading import Reader
from candidates.services.provenance import Provenance
from candidates.services.searching import refresh_search_text
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# What makes two values the same.
PARTS = ("text", "number", "currency", "day", "yes", "option", "member", "attachment")


class UnknownField(DomainError):
    def __init__(self, key: str) -> None:
        super().__init__(f"There is no custom field “{key}”.")


class ValueTaken(DomainError):
    """A field in which no two people may have the same has this value at somebody else."""

    def __init__(self, custom_field: CustomField) -> None:
        super().__init__(
            f"{custom_field.name}: Somebody else has this value already, and the field is unique."
        )


@dataclass
class Outcome:
    """What became of one person's values: keys of fields."""

    changed: list[str] = field(default_factory=list)
    # Set by a person, so not replaced by what is no person's.
    kept: list[str] = field(default_factory=list)
    # For the timeline: name, before, after; without the values of fields that not everybody sees.
    told: list[list[str]] = field(default_factory=list)


@transaction.atomic
def set_values(
    candidate: Candidate,
    values: Mapping[str, Any],
    *,
    provenance: Provenance,
    by: User | None = None,
) -> Outcome:
    """Let the candidate have these values (key of a field to what was given), and tell the timeline.

    Raises the first problem: nothing is set then. Fields that are not named stay as they are.
    """
    # Two at once: the second waits, so that no field gets two single values.
    Candidate.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    known = {one.key: one for one in custom_fields()}
    unknown = set(values) - set(known)
    if unknown:
        raise UnknownField(min(unknown))
    values = {
        key: keep_file(candidate, known[key], given, by=by)
        if isinstance(given, UploadedFile)
        else given
        for key, given in values.items()
    }
    outcome = _set(candidate, {known[key]: given for key, given in values.items()}, provenance)
    if outcome.changed:
        add_touchpoint(
            candidate,
            Touchpoint.Kind.EDITED,
            f"Changed {', '.join(name for name, *_ in outcome.told)}",
            actor=by,
            changes=outcome.told,
        )
        record("candidate.edited", candidate, by=by, custom_fields=sorted(outcome.changed))
    return outcome


def _set(
    candidate: Candidate, values: Mapping[CustomField, Any], provenance: Provenance
) -> Outcome:
    reader = Reader(values)
    held = _held(candidate, values)
    outcome = Outcome()
    fresh: list[CandidateCustomValue] = []
    gone: list[int] = []
    for one, given in values.items():
        rows = held.get(one.pk, [])
        new = [
            CandidateCustomValue(
                candidate=candidate, field=one, **columns, **provenance.as_columns()
            )
            for columns in reader.read(one, given)
        ]
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
    _write(fresh, gone)
    if any(one.is_searchable for one in values if one.key in outcome.changed):
        refresh_search_text([candidate.pk])
    return outcome


def _held(
    candidate: Candidate, fields: Iterable[CustomField]
) -> dict[int, list[CandidateCustomValue]]:
    """What the candidate has, by the field's id."""
    rows: dict[int, list[CandidateCustomValue]] = {}
    found = CandidateCustomValue.objects.filter(
        candidate=candidate, field__in=[one.pk for one in fields]
    ).select_related("field", "option", "member", "attachment")
    for row in found:
        rows.setdefault(row.field_id, []).append(row)
    return rows


def _sameness(row: CandidateCustomValue) -> tuple[Any, ...]:
    return tuple(getattr(row, part) for part in PARTS)


def _is_by_hand(rows: list[CandidateCustomValue]) -> bool:
    return any(row.provenance_kind in {Origin.PERSON, Origin.UNKNOWN} for row in rows)


def _told(
    one: CustomField, before: list[CandidateCustomValue], after: list[CandidateCustomValue]
) -> list[str]:
    if one.is_private:
        return [one.name]
    return [one.name, *(", ".join(row.shown for row in rows)[:200] for rows in (before, after))]


def _write(fresh: list[CandidateCustomValue], gone: list[int]) -> None:
    CandidateCustomValue.objects.filter(pk__in=gone).delete()
    for row in fresh:
        if row.unique_key and is_taken(row.field, row.unique_key, but=row.candidate_id):
            raise ValueTaken(row.field)
    try:
        with transaction.atomic():
            CandidateCustomValue.objects.bulk_create(fresh)
    except IntegrityError as error:
        # Somebody else wrote the same between our look and our writing.
        if "custom_value_unique" not in str(error):
            raise
        raise ValueTaken(next(row.field for row in fresh if row.unique_key)) from error
