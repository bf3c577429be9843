"""Setting what people have in custom fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from candidates.models import Candidate, CandidateCustomValue, CustomField, Origin, Touchpoint
from candidates.queries.custom_fields import custom_fields
from candidates.services.custom_fields.files import keep_file
from candidates.services.custom_fields.reading import Reader, ValueUnreadable
from candidates.services.provenance import Provenance
from candidates.services.searching import refresh_search_text
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# What makes two values the same.
PARTS = ("text", "number", "currency", "day", "yes", "option", "member", "attachment")
# Fields of one candidate, as change sets and the timeline name them.
Rows = dict[tuple[int, int], list[CandidateCustomValue]]


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
    """What became of one person's values: keys of fields, and sentences."""

    changed: list[str] = field(default_factory=list)
    # Set by a person, so not replaced by what is no person's.
    kept: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
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
    outcome = _set({candidate.pk: values}, provenance, strict=True)[candidate.pk]
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


@transaction.atomic
def set_values_of_many(
    values: Mapping[int, Mapping[str, Any]], *, provenance: Provenance
) -> dict[int, Outcome]:
    """The same for many people at once, without timeline and audit entry; keys without a field are left out."""
    return _set(values, provenance, strict=False)


def _set(
    values: Mapping[int, Mapping[str, Any]], provenance: Provenance, *, strict: bool
) -> dict[int, Outcome]:
    fields = {one.key: one for one in custom_fields()}
    reader = Reader(fields.values())
    held = _held(
        values, [fields[key].pk for given in values.values() for key in given if key in fields]
    )
    outcomes = {candidate_id: Outcome() for candidate_id in values}
    fresh: list[CandidateCustomValue] = []
    gone: list[int] = []
    for candidate_id, given in values.items():
        outcome = outcomes[candidate_id]
        for key, raw in given.items():
            if key not in fields:
                continue
            rows = held.get((candidate_id, fields[key].pk), [])
            try:
                wanted = reader.read(fields[key], raw)
            except ValueUnreadable as problem:
                if strict:
                    raise
                outcome.problems.append(str(problem))
                continue
            had = {_sameness(row) for row in rows}
            new = [
                CandidateCustomValue(
                    candidate_id=candidate_id,
                    field=fields[key],
                    **columns,
                    **provenance.as_columns(),
                )
                for columns in wanted
            ]
            if {_sameness(row) for row in new} == had:
                continue
            if provenance.kind != Origin.PERSON and _is_by_hand(rows):
                outcome.kept.append(key)
                continue
            outcome.changed.append(key)
            outcome.told.append(_told(fields[key], rows, new))
            wanted_now = {_sameness(row) for row in new}
            gone += [row.pk for row in rows if _sameness(row) not in wanted_now]
            fresh += [row for row in new if _sameness(row) not in had]
    _write(fresh, gone, outcomes, strict=strict)
    searchable = {key for key, one in fields.items() if one.is_searchable}
    refresh_search_text(
        candidate_id
        for candidate_id, outcome in outcomes.items()
        if searchable.intersection(outcome.changed)
    )
    return outcomes


def _held(candidate_ids: Iterable[int], field_ids: Iterable[int]) -> Rows:
    rows: Rows = {}
    found = CandidateCustomValue.objects.filter(
        candidate__in=list(candidate_ids), field__in=set(field_ids)
    ).select_related("field", "option", "member", "attachment")
    for row in found:
        rows.setdefault((row.candidate_id, row.field_id), []).append(row)
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


def _write(
    fresh: list[CandidateCustomValue],
    gone: list[int],
    outcomes: dict[int, Outcome],
    *,
    strict: bool,
) -> None:
    CandidateCustomValue.objects.filter(pk__in=gone).delete()
    taken = _taken(fresh)
    for row in fresh:
        if row.pk is None and id(row) in taken:
            if strict:
                raise ValueTaken(row.field)
            outcome = outcomes[row.candidate_id]
            outcome.changed.remove(row.field.key)
            outcome.problems.append(str(ValueTaken(row.field)))
    try:
        with transaction.atomic():
            CandidateCustomValue.objects.bulk_create(
                [row for row in fresh if id(row) not in taken], batch_size=2000
            )
    except IntegrityError as error:
        # Somebody else wrote the same between our look and our writing.
        if not strict or "custom_value_unique" not in str(error):
            raise
        raise ValueTaken(fresh[0].field) from error


def _taken(fresh: list[CandidateCustomValue]) -> set[int]:
    """Which new rows (by `id()`) have what must be unique and is somebody's already, or an earlier row's."""
    keyed = [row for row in fresh if row.unique_key]
    if not keyed:
        return set()
    seen = set(
        CandidateCustomValue.objects.filter(
            field__in={row.field_id for row in keyed},
            unique_key__in={row.unique_key for row in keyed},
        ).values_list("field", "unique_key")
    )
    taken = set()
    for row in keyed:
        mark = (row.field_id, row.unique_key)
        if mark in seen:
            taken.add(id(row))
        seen.add(mark)
    return taken
