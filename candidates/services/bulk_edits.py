"""Acts on many people at once, each a change set: tagging, owners, tasks, snoozes, pools in and out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse

from candidates.models import (
    Candidate,
    CandidateTag,
    ChangeSet,
    NotNowReason,
    PoolDeparture,
    PoolExclusion,
    PoolMembership,
    Snooze,
    Tag,
    TalentPool,
    Task,
)
from candidates.services.candidates import assign_owner
from candidates.services.changes.recording import (
    close_change_set,
    open_change_set,
    record_created,
    record_deleted,
    recording,
)
from candidates.services.locking import lock_people
from candidates.services.pools import join_pool, remove_from_pool
from candidates.services.snoozing import snooze_candidates
from candidates.services.tagging import tag_candidates
from candidates.services.tasks import add_tasks
from crm.accounts.models import User
from crm.tenancy.bulk import among


@dataclass(frozen=True)
class BulkEdit:
    """What was done, to how many, and where it is taken back ("" where nothing was done)."""

    text: str
    count: int
    undo: str


@transaction.atomic
def tag_people(tag: Tag, candidate_ids: Iterable[int], *, by: User) -> BulkEdit:
    change_set = _open(by)
    tagged = tag_candidates(tag, candidate_ids, by=by)
    record_created(change_set, CandidateTag.objects.filter(tag=tag, candidate_id__in=among(tagged)))
    return _close(change_set, f"Tagged {people(len(tagged))} {tag}", len(tagged))


@transaction.atomic
def put_into_pool(pool: TalentPool, candidate_ids: Iterable[int], *, by: User) -> BulkEdit:
    change_set = _open(by)
    joined, kept = join_recorded(change_set, pool, list(candidate_ids), by=by)
    text = f"Added {people(joined)} to {pool}"
    if kept:
        text += f"; {people(kept)} whom its rule had put there {STAYS[kept != 1]}"
    return _close(change_set, text, joined + kept)


STAYS = ("stays by hand", "stay by hand")


def join_recorded(
    change_set: ChangeSet, pool: TalentPool, ids: list[int], *, by: User
) -> tuple[int, int]:
    """Put people into the pool, written down in `change_set`; returns how many joined, and how many its rule had put there.

    These stay by hand since, which is a change, too: the rule lets them go no more.
    """
    record_deleted(change_set, PoolExclusion.objects.filter(pool=pool, candidate_id__in=among(ids)))
    by_rule = pool.memberships.filter(
        origin=PoolMembership.Origin.RULE, candidate_id__in=among(ids)
    )
    kept = list(by_rule.values_list("candidate_id", flat=True)) if pool.is_smart else []
    with recording(change_set, kept, compared=[PoolMembership]):
        joined = join_pool(pool, ids, by=by)
    rows = PoolMembership.objects.filter(pool=pool, candidate_id__in=among(joined))
    record_created(change_set, rows)
    return len(joined), len(kept)


@transaction.atomic
def take_out_of_pool(pool: TalentPool, candidate_ids: Iterable[int], *, by: User) -> BulkEdit:
    change_set = _open(by)
    left = leave_recorded(change_set, pool, list(candidate_ids), by=by)
    return _close(change_set, f"Removed {people(left)} from {pool}", left)


def leave_recorded(change_set: ChangeSet, pool: TalentPool, ids: list[int], *, by: User) -> int:
    """Take people out of the pool, written down in `change_set`; returns how many left."""
    members = PoolMembership.objects.filter(pool=pool, candidate_id__in=among(ids))
    record_deleted(change_set, members)
    left = remove_from_pool(pool, ids, by=by)
    # What a removal leaves behind goes when it is taken back: the newest of each person, not that of earlier times.
    for model in (PoolDeparture, PoolExclusion):
        rows = model._default_manager.filter(pool=pool, candidate_id__in=among(left))
        newest = rows.order_by("candidate_id", "-pk").distinct("candidate_id")
        record_created(change_set, rows.filter(pk__in=list(newest.values_list("pk", flat=True))))
    return len(left)


@transaction.atomic
def give_to_owner(owner: User | None, candidate_ids: Iterable[int], *, by: User) -> BulkEdit:
    change_set, ids = _open(by), list(candidate_ids)
    # First: what others did until we had them would be written down as ours.
    lock_people(ids)
    with recording(change_set, ids, compared=[Candidate]):
        former = assign_owner(ids, owner=owner, by=by)
    return _close(change_set, f"Gave {people(len(former))} to {owner or 'nobody'}", len(former))


@transaction.atomic
def give_tasks(
    candidate_ids: Iterable[int],
    *,
    title: str,
    assignee: User | None,
    due_on: date | None,
    by: User,
) -> BulkEdit:
    """The same task about each of these people."""
    change_set = _open(by)
    added = add_tasks(list(candidate_ids), title=title, assignee=assignee, due_on=due_on, by=by)
    record_created(change_set, Task.objects.filter(pk__in=[task.pk for task in added]))
    return _close(change_set, f"Added a task for {people(len(added))}", len(added))


@transaction.atomic
def snooze_people(
    candidate_ids: Iterable[int],
    *,
    until: date,
    by: User,
    reason: NotNowReason | None = None,
    note: str = "",
) -> BulkEdit:
    """Leave these people alone; taken back, whoever was left alone before is so again, with the day and the reason."""
    change_set, ids = _open(by), list(candidate_ids)
    lock_people(ids)
    with recording(change_set, ids, compared=[Candidate, Snooze]):
        snoozed = snooze_candidates(ids, until=until, reason=reason, note=note, by=by)
    text = f"{people(len(snoozed))} left alone until {until:%-d %b %Y}"
    return _close(change_set, text, len(snoozed))


def _open(by: User) -> ChangeSet:
    return open_change_set(ChangeSet.Kind.BULK_EDIT, "Bulk edit", by=by)


def _close(change_set: ChangeSet, text: str, count: int) -> BulkEdit:
    """Of an act that changed nobody nothing is kept."""
    if not count:
        change_set.delete()
        return BulkEdit(text, count, "")
    change_set.title = text[:300]
    change_set.save(update_fields=["title"])
    close_change_set(change_set)
    return BulkEdit(text, count, reverse("candidates:undo_changes", args=[change_set.pk]))


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
