"""Merging every group of the queue above a confidence: looked at before, done in steps, undone as one.

What is left to do stands in the queue itself: a worker that dies leaves groups merged or not merged, and the
next one goes on. The change set holds the threshold as long as it is being applied.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.utils import timezone

from candidates.models import Candidate, ChangeSet, DuplicatePair
from candidates.services.changes.recording import close_change_set, open_change_set
from candidates.services.duplicates.explaining import WeighedPair, weakest_of
from candidates.services.duplicates.grouping import (
    groups_of,
    pairs_around,
    people_of,
    told_apart,
)
from candidates.services.duplicates.scoring import IDENTIFYING, UNSEEN, is_identified
from candidates.services.merging.comparing import choose_survivor
from candidates.services.merging.merging import merge_people
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError

logger = logging.getLogger(__name__)

# Groups that one change set takes: its undo is one transaction.
MOST_GROUPS = 2000
STALE_AFTER = timedelta(minutes=2)


class TooUnsure(DomainError):
    def __init__(self) -> None:
        super().__init__(f"Only pairs of {UNSEEN} % and more can be merged together.")


class NothingSure(DomainError):
    def __init__(self) -> None:
        super().__init__("No pair is that sure. Nobody was merged.")


@dataclass(frozen=True)
class Plan:
    """What one group would become."""

    survivor: Candidate
    others: list[Candidate]
    confidence: int
    sentences: list[str]
    # Of more than two people: the pair that is least sure.
    weakest: WeighedPair | None = None


def count_groups(at_least: int) -> int:
    """How many groups would be merged, as far as one change set goes."""
    return min(MOST_GROUPS, _leading(at_least).count())


def _leading(at_least: int) -> "models.QuerySet[DuplicatePair]":
    """Leading pairs that are sure enough, and share what names a person: nobody looks at each."""
    identified = models.Q()
    for kind in IDENTIFYING:
        identified |= models.Q(reasons__contains=[[kind]])
    return DuplicatePair.objects.filter(identified, is_leading=True, confidence__gte=at_least)


def plan(at_least: int, *, most: int = 20) -> list[Plan]:
    """The dry run: what would become of the first groups. Writes nothing."""
    leaders = list(_leading(at_least).order_by("-confidence", "-pk")[:most])
    plans = [_plan(pairs) for pairs in _sure_groups(leaders, at_least)]
    weakest = weakest_of([found.survivor, *found.others] for found in plans)
    return [replace(found, weakest=pair) for found, pair in zip(plans, weakest, strict=True)]


def _sure_groups(leaders: list[DuplicatePair], at_least: int) -> Iterator[list[DuplicatePair]]:
    """The groups of these leaders; whoever hangs on by a weaker pair, or by one that shares no identifier, is
    left for somebody to look at. So is a group with one who may be either of two who were told apart.
    """
    around = pairs_around([pk for pair in leaders for pk in (pair.candidate_id, pair.other_id)])
    wanted = {pair.pk for pair in leaders}
    either = _between(around)
    for group in groups_of(
        pair for pair in around if pair.confidence >= at_least and is_identified(pair.reasons)
    ):
        if group[0].pk in wanted and either.isdisjoint(people_of(group)):
            yield group


def _between(pairs: list[DuplicatePair]) -> set[int]:
    """Who may be one with two of these people of whom somebody said that they are two."""
    near: dict[int, set[int]] = defaultdict(set)
    for pair in pairs:
        near[pair.candidate_id].add(pair.other_id)
        near[pair.other_id].add(pair.candidate_id)
    apart = told_apart(near)
    return {
        pk
        for pk, others in near.items()
        if any(apart[one] & others for one in others & apart.keys())
    }


def _plan(pairs: list[DuplicatePair]) -> Plan:
    people = list(Candidate.objects.filter(pk__in=people_of(pairs)).order_by("pk"))
    survivor = choose_survivor(people)
    return Plan(
        survivor,
        [person for person in people if person != survivor],
        pairs[0].confidence,
        pairs[0].sentences,
    )


@transaction.atomic
def start_merging_all(at_least: int, *, by: User) -> ChangeSet:
    """Let every group that sure be merged in the background, as one change set with one undo."""
    if at_least < UNSEEN:
        raise TooUnsure
    count = count_groups(at_least)
    if not count:
        raise NothingSure
    change_set = open_change_set(
        ChangeSet.Kind.MERGE,
        f"Merged all duplicates of {at_least} % and more",
        by=by,
        link="candidates/duplicates/",
    )
    last = _leading(at_least).order_by("-pk").values_list("pk", flat=True)[0]
    change_set.counts = {"at_least": at_least, "last_pair": last, "groups": count, "done": 0}
    change_set.beat_at = timezone.now()
    change_set.save(update_fields=["counts", "beat_at"])
    record("duplicates.merging_all", change_set, by=by, at_least=at_least, groups=count)
    return change_set


def work_on_merging(organization: Organization, change_set_id: int, *, seconds: float) -> bool:
    """Merge group after group until none is left or the time is up; True when nothing is left to do."""
    until = monotonic() + seconds
    while monotonic() < until:
        with acting_in(organization):
            if merge_next(change_set_id):
                return True
    return False


@transaction.atomic
def merge_next(change_set_id: int) -> bool:
    """Merge the surest group that is left; True when there is none, and the change set is closed."""
    change_set = ChangeSet.objects.select_for_update(of=("self",)).filter(pk=change_set_id).first()
    if change_set is None or change_set.state != ChangeSet.State.APPLYING:
        return True
    told = dict(change_set.counts)
    left = _leading(told["at_least"]).filter(pk__lte=told["last_pair"])
    leader = left.exclude(pk__in=told.get("skipped", [])).order_by("-confidence", "-pk").first()
    if leader is None or told["done"] >= MOST_GROUPS:
        close_change_set(change_set)
        if skipped := len(told.get("skipped", [])):
            change_set.counts["skipped"] = skipped
            change_set.save(update_fields=["counts"])
        return True
    groups = list(_sure_groups([leader], told["at_least"]))
    if not groups:
        # Its group is led by another pair, which was passed over: it is not this one's turn again for ever.
        _pass_over(leader, told)
    for pairs in groups:
        planned = _plan(pairs)
        try:
            with transaction.atomic():
                merge_people(
                    planned.survivor,
                    [person.pk for person in planned.others],
                    by=change_set.created_by,
                    change_set=change_set,
                )
                # What a key does not allow is to be known here, not when the transaction ends.
                connection.check_constraints()
        except (OperationalError, InterfaceError):
            # The database is gone or somebody else goes first: later.
            raise
        except Exception as error:
            # A mail is in the air, or somebody was faster: the pair stays in the queue. So it does where nobody
            # foresaw what happened: one group must not stop the others.
            if not isinstance(error, DomainError):
                logger.exception("group not merged change_set=%s pair=%s", change_set.pk, leader.pk)
            _pass_over(leader, told)
        told["done"] += 1
    change_set.counts, change_set.beat_at = told, timezone.now()
    change_set.save(update_fields=["counts", "beat_at"])
    return False


def _pass_over(leader: DuplicatePair, told: dict[str, Any]) -> None:
    told["skipped"] = [*told.get("skipped", []), leader.pk]


def stalled_mergings(organization: Organization, now: datetime | None = None) -> list[int]:
    """Change sets that a worker left unfinished; each is given out once."""
    now = now or timezone.now()
    with acting_in(organization):
        waiting = ChangeSet.objects.select_for_update(of=("self",), skip_locked=True).filter(
            kind=ChangeSet.Kind.MERGE,
            state=ChangeSet.State.APPLYING,
            beat_at__lte=now - STALE_AFTER,
        )
        ids = [found.pk for found in waiting]
        ChangeSet.objects.filter(pk__in=ids).update(beat_at=now)
        return ids
