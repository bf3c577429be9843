"""The dispatcher: steps that are due become outbox rows, in the transaction that advances the enrollment.

Any number of dispatchers may run at any time: rows that another one holds are skipped, and a row per
enrollment and step exists only once. Work is found over all organizations by a database function that
tells their ids alone; the work itself is done inside each.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, QuerySet

from campaigns import clock, faults
from campaigns.models import Enrollment, SendingRules, Sequence
from campaigns.services import batching
from campaigns.services.batching import DispatchReport
from campaigns.services.holding import note_hold
from campaigns.services.sending_rules import sending_rules
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

logger = logging.getLogger(__name__)

BATCH = 500
# So many dispatches that began and did not end make the next ones go step by step, for as many steps as one of them
# may have had; and a person at whose step so many of those ended is set aside.
POISONOUS_AFTER = 3
# Steps in a turn of these: each is four transactions, and mails, heartbeats and other organizations wait.
FEW = 25
# Columns of an enrollment that dispatching does not look at.
NEVER_READ = ("next_at", "enrolled_at", "enrolled_by", "auto")
# A step that a dispatcher died at is due again after this.
AGAIN_AFTER = timedelta(seconds=10)


def organizations_with_work(now: datetime | None = None) -> list[Organization]:
    """Where a step or a mail is due. The one question that is asked over all organizations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_organizations_with_work(%s)", [now or clock.now()])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))


def dispatch_due(now: datetime | None = None) -> DispatchReport:
    """Dispatch what is due in every organization, a batch in turns. Outside any organization."""
    now = now or clock.now()
    report = DispatchReport()
    waiting = organizations_with_work(now)
    report.organizations = len(waiting)
    while waiting:
        left = []
        for organization in waiting:
            done = dispatch(organization, now)
            report.add(done)
            if done.is_full:
                left.append(organization)
        waiting = left
    return report


def dispatch(organization: Organization, now: datetime | None = None) -> DispatchReport:
    """Dispatch one batch of `organization`'s due steps, in one transaction; outside any.

    Nothing where another dispatcher is at it: whoever asked has mail to deliver, or other organizations, meanwhile.
    A step that ends its worker, or raises, must not keep the others: after some batches that began
    and did not end, the due steps are taken one by one, some in a turn, and the guilty one is set aside.
    """
    now = now or clock.now()
    with acting_in(organization):
        if organization.sending_paused_at or organization.closed_at:
            return DispatchReport()
        active = _active_sequences()
        if not _due(now, active).exists() or not _is_free(organization):
            return DispatchReport()
        rules = _begin()
    if rules.one_by_one or rules.unfinished >= POISONOUS_AFTER:
        return _one_by_one(organization, now, rules.one_by_one or BATCH)
    faults.reach("batch begun")
    with acting_in(organization):
        _take_turns(organization)
        due = _claim(_due(now, active), BATCH)
        faults.reach("in dispatch")
        report = batching.Batch(due, now, rules).run()
        report.is_full = len(due) == BATCH
        _end()
    return report


def _begin() -> SendingRules:
    """Write down that a batch begins; returns the rules as before, which say how many before it did not end."""
    rules = sending_rules()
    if SendingRules.objects.update(unfinished=F("unfinished") + 1) == 0:
        SendingRules.objects.get_or_create(defaults={"unfinished": 1})
    return rules


def _end(*, one_by_one: int = 0) -> None:
    """A batch has ended; `one_by_one` due steps are still to be taken so."""
    SendingRules.objects.update(unfinished=0, one_by_one=one_by_one)


def _one_by_one(organization: Organization, now: datetime, left: int) -> DispatchReport:
    """Take the first few of `left` due steps, each on its own."""
    report, few = DispatchReport(), min(FEW, left)
    with acting_in(organization):
        due = _due(now, _active_sequences())
        ids = list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:few])
    for enrollment_id in ids:
        # Written down before the attempt: whoever dies at it cannot say so afterwards.
        with acting_in(organization):
            turn = _take_turn(enrollment_id, now)
        if turn is None:
            continue
        faults.reach("attempt counted")
        try:
            with acting_in(organization):
                active = _active_sequences()
                _take_turns(organization)
                taken = _due(turn, active).filter(pk=enrollment_id, next_at=turn)
                claimed = _claim(taken, 1)
                faults.reach("in dispatch")
                report.add(batching.Batch(claimed, now, sending_rules()).run())
                Enrollment.objects.filter(pk__in=[one.pk for one in claimed]).update(crashes=0)
        except Exception:
            logger.exception("dispatch.step_failed enrollment=%s", enrollment_id)
    report.is_full = len(ids) == few
    with acting_in(organization):
        _end(one_by_one=left - few if report.is_full else 0)
    return report


def _take_turn(enrollment_id: int, now: datetime) -> datetime | None:
    """Count an attempt at a due step, before which so many died that it may be the guilty one: then it is set aside.

    Returns when the step is due again, by which its taker knows it; None if another one has it, or it is set aside.
    Until then nobody else attempts it, and so nobody else counts: one death is one attempt.
    """
    for enrollment in _claim(_due(now, _active_sequences()).filter(pk=enrollment_id), 1):
        if enrollment.crashes >= POISONOUS_AFTER:
            _set_aside(enrollment)
            return None
        enrollment.crashes += 1
        enrollment.next_at = max(now, clock.now()) + AGAIN_AFTER
        enrollment.save(update_fields=["crashes", "next_at"])
        return enrollment.next_at
    return None


def _set_aside(enrollment: Enrollment) -> None:
    enrollment.state = Enrollment.State.PAUSED
    enrollment.waits_for = f"Set aside: {POISONOUS_AFTER} workers stopped at this step"
    enrollment.crashes = 0
    enrollment.save(update_fields=["crashes", "state", "waits_for"])
    note_hold(enrollment.waits_for, enrollment=enrollment)


def _active_sequences() -> list[int]:
    """Their ids. Read before: joined in, a planner without fresh statistics joins every due row before it takes the first."""
    active = Sequence.objects.filter(state=Sequence.State.ACTIVE)
    return list(active.values_list("pk", flat=True))


def _take_turns(organization: Organization) -> None:
    """Where starts of a day and places of a sender are counted, one dispatcher of an organization after the other:
    each sees whom the one before let start.

    Before any row is locked, so that nobody who holds one waits for another dispatcher.
    """
    _lock("pg_advisory_xact_lock", organization)


def _is_free(organization: Organization) -> bool:
    """Whether no other dispatcher has its turn in `organization` now."""
    return bool(_lock("pg_try_advisory_xact_lock", organization))


def _lock(function: str, organization: Organization) -> object:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtextextended(%s, 0))",
            [f"campaigns.starts:{organization.pk}"],
        )
        return cursor.fetchone()[0]


def _due(now: datetime, active: list[int]) -> "QuerySet[Enrollment]":
    due: QuerySet[Enrollment] = Enrollment.objects.filter(
        state=Enrollment.State.ACTIVE,
        next_at__lte=now,
        next_step__isnull=False,
        sequence__in=active,
    )
    return due


def _claim(due: "QuerySet[Enrollment]", limit: int) -> list[Enrollment]:
    """The first of these, locked."""
    locked = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return list(locked.defer(*NEVER_READ).order_by("next_at", "pk")[:limit])
