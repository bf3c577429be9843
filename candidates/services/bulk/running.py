"""Freezing a selection, starting an act, and going through it batch by batch."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import BulkAct, Candidate, ChangeSet
from candidates.services.bulk.actions import action_of
from candidates.services.changes.recording import close_change_set, open_change_set
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among
from crm.tenancy.models import Organization
from crm.tenancy.queries import is_still
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from crm.web.ids import is_id

State = BulkAct.State
OVER = (State.DONE, State.FAILED, State.STOPPED)
# So many people are changed while one waits; more are a job.
SMALL = 500
# Below the tasks' time limit, and short enough for others to get their turn.
RUN_SECONDS = 60
STALE_AFTER = timedelta(seconds=90)
MOST_RESTARTS = 5
# A selection that nobody did anything with is forgotten after a day.
DRAFTS_KEPT = timedelta(days=1)
_ACT = "act:"


class ActOver(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "This selection was used already, or is forgotten. Select the people again."
        )


@transaction.atomic
def freeze(candidate_ids: Sequence[int], *, by: User) -> str:
    """The selection as a form carries it from one step to the next: the ids of a few, the number of a row for many."""
    ids = list(candidate_ids)
    if len(ids) <= SMALL:
        return ",".join(map(str, ids))
    return f"{_ACT}{BulkAct.objects.create(candidate_ids=ids, total=len(ids), created_by=by).pk}"


def frozen_ids(text: str, *, by: User) -> list[int]:
    """The ids that `freeze` gave the text for, as far as these people are still here; those of others are nobody's."""
    if text.startswith(_ACT):
        asked = text.removeprefix(_ACT)
        acts = BulkAct.objects.filter(created_by=by, state=State.DRAFT)
        act = acts.filter(pk=asked).first() if is_id(asked) else None
        if act is None:
            raise ActOver
        given = act.candidate_ids
    else:
        given = [int(one) for one in text.split(",") if is_id(one)]
    people = Candidate.objects.filter(pk__in=among(given)).order_by("pk")
    return list(people.values_list("pk", flat=True))


@transaction.atomic
def start(
    action: str, candidate_ids: Sequence[int], *, chosen: dict[str, Any], title: str, by: User
) -> BulkAct:
    """Ask for an act on exactly these people, done as soon as a worker comes to it.

    The same one asked for twice, by a second click, is one.
    """
    ids = list(candidate_ids)
    # One after the other for each person: the second click sees what the first has asked for.
    list(User.objects.select_for_update(no_key=True, of=("self",)).filter(pk=by.pk))
    busy = BulkAct.objects.filter(
        created_by=by, action=action, chosen=chosen, state__in=[State.QUEUED, State.RUNNING]
    )
    for act in busy.select_for_update(of=("self",)):
        if act.candidate_ids == ids:
            return act
    change_set = None
    if action_of(action).is_undoable:
        change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, title, by=by)
    act = BulkAct.objects.create(
        action=action,
        title=title[:200],
        state=State.QUEUED,
        chosen=chosen,
        candidate_ids=ids,
        total=len(ids),
        change_set=change_set,
        created_by=by,
        beat_at=timezone.now(),
    )
    record("bulk.asked", act, by=by, act=action, people=len(ids))
    return act


def work_on(organization: Organization, act_id: int, *, seconds: float = RUN_SECONDS) -> bool:
    """Go through the act until it is over or the time is up; True when nothing is left to do.

    At least a batch is done. Safe to run twice, and beside another.
    """
    until = monotonic() + seconds
    while True:
        with acting_in(organization):
            if not work_on_batch(act_id):
                return True
        if monotonic() >= until:
            return False


@transaction.atomic
def work_on_batch(act_id: int) -> bool:
    """One batch; whether there is more to do."""
    # Without its ids: of hundreds of thousands a batch reads its own, and writes none.
    acts = BulkAct.objects.select_for_update(of=("self",)).defer("candidate_ids")
    act = acts.filter(pk=act_id).first()
    if act is None or not act.is_busy:
        return False
    action = action_of(act.action)
    if act.created_by is None or not is_still(act.created_by, action.roles):
        _end(act, State.FAILED, "Whoever asked for this may not do it any more.")
        return False
    ids = _next_ids(act, action.batch)
    is_last = act.done_count + len(ids) >= act.total
    try:
        with transaction.atomic():
            applied = action.apply(act.change_set, act.chosen, ids, act.created_by)
            if is_last and action.finish:
                action.finish(act.chosen)
    except DomainError as refusal:
        _end(act, State.FAILED, str(refusal))
        return False
    act.done_count += len(ids)
    act.changed_count += applied.changed
    for reason, count in applied.left_out.items():
        act.left_out[reason] = act.left_out.get(reason, 0) + count
    act.state, act.beat_at, act.restarts = State.RUNNING, timezone.now(), 0
    if is_last:
        _end(act, State.DONE)
        return False
    act.save()
    return True


def _next_ids(act: BulkAct, number: int) -> list[int]:
    """The next people to go through."""
    part = f"candidate_ids__{act.done_count}_{act.done_count + number}"
    return list(BulkAct.objects.filter(pk=act.pk).values_list(part, flat=True).get() or [])


@transaction.atomic
def stop(act: BulkAct, *, by: User) -> BulkAct:
    """Go no further; what was done stays, and can be taken back."""
    act = BulkAct.objects.select_for_update(of=("self",)).get(pk=act.pk)
    if act.is_busy:
        _end(act, State.STOPPED)
        record("bulk.stopped", act, by=by, people=act.done_count)
    return act


def _end(act: BulkAct, state: BulkAct.State, problem: str = "") -> None:
    act.state, act.problem, act.finished_at = state, problem[:300], timezone.now()
    act.candidate_ids = []
    if act.change_set is not None and act.change_set.state == ChangeSet.State.APPLYING:
        if act.changed_count:
            close_change_set(act.change_set)
        else:
            act.change_set.delete()
            act.change_set = None
    act.save()
    record("bulk.ended", act, by=act.created_by, state=state, people=act.changed_count)


def tend(organization: Organization, now: datetime | None = None) -> list[int]:
    """The acts that stand still and must go on; forgets selections that nobody used."""
    now = now or timezone.now()
    with acting_in(organization):
        _forget_drafts(now - DRAFTS_KEPT)
        still = BulkAct.objects.select_for_update(of=("self",), skip_locked=True).filter(
            state__in=[State.QUEUED, State.RUNNING], beat_at__lte=now - STALE_AFTER
        )
        due = []
        for act in still.order_by("pk"):
            act.restarts += 1
            act.beat_at = now
            act.save(update_fields=["restarts", "beat_at"])
            if act.restarts > MOST_RESTARTS:
                _end(act, State.FAILED, "It stopped several times and was given up.")
            else:
                due.append(act.pk)
    return due


def _forget_drafts(before: datetime) -> None:
    """Selections that are too old, and what was found out about them."""
    drafts = BulkAct.objects.filter(state=State.DRAFT, created_at__lt=before)
    frozen = [f"{_ACT}{pk}" for pk in drafts.values_list("pk", flat=True)]
    BulkAct.objects.filter(chosen__frozen__in=frozen, state__in=OVER).delete()
    drafts.delete()


def organizations_with_bulk_acts(now: datetime | None = None) -> list[Organization]:
    """Where an act stands still, or a selection is to be forgotten. Asked over all; tells their ids alone."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT candidates_organizations_with_bulk_acts(%s, %s)",
            [now - STALE_AFTER, now - DRAFTS_KEPT],
        )
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))
