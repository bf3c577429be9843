"""Letting people go on who were held, or put off until a day."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models.functions import Least

from campaigns import clock
from campaigns.models import Enrollment, Message
from campaigns.schedule import Window, next_open
from campaigns.services import enrolling, permissions, timing
from candidates.models import Candidate, Snooze
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among

State = Enrollment.State


@transaction.atomic
def resume(enrollment: Enrollment, *, by: User | None) -> Enrollment:
    """Let somebody who is held go on, within the hours of the sequence; raises `EnrollmentEnded`.

    A member means from now on: also one who was put off until a day, by an absence or a “not now”, goes on. The next
    step comes when it was planned, but no later than if its wait began now; a mail in the queue is looked at anew.
    Rapport itself, once a value is there, shortens no rest.

    Who is snoozed stays so: they go on after their day, whoever resumes them. To write earlier, end the snooze first.
    """
    enrollment = enrolling.lock(enrollment)
    if enrollment.state not in enrolling.RUNNING:
        raise enrolling.EnrollmentEnded(enrollment)
    permissions.refuse_others(enrollment.sequence.sender, by)
    if enrollment.state == State.PAUSED or (by and enrollment.is_put_off):
        enrollment.state = State.ACTIVE
        enrollment.stop_reason = enrollment.waits_for = ""
        _plan(enrollment, is_from_now=by is not None)
        enrollment.save()
        _look_at_mail(enrollment, is_from_now=by is not None)
        _keep_snoozed(enrollment)
        record("enrollment.resumed", enrollment, by=by)
    return enrollment


def _plan(enrollment: Enrollment, *, is_from_now: bool) -> None:
    now, hours = clock.now(), timing.hours_for(enrollment)
    if enrollment.next_at:
        due = max(enrollment.next_at, now)
        if is_from_now and enrollment.next_step:
            due = min(due, timing.due_of(enrollment.next_step, now, hours))
        enrollment.next_at = next_open(due, hours.window, hours.quiet)
    elif not enrolling.is_written_to(enrollment):
        # The mail before was refused for good: on to the next step.
        enrolling.plan(enrollment, enrollment.next_step, hours)


def _look_at_mail(enrollment: Enrollment, *, is_from_now: bool) -> None:
    now, queued = clock.now(), enrollment.messages.filter(state=Message.State.QUEUED)
    if is_from_now:
        queued.update(due_at=Least("due_at", now), waits_for="")
    else:
        queued.filter(due_at__lte=now).update(waits_for="")


def _keep_snoozed(enrollment: Enrollment) -> None:
    for day in rest_of([enrollment]).values():
        until = timing.after_rest(day, Window.of(enrollment.sequence.sender))
        enrolling.postpone([enrollment], until=until, because=timing.rest_words(day))


def rest_of(enrollments: Iterable[Enrollment]) -> dict[int, date]:
    """Until when those of these people are left alone who are: resumed, they go on after that day. By candidate."""
    resting = {
        one.candidate_id for one in enrollments if one.candidate.status == Candidate.Status.NOT_NOW
    }
    if not resting:
        return {}
    snoozes = Snooze.objects.filter(candidate__in=among(resting), ended_at=None)
    return dict(snoozes.values_list("candidate_id", "until_on"))


def go_on_told(candidate_ids: Iterable[int]) -> None:
    """These people were told: what waited for nothing else goes on."""
    waiting = Enrollment.objects.filter(
        candidate__in=list(candidate_ids),
        state=State.PAUSED,
        stop_reason=Enrollment.StopReason.NOT_TOLD,
    )
    for enrollment in waiting.order_by("pk"):
        resume(enrollment, by=None)
