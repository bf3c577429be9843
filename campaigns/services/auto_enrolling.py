"""People who join a sequence by coming into a pool or a stage, or by what happens to them.

Found by a sweep in the rows that say so, so that no way in is missed and a sweep that died is made up for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from campaigns.models import AutoEnrollment, Enrollment, Sequence
from campaigns.services import enrolling, permissions
from candidates.models import PoolMembership, TalentPool
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.sweeping import everywhere, inside
from pipelines.models import Candidacy, Interview, Job, Referral, Stage

BATCH = 1000
# Who may not join is asked about again only so often: there may be thousands of them.
ASK_AGAIN = timedelta(minutes=10)
# A transaction that was open while somebody was asked about others may bring in people of before.
LONGEST_TRANSACTION = timedelta(minutes=5)
Event = AutoEnrollment.Event


@dataclass
class AutoReport:
    """What a sweep did."""

    enrolled: int = 0
    ended: int = 0


@dataclass(frozen=True)
class Trigger:
    """The rows that say who came in or what happened to whom; their columns for the moment and the person."""

    rows: QuerySet[Any]
    came: str
    person: str = "candidate"


def _applied() -> Trigger:
    return Trigger(
        Candidacy.objects.filter(origin=Candidacy.Origin.APPLIED, closed_at=None), "created_at"
    )


def _referred() -> Trigger:
    return Trigger(Referral.objects.filter(candidate__isnull=False), "created_at")


def _booked() -> Trigger:
    booked = Interview.objects.filter(state=Interview.State.BOOKED)
    return Trigger(booked, "booked_at", "candidacy__candidate")


# The one place where an event, such as the sending of a form, begins to put people on sequences: its rows here,
# its name in `AutoEnrollment.Event`, and where it is for a job, the way to that below.
EVENTS: dict[str, Callable[[], Trigger]] = {
    Event.APPLIED: _applied,
    Event.REFERRED: _referred,
    Event.BOOKED: _booked,
}
JOBS = {Event.APPLIED: "job", Event.REFERRED: "job", Event.BOOKED: "candidacy__job"}


def trigger_of(rule: AutoEnrollment) -> Trigger:
    if rule.pool_id:
        return Trigger(PoolMembership.objects.filter(pool=rule.pool_id), "added_at")
    if rule.stage_id:
        return Trigger(Candidacy.objects.filter(stage=rule.stage_id), "entered_stage_at")
    found = EVENTS[rule.event]()
    if rule.job_id is None:
        return found
    return replace(found, rows=found.rows.filter(**{JOBS[Event(rule.event)]: rule.job_id}))


@transaction.atomic
def add_rule(
    sequence: Sequence,
    *,
    pool: TalentPool | None = None,
    stage: Stage | None = None,
    event: str = "",
    job: Job | None = None,
    ends_on_leaving: bool = False,
    by: User,
) -> AutoEnrollment:
    """From now on, whoever comes into the pool or the stage, or to whom the event happens, joins; nobody from before does.

    There is one rule for each: said again, it only changes what becomes of those who leave.
    """
    permissions.refuse_others(sequence.sender, by)
    rule, _ = AutoEnrollment.objects.update_or_create(
        sequence=sequence,
        pool=pool,
        stage=stage,
        event=event,
        job=job,
        defaults={"ends_on_leaving": ends_on_leaving},
        create_defaults={"ends_on_leaving": ends_on_leaving, "created_by": by},
    )
    record("auto_enrollment.added", rule, by=by, sequence=sequence.pk, event=event)
    return rule


@transaction.atomic
def remove_rule(rule: AutoEnrollment, *, by: User) -> None:
    """Nobody joins by it any more; who has joined stays on the sequence."""
    record("auto_enrollment.removed", rule, by=by, sequence=rule.sequence_id)
    rule.delete()


def auto_enroll_everywhere() -> AutoReport:
    """Follow the rules of every organization that has any. Outside any organization; may run twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_organizations_with_auto_enrollment()")
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    report = AutoReport()

    def follow() -> None:
        done = follow_rules()
        report.enrolled += done.enrolled
        report.ended += done.ended

    everywhere(inside(follow), among=ids)
    return report


def follow_rules() -> AutoReport:
    """Enroll whoever has come in since, and end whoever has left, in the organization being acted in."""
    report = AutoReport()
    rules = AutoEnrollment.objects.filter(sequence__state=Sequence.State.ACTIVE)
    for rule in rules.select_related("sequence__sender__user", "created_by").order_by("pk"):
        trigger, now = trigger_of(rule), timezone.now()
        # Whose permission to send in this name was taken back puts nobody on the sequence, by a rule neither.
        is_allowed = permissions.may_send(rule.sequence.sender, rule.created_by)
        asked_at = _asked_at(rule, now)
        newcomers = _newcomers(rule, trigger, asked_at) if is_allowed else []
        # Whoever may not join leaves no trace of it.
        refused = {pk for pk, _ in enrolling.check_candidates(rule.sequence, newcomers).refused}
        people = [pk for pk in newcomers if pk not in refused]
        admission = enrolling.Admission(rule.created_by, auto=rule)
        for start in range(0, len(people), BATCH):
            batch = people[start : start + BATCH]
            report.enrolled += enrolling.admit(rule.sequence, batch, admission).enrolled
        if is_allowed and asked_at is None:
            # Forgotten, it only means that everybody is asked about once more.
            cache.set(_asked_key(rule), now, timeout=ASK_AGAIN.total_seconds())
        if rule.ends_on_leaving:
            report.ended += _end_leavers(rule, trigger)
    return report


def _asked_at(rule: AutoEnrollment, now: datetime) -> datetime | None:
    """When everybody whom the rule may put on the sequence was last asked about; None where it is time to do so."""
    asked_at: datetime | None = cache.get(_asked_key(rule))
    return asked_at if asked_at and now - ASK_AGAIN < asked_at <= now else None


def _asked_key(rule: AutoEnrollment) -> str:
    return f"campaigns:auto_enrollment:{rule.pk}:{rule.since.timestamp()}"


def _newcomers(rule: AutoEnrollment, trigger: Trigger, asked_at: datetime | None) -> list[int]:
    """Who came in after the rule was made, and was not put on the sequence since. Whether somebody who was on it
    before may join again, the sequence says. Whoever was there at `asked_at` is not asked about now."""
    known = Enrollment.objects.filter(
        sequence=rule.sequence_id,
        candidate=OuterRef(trigger.person),
        enrolled_at__gte=OuterRef(trigger.came),
    )
    since = max(rule.since, asked_at - LONGEST_TRANSACTION) if asked_at else rule.since
    new = trigger.rows.filter(~Exists(known), **{f"{trigger.came}__gte": since})
    people = new.order_by(trigger.came, "pk").values_list(trigger.person, flat=True)
    return list(dict.fromkeys(people))


def _end_leavers(rule: AutoEnrollment, trigger: Trigger) -> int:
    """Take off whoever joined by this rule and is not inside any more."""
    left = Enrollment.objects.filter(
        ~Exists(trigger.rows.filter(candidate=OuterRef("candidate"))),
        auto=rule,
        state__in=enrolling.RUNNING,
    ).select_related("candidate", "sequence")
    leavers = list(left[:BATCH])
    for enrollment in leavers:
        enrolling.stop(enrollment, Enrollment.StopReason.LEFT)
    return len(leavers)
