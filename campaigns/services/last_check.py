"""The last check of a mail, in the second in which it goes: each kind of mail has one of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from campaigns import clock
from campaigns.models import CandidacyMail, Enrollment, Message, Sequence, Step
from campaigns.services import (
    candidacy_mails,
    disclosing,
    enrolling,
    pacing,
    permissions,
    stopping,
    timing,
)
from campaigns.services.holding import SEQUENCE_PAUSED, note_hold
from campaigns.services.reaching import Obstacle, address_for, reach


class Kind(StrEnum):
    """What asked for a mail."""

    STEP = "step"
    CANDIDACY = "candidacy"
    NOTICE = "notice"
    BY_HAND = "by hand"


@dataclass(frozen=True)
class Wait:
    """The mail cannot go now: its person, its sequence or the organization is held, and says so."""


@dataclass(frozen=True)
class Never:
    """The mail must not go at all; `ends` the enrollment that it belongs to, by the stage `reached` where one does.
    `is_open`: somebody has to look at it."""

    problem: str
    ends: Enrollment.StopReason | None = None
    reached: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class PassOver:
    """The mail must not go any more; the sequence goes on with the step after it."""

    because: str


Verdict = Wait | Never | PassOver | None


def kind_of(message: Message) -> Kind:
    if message.enrollment:
        return Kind.STEP
    if CandidacyMail.objects.filter(message=message).exists():
        return Kind.CANDIDACY
    return Kind.NOTICE if disclosing.is_notice(message) else Kind.BY_HAND


def check(message: Message, kind: Kind) -> Verdict:
    """Why this locked mail must wait or must not go; None if it may. Sets the address that it goes to."""
    if pacing.organization_obstacle():
        return Wait()
    return CHECKS[kind](message)


def check_step(message: Message) -> Verdict:
    """The mail of a sequence: does the sequence go on for this person, and may they be written to?"""
    enrollment = message.enrollment
    assert enrollment is not None  # noqa: S101 - by its kind
    if why_held(enrollment):
        return Wait()
    found = reach([enrollment.candidate])[enrollment.candidate_id]
    if stopping.waits_for_address(enrollment.sequence, found):
        stopping.hold_for_address(enrollment)
        note_hold(enrollment.waits_for, enrollment=enrollment, message=message)
        return Wait()
    if isinstance(found, Obstacle) and found.reason != Enrollment.StopReason.NOT_TOLD:
        return _ending(found.reason)
    if enrollment.state == Enrollment.State.STOPPED:
        return _ending(Enrollment.StopReason(enrollment.stop_reason))
    if over := stopping.what_ended(enrollment):
        return _ending(over.reason, reached=over.reached)
    if message.step and _is_late(message, message.step, enrollment):
        return PassOver(timing.passed_words(message.step))
    if isinstance(found, Obstacle):
        enrolling.hold_until_told(enrollment, found.sentence)
        note_hold(found.sentence, enrollment=enrollment, message=message)
        return Wait()
    if message.step and message.step.paused_at:
        # It came into the queue in the moment in which the step was paused.
        enrolling.hold_at_step(enrollment, message.step)
        note_hold(enrollment.waits_for, enrollment=enrollment, message=message)
        return Wait()
    message.to_address = found.address
    return None


def _is_late(message: Message, step: Step, enrollment: Enrollment) -> bool:
    """Whether it has waited until its day was over: not what was on its way before, and is tried or sent again."""
    if step.on_date is None or message.message_id:
        return False
    return timing.has_passed(step, clock.now(), timing.hours_for(enrollment))


def check_candidacy(message: Message) -> Verdict:
    return _unless(candidacy_mails.why_not_written(message)) or _in_whose_name(message)


def check_notice(message: Message) -> Verdict:
    return _unless(disclosing.why_not_sent(message)) or _in_whose_name(message)


def _in_whose_name(message: Message) -> Verdict:
    """Nothing goes in a name that was taken back from who asked for the mail: somebody has to look at it."""
    if message.sender is None or permissions.may_send(message.sender, message.member):
        return None
    problem = f"{message.member} may no longer send from {message.sender.address}."
    return Never(problem, is_open=True)


def check_by_hand(message: Message) -> Verdict:
    """Whoever objected since the mail was written gets nothing, and nothing goes in a name that was taken back."""
    if taken_back := _in_whose_name(message):
        return taken_back
    if message.candidate is None:
        return None
    answered = Message.objects.filter(
        direction=Message.Direction.IN, message_id=message.in_reply_to, candidate=message.candidate
    )
    answers = answered.first() if message.in_reply_to else None
    return _unless(address_for(message.candidate, answers=answers).obstacle)


CHECKS: dict[Kind, Callable[[Message], Verdict]] = {
    Kind.STEP: check_step,
    Kind.CANDIDACY: check_candidacy,
    Kind.NOTICE: check_notice,
    Kind.BY_HAND: check_by_hand,
}


def _ending(reason: Enrollment.StopReason, *, reached: str = "") -> Never:
    return Never(str(reason.label), ends=reason, reached=reached)


def _unless(obstacle: str) -> Verdict:
    return Never(obstacle) if obstacle else None


def why_held(enrollment: Enrollment) -> str:
    """Why nothing goes to somebody on a sequence now; "" if it may."""
    if enrollment.sequence.state != Sequence.State.ACTIVE:
        return SEQUENCE_PAUSED
    if enrollment.state == Enrollment.State.PAUSED:
        return enrollment.waits_for or "Paused by hand"
    return ""
