"""Merging every group of the queue above a confidence: looked at before, done in steps, undone as one.

Which groups are meant stands in the change set as long as it is being applied, each by the pair that leads it: a
worker that dies leaves the next one the rest. Each is looked at again when its turn has come.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from candidates.models import Candidate, ChangeSet, DuplicatePair
from candidates.services.changes.recording import close_change_set, open_change_set
from candidates.services.duplicates.explaining import WeighedPair, weakest_of
from candidates.services.duplicates.grouping import people_of
from candidates.services.duplicates.scoring import UNSEEN
from candidates.services.merging.comparing import choose_survivor
from candidates.services.merging.merging import merge_people
from candidates.services.merging.surveying import CHANGED, Group, survey
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(minutes=2)
UNFORESEEN = "Something went wrong that nobody foresaw. The log of the server tells more."


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


def plan(groups: Iterable[Group]) -> list[Plan]:
    """The dry run: what would become of these groups. Writes nothing."""
    plans = [_plan(group) for group in groups]
    weakest = weakest_of([found.survivor, *found.others] for found in plans)
    return [replace(found, weakest=pair) for found, pair in zip(plans, weakest, strict=True)]


def _plan(pairs: Group) -> Plan:
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
    groups = survey(at_least).sure
    if not groups:
        raise NothingSure
    change_set = open_change_set(
        ChangeSet.Kind.MERGE,
        f"Merged all duplicates of {at_least} % and more",
        by=by,
        link="candidates/duplicates/",
    )
    change_set.counts = {
        "at_least": at_least,
        "groups": len(groups),
        "done": 0,
        "waiting": [group[0].pk for group in groups],
    }
    change_set.beat_at = timezone.now()
    change_set.save(update_fields=["counts", "beat_at"])
    record("duplicates.merging_all", change_set, by=by, at_least=at_least, groups=len(groups))
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
    if not told.get("waiting"):
        _close(change_set, told)
        return True
    first, *told["waiting"] = told["waiting"]
    if reason := _merge_led_by(first, change_set, told["at_least"]):
        reasons: dict[str, int] = told.setdefault("reasons", {})
        reasons[reason] = reasons.get(reason, 0) + 1
    told["done"] += 1
    change_set.counts, change_set.beat_at = told, timezone.now()
    change_set.save(update_fields=["counts", "beat_at"])
    return False


def _merge_led_by(leader_id: int, change_set: ChangeSet, at_least: int) -> str:
    """Merge the group that this pair leads; returns why it stays in the queue, or nothing where it does not."""
    leader = DuplicatePair.objects.filter(pk=leader_id).first()
    if leader is None:
        return CHANGED
    group, reason = survey(at_least, [leader]).about(leader)
    if reason:
        return reason
    planned = _plan(group)
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
    except DomainError as error:
        return str(error)
    except Exception:
        # One group must not stop the others.
        logger.exception("group not merged change_set=%s pair=%s", change_set.pk, leader_id)
        return UNFORESEEN
    return ""


def _close(change_set: ChangeSet, told: dict[str, Any]) -> None:
    """Done; what was promised is kept beside what was done."""
    close_change_set(change_set)
    if reasons := told.get("reasons"):
        skipped = sum(reasons.values())
        change_set.counts |= {"groups": told["groups"], "skipped": skipped, "reasons": reasons}
        change_set.save(update_fields=["counts"])


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
