"""Merging people: one record stays, everything of the others moves to it, and one undo takes it back."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, ChangeSet, FormerId, Touchpoint
from candidates.services.changes.recording import (
    close_change_set,
    open_change_set,
    recording_people,
)
from candidates.services.changes.registry import forget_derived
from candidates.services.duplicates.grouping import pairs_around, people_of, refresh_leaders
from candidates.services.merging.comparing import Line, compare
from candidates.services.merging.rules import Merge, all_rules, lock_above
from candidates.services.provenance import entry_of
from candidates.services.searching import refresh_search_text
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# More records of one person are a mistake of the list, not of a recruiter.
MOST_AT_ONCE = 12


class NothingToMerge(DomainError):
    """Merging takes two people who are here."""


def lock_people(candidate_ids: Sequence[int]) -> list[Candidate]:
    """Lock these people until the transaction ends, after whatever the apps above lock; the oldest first."""
    lock_above(candidate_ids)
    people = Candidate.objects.select_for_update(of=("self",)).select_related("source", "owner")
    return list(people.filter(pk__in=candidate_ids).order_by("pk"))


@transaction.atomic
def merge_people(
    survivor: Candidate,
    others: Sequence[int],
    *,
    by: User | None,
    choices: dict[str, int] | None = None,
    change_set: ChangeSet | None = None,
) -> ChangeSet:
    """Make `survivor` of them all; `choices` says whose value stands in a field, else the better one does.

    Without a `change_set` of several merges it gets one of its own.
    """
    ids = sorted({survivor.pk, *others})
    people = lock_people(ids)
    if len(people) < len(ids) or not 2 <= len(ids) <= MOST_AT_ONCE:
        raise NothingToMerge(
            "One of these records is no longer here. Somebody may have merged or erased it."
            if len(people) < len(ids)
            else f"Choose two to {MOST_AT_ONCE} records to merge."
        )
    kept = next(person for person in people if person.pk == survivor.pk)
    gone = [person for person in people if person != kept]
    merge = Merge(kept.pk, tuple(person.pk for person in gone), by)
    neighbours = people_of(pairs_around(ids))
    written = change_set or open_change_set(
        ChangeSet.Kind.MERGE, f"Merged {len(ids)} records into one", by=by
    )
    with recording_people(written, ids, survivor=kept.pk):
        lines = compare(people, survivor=kept, choices=choices)
        for rules in all_rules():
            for rule in rules.rules.values():
                rule(merge)
        _set_fields(kept, people, lines)
        _tell(kept, gone, written, by=by)
        FormerId.objects.bulk_create(FormerId(candidate=kept, number=person.pk) for person in gone)
        losers = Candidate.objects.filter(pk__in=merge.losers)
        losers._raw_delete(losers.db)
        forget_derived(merge.losers)
    refresh_leaders(set(neighbours) - set(merge.losers))
    refresh_search_text([kept.pk])
    record("candidates.merged", kept, by=by, merged=list(merge.losers))
    return written if change_set else close_change_set(written)


def _set_fields(kept: Candidate, people: Sequence[Candidate], lines: Sequence[Line]) -> None:
    """The chosen values with their provenance; of moments the earliest coming and the latest contact."""
    provenance: dict[str, Any] = dict(kept.provenance)
    for line in lines:
        chosen = line.chosen.candidate
        if line.chosen.value != getattr(kept, line.field):
            setattr(kept, line.field, line.chosen.value)
            provenance[line.field] = entry_of(chosen.provenance, line.field) or {
                "kind": "",
                "at": chosen.created_at.isoformat(timespec="seconds"),
            }
    first = min(people, key=lambda person: person.created_at)
    kept.provenance = provenance
    kept.created_at, kept.created_by_id = first.created_at, first.created_by_id
    for name in ("last_contacted_at", "imported_contact_at", "last_replied_at"):
        moments = [getattr(person, name) for person in people if getattr(person, name)]
        setattr(kept, name, max(moments, default=None))
    # Moved contacts have changed it, by triggers.
    kept.refresh_from_db(fields=["heat"])
    kept.save()


def _tell(
    kept: Candidate, gone: Sequence[Candidate], change_set: ChangeSet, *, by: User | None
) -> None:
    names = ", ".join(str(person) for person in gone)
    add_touchpoint(
        kept,
        Touchpoint.Kind.MERGED,
        f"Merged with the record of {names}",
        actor=by,
        link=f"candidates/changes/{change_set.pk}/",
        at=timezone.now(),
    )


def where_is(candidate_id: int) -> Candidate | None:
    """Who a person is now that was merged into another, for old links; None for ids that never were."""
    former = FormerId.objects.filter(number=candidate_id).select_related("candidate").first()
    return former.candidate if former else None
