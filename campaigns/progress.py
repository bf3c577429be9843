"""How far a person came on a sequence: for the record's side, and the line under its title."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import Enrollment, Message, Step
from campaigns.reading import veil
from campaigns.services.rendering import render
from candidates.models import Candidate
from crm.accounts.models import User

# How long the record's top tells why a sequence ended.
NEWS = timedelta(days=14)


@dataclass(frozen=True)
class StepProgress:
    """One step as it stands for one person."""

    step: Step
    label: str
    # "done", "next", "waiting", "failed" or "off".
    state: str
    at: datetime | None
    words: str


def newest_enrollment(candidate: Candidate) -> Enrollment | None:
    found: Enrollment | None = (
        Enrollment.objects.filter(candidate=candidate)
        .select_related("candidate", "sequence__sender", "next_step")
        .order_by("-enrolled_at", "-pk")
        .first()
    )
    return found


def progress_of(enrollment: Enrollment, *, viewer: User) -> list[StepProgress]:
    """Every step of the enrollment's sequence with what became of it, in two queries."""
    own = enrollment.sequence.steps.filter(version=enrollment.version)
    steps = list(own.order_by("position"))
    mails = {
        mail.step_id: mail
        for mail in Message.objects.filter(
            enrollment=enrollment, direction=Message.Direction.OUT
        ).only(
            *("step", "subject", "state", "sent_at", "handed_at"),
            *("is_private", "member", "candidate", "suggested_intent"),
        )
    }
    for mail in mails.values():
        mail.candidate = enrollment.candidate
    veil(mails.values(), viewer)
    # A task leaves no mail: it was given if anything after it has begun.
    begun = [step.position for step in steps if step.pk in mails]
    if enrollment.next_step:
        begun.append(enrollment.next_step.position)
    reached = max(begun, default=0)
    return [
        StepProgress(
            step,
            _label(step, mails.get(step.pk), enrollment),
            *_state(step, mails.get(step.pk), enrollment, reached),
        )
        for step in steps
    ]


def _label(step: Step, mail: Message | None, enrollment: Enrollment) -> str:
    if mail:
        return mail.subject
    text = step.task_title if step.kind in Step.BY_HAND else step.subject
    rendered = render(text, enrollment.candidate, sender=enrollment.sequence.sender).text.strip()
    return rendered or ("Follow-up" if step.kind == Step.Kind.MAIL else step.get_kind_display())


def _state(
    step: Step, mail: Message | None, enrollment: Enrollment, reached: int
) -> tuple[str, datetime | None, str]:
    state = Message.State
    if mail and mail.state in {state.SENT, state.AMBIGUOUS}:
        return "done", mail.sent_at or mail.handed_at, ""
    if mail and mail.state == state.FAILED:
        return "failed", None, "Refused"
    if mail and mail.state in {state.QUEUED, state.SENDING}:
        return "next", None, "On the way"
    if enrollment.state == Enrollment.State.FINISHED or (not mail and step.position < reached):
        return "done", None, ""
    if enrollment.state == Enrollment.State.STOPPED:
        return "off", None, "Cancelled"
    if enrollment.next_step_id == step.pk:
        return "next", enrollment.next_at, ""
    return "waiting", None, ""


@dataclass(frozen=True)
class News:
    """Why somebody's newest sequence does not go on."""

    enrollment: Enrollment
    headline: str
    sentence: str
    tone: str = ""


def news_of(candidate: Candidate, *, viewer: User) -> News | None:
    """What the sequence's end or rest has to do with this person, while that is news."""
    enrollment = newest_enrollment(candidate)
    if enrollment is None:
        return None
    if enrollment.state == Enrollment.State.PAUSED and enrollment.waits_for:
        headline = f"The sequence “{enrollment.sequence}” waits."
        return News(enrollment, headline, f"{enrollment.waits_for}.", "warn")
    ended = enrollment.ended_at
    if enrollment.state != Enrollment.State.STOPPED or not ended or ended < timezone.now() - NEWS:
        return None
    called = candidate.called
    headlines = {
        Enrollment.StopReason.REPLIED: f"{called} replied, so the sequence stopped.",
        Enrollment.StopReason.UNSUBSCRIBED: f"{called} unsubscribed, so the sequence stopped.",
        Enrollment.StopReason.COMPANY: f"{called} is of a company that is not contacted, so the sequence stopped.",
        Enrollment.StopReason.LEFT_COMPANY: f"{called} has left the company that we wrote to, so the sequence stopped.",
        Enrollment.StopReason.BOUNCED: f"Mail to {called} came back, so the sequence stopped.",
        Enrollment.StopReason.STAGE: f"{called} reached the stage “{enrollment.reached}”, so the sequence stopped.",
    }
    reason = Enrollment.StopReason(enrollment.stop_reason)
    if reason not in headlines:
        return None
    left = sum(progress.state == "off" for progress in progress_of(enrollment, viewer=viewer))
    return News(enrollment, headlines[reason], _cancelled(left))


def _cancelled(steps: int) -> str:
    if steps == 0:
        return "No step was left."
    return (
        "One step that was left is cancelled."
        if steps == 1
        else f"{steps} steps that were left are cancelled."
    )
