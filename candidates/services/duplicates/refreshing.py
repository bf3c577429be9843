"""Keeping the queue of pairs: whoever changed is compared anew, set by set; a sweep compares everybody.

What is to be done stands in `MatchCheck`, written by the database itself. A worker that dies loses nothing,
two at once take different people, and working twice on somebody changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic

from django.db import connection, transaction
from django.db.models import Q

from candidates.models import Candidate, Distinction, DuplicatePair, MatchCheck
from candidates.services.duplicates.grouping import refresh_leaders
from candidates.services.duplicates.keys import (
    MOST_OF_A_KEY,
    blocks_of,
    current_rules,
    facts_of,
    keys_of,
    with_namesakes,
)
from candidates.services.duplicates.scoring import POSSIBLE, Score, score
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in, current_organization

BATCH = 500
# More are waiting only while an import runs: then a door does not wait for them.
AT_THE_DOOR = 50


@dataclass(frozen=True)
class Progress:
    """How many people are still to be compared, of how many."""

    waiting: int
    people: int

    @property
    def done(self) -> int:
        return self.people - self.waiting


def compare_waiting(most: int = BATCH) -> int:
    """Compare people who wait, if they are no more than `most`; returns how many there were."""
    if MatchCheck.objects.order_by()[most : most + 1].exists():
        return 0
    return compare_batch(most)


@transaction.atomic
def compare_batch(size: int = BATCH) -> int:
    """Take up to `size` waiting people, refresh their keys and pairs; returns how many were taken."""
    taken = list(
        MatchCheck.objects.select_for_update(skip_locked=True)
        .order_by("pk")
        .values_list("pk", "candidate")[:size]
    )
    if not taken:
        return 0
    refresh_pairs({candidate_id for _, candidate_id in taken})
    done = MatchCheck.objects.filter(pk__in=[pk for pk, _ in taken])
    done._raw_delete(done.db)
    return len(taken)


@transaction.atomic
def refresh_pairs(candidate_ids: Iterable[int]) -> None:
    """Find anew who these people may be; pairs that are none any more go, what was decided stays."""
    rules = current_rules()
    here = _hold(candidate_ids)
    facts = facts_of(here, rules)
    keys = {pk: keys_of(known) for pk, known in facts.items()}
    write_keys(keys)
    blocks = blocks_of(set().union(*keys.values()))
    partners = {
        in_order(pk, other)
        for people in blocks.values()
        if len(people) <= MOST_OF_A_KEY
        for pk in here.intersection(people)
        for other in people
        if pk != other
    }
    others = {pk for pair in partners for pk in pair} - here
    # Whoever is being merged or erased just now is compared afterwards.
    facts |= facts_of(_hold(others, skip_locked=True), rules)
    found = {}
    for one, other in partners - decided_about(here):
        if one not in facts or other not in facts:
            continue
        # Namesakes only make it less sure: hardly any pair is worth counting them.
        if score(facts[one], facts[other]).confidence >= POSSIBLE:
            scored = score(with_namesakes(facts[one], facts[other], blocks), facts[other])
            if scored.confidence >= POSSIBLE:
                found[one, other] = scored
    _write_pairs(here, found)


def in_order(one: int, other: int) -> tuple[int, int]:
    """Two people as a pair names them: who came first stands first."""
    return (one, other) if one < other else (other, one)


def _hold(candidate_ids: Iterable[int], *, skip_locked: bool = False) -> set[int]:
    """Keep these people from going until the transaction ends; returns who is here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM candidates_candidate WHERE organization_id = %s AND id = ANY(%s)"  # noqa: S608
            f" ORDER BY id FOR KEY SHARE {'SKIP LOCKED' if skip_locked else ''}",
            [current_organization().pk, sorted(candidate_ids)],
        )
        return {pk for (pk,) in cursor.fetchall()}


def decided_about(candidate_ids: Iterable[int]) -> set[tuple[int, int]]:
    """The pairs with these people of which somebody said that they are two people."""
    ids = list(candidate_ids)
    decided = Distinction.objects.filter(Q(candidate__in=ids) | Q(other__in=ids))
    return {in_order(*people) for people in decided.values_list("candidate", "other")}


def write_keys(keys: dict[int, set[int]]) -> None:
    """Let the keys of these people be exactly these; rows that stay are not touched."""
    wanted = [(pk, key) for pk, of_person in keys.items() for key in of_person]
    people, values = [pk for pk, _ in wanted], [key for _, key in wanted]
    organization = current_organization().pk
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM candidates_matchkey WHERE organization_id = %s AND candidate_id = ANY(%s)"
            " AND (candidate_id, key) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))",
            [organization, list(keys), people, values],
        )
        cursor.execute(
            "INSERT INTO candidates_matchkey (organization_id, candidate_id, key)"
            " SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
            [organization, people, values],
        )


def _write_pairs(here: set[int], found: dict[tuple[int, int], Score]) -> None:
    """Let the pairs of these people be exactly those found, and say who leads each group."""
    ids = list(here)
    held = {
        (pair.candidate_id, pair.other_id): pair
        for pair in DuplicatePair.objects.filter(Q(candidate__in=ids) | Q(other__in=ids))
    }
    gone = [pair.pk for names, pair in held.items() if names not in found]
    changed = []
    for names, scored in found.items():
        pair = held.get(names)
        reasons = [list(reason) for reason in scored.reasons]
        if pair and (pair.confidence, pair.reasons) != (scored.confidence, reasons):
            pair.confidence, pair.reasons = scored.confidence, reasons
            changed.append(pair)
    DuplicatePair.objects.filter(pk__in=gone).delete()
    DuplicatePair.objects.bulk_update(changed, ["confidence", "reasons"])
    DuplicatePair.objects.bulk_create(
        (
            DuplicatePair(
                candidate_id=one,
                other_id=other,
                confidence=scored.confidence,
                reasons=scored.reasons,
            )
            for (one, other), scored in found.items()
            if (one, other) not in held
        ),
        ignore_conflicts=True,
    )
    if gone or changed or found.keys() - held.keys():
        refresh_leaders({pk for names in {*held, *found} for pk in names})


# The sweep


def note_everybody() -> int:
    """Let everybody in the organization be compared anew, but who waits already; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_matchcheck (organization_id, candidate_id)"
            " SELECT organization_id, id FROM candidates_candidate WHERE organization_id = %s"
            " AND id NOT IN (SELECT candidate_id FROM candidates_matchcheck WHERE organization_id = %s)"
            " ORDER BY id",
            [current_organization().pk] * 2,
        )
        noted: int = cursor.rowcount
        return noted


def note(candidate_ids: Iterable[int]) -> None:
    """Let these people be compared anew."""
    MatchCheck.objects.bulk_create(MatchCheck(candidate_id=pk) for pk in candidate_ids)


def work_on(organization: Organization, *, seconds: float) -> bool:
    """Compare people who wait until nobody does or the time is up; True when nobody waits."""
    until = monotonic() + seconds
    while monotonic() < until:
        with acting_in(organization):
            if not compare_batch():
                return True
    return False


def organizations_with_waiting() -> list[Organization]:
    """Where somebody waits to be compared. Asked over all organizations; tells their ids alone."""
    with connection.cursor() as cursor:
        # The function is a migration's of this app.
        cursor.execute("SELECT candidates_organizations_to_compare()")
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))


def progress() -> Progress:
    """How far the comparing has come in the organization."""
    return Progress(
        waiting=MatchCheck.objects.values("candidate").distinct().count(),
        people=Candidate.objects.count(),
    )
