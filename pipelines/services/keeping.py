"""Pools for those who came close: put in with a rejection, taken out when that is taken back."""

from collections.abc import Iterable, Sequence
from typing import Any

from candidates.models import PoolExclusion, PoolMembership, TalentPool
from candidates.services.pools import add_to_pool, remove_from_pool
from candidates.services.smart_pools import leave_to_rule
from crm.accounts.models import User
from crm.tenancy.bulk import among
from pipelines.models import Candidacy, Job, Stage, StageChange


def keep_in_pools(
    pools: Iterable[TalentPool], cards: Sequence[Candidacy], *, job: Job, by: User | None
) -> None:
    """Put the people of these cards, just rejected, into the pools, which say what they came close for."""
    people = [card.candidate_id for card in cards]
    for pool in pools:
        add_to_pool(pool, people, by=by, reason=_reason(job))


def let_go(changes: Iterable[Any], *, job: Job, by: User | None) -> None:
    """Take people out of the pools that those of these moves which rejected have put them in; who was in before stays.

    What a rejection made is known by its reason, by who gave it, and by being no older than it. Older ones that bear
    its reason were there by the pool's rule, which decides on them again; unless an earlier rejection gave that reason.
    """
    leaving: dict[TalentPool, list[int]] = {}
    returning: dict[TalentPool, list[int]] = {}
    rejected: dict[int, StageChange] = {
        change.candidacy.candidate_id: change
        for change in changes
        if change.to.kind == Stage.Kind.REJECTED
    }
    if not rejected:
        return
    twice = _rejected_before(rejected.values())
    memberships = PoolMembership.objects.filter(
        candidate__in=among(rejected), reason=_reason(job)
    ).select_related("pool")
    for membership in memberships:
        change = rejected[membership.candidate_id]
        if membership.added_by_id != change.by_id:
            continue
        if membership.added_at >= change.at:
            leaving.setdefault(membership.pool, []).append(membership.candidate_id)
        elif change.candidacy_id not in twice:
            returning.setdefault(membership.pool, []).append(membership.candidate_id)
    for pool, people in leaving.items():
        gone = remove_from_pool(pool, people, by=by)
        # Nobody has decided that the pool's rule may not bring them back.
        PoolExclusion.objects.filter(pool=pool, candidate__in=among(gone)).delete()
    for pool, people in returning.items():
        leave_to_rule(pool, people)


def _rejected_before(changes: Iterable[StageChange]) -> set[int]:
    """Those of the candidacies of these moves that were rejected before them too."""
    ids = {change.candidacy_id: change.pk for change in changes}
    earlier = StageChange.objects.filter(candidacy__in=among(ids), to__kind=Stage.Kind.REJECTED)
    return set(earlier.exclude(pk__in=among(ids.values())).values_list("candidacy_id", flat=True))


def _reason(job: Job) -> str:
    return f"Came close for {job.told_as}"[:200]
