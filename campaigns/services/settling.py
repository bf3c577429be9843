"""What follows once a mail's fate is known: the timeline, the next step, the end."""

from campaigns.models import Enrollment, Message
from campaigns.reading import entry_of
from campaigns.services import disclosing, enrolling
from candidates.models import Touchpoint
from candidates.services.timeline import add_touchpoint

State = Message.State
# A mail that the provider may have, or has had, while nothing is certain.
OPEN = frozenset({State.QUEUED, State.SENDING, State.AMBIGUOUS})


def lock(message_id: int) -> Message | None:
    """One outgoing row, locked after its candidate's enrollments: the order that everybody keeps."""
    while row := Message.objects.filter(pk=message_id).values_list("candidate").first():
        message = _lock_of(message_id, *row)
        # Whoever was merged into another meanwhile has other enrollments: those are to be locked.
        if message is None or message.candidate_id == row[0]:
            return message
    return None


def _lock_of(message_id: int, candidate_id: int | None) -> Message | None:
    enrollments = {
        enrollment.pk: enrollment
        for enrollment in Enrollment.objects.filter(candidate=candidate_id)
        .select_related("sequence__sender", "candidate")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    }
    message: Message | None = (
        Message.objects.select_for_update(of=("self",), no_key=True)
        .select_related("step", "candidate")
        .filter(pk=message_id)
        .first()
    )
    if message and message.enrollment_id in enrollments:
        message.enrollment = enrollments[message.enrollment_id]
    return message


def settle_taken(message: Message) -> None:
    """The provider has a locked mail for certain: no doubt any more, and no second copy, even if somebody asked for one."""
    if message.state in OPEN:
        # Somebody who has it sent again takes back the moment of the first hand-over.
        message.handed_at = message.handed_at or message.claimed_at
        settle(message, State.SENT)
    elif message.state == State.SENT:
        message.save(update_fields=["provider_id"])


def settle(message: Message, state: Message.State, *, problem: str = "") -> None:
    """A locked mail is sent, or counts as sent: say so on the timeline, and let the sequence go on."""
    was_counted = message.state == State.AMBIGUOUS
    told = None if message.state == State.SENDING else _told_in_doubt(message)
    message.state = state
    message.problem = problem[:300]
    message.waits_for = ""
    message.sent_at = message.handed_at if state == State.SENT else None
    message.save(
        update_fields=["state", "problem", "waits_for", "handed_at", "sent_at", "provider_id"]
    )
    if state == State.SENT:
        disclosing.note_gone(message)
    if told:
        told.summary = entry_of(message).summary
        told.save(update_fields=["summary"])
    if was_counted:
        return
    if message.candidate and not told:
        entry = entry_of(message)
        add_touchpoint(
            message.candidate,
            Touchpoint.Kind.MAIL_SENT,
            entry.summary,
            body=entry.body,
            link=entry.link,
            at=message.handed_at,
        )
    if message.enrollment:
        enrolling.go_on(message.enrollment)


def _told_in_doubt(message: Message) -> Touchpoint | None:
    """What the timeline says of a mail that counted as sent while whether it arrived was unclear."""
    state, message.state = message.state, State.AMBIGUOUS
    entry = entry_of(message)
    message.state = state
    told: Touchpoint | None = (
        Touchpoint.objects.filter(
            candidate=message.candidate_id,
            kind=Touchpoint.Kind.MAIL_SENT,
            summary=entry.summary,
            link=entry.link,
        )
        .order_by("-at", "-pk")
        .first()
    )
    return told


def fail(message: Message, problem: str, *, is_gone: bool = False) -> None:
    """A locked mail was refused for good. Its enrollment rests, so that somebody can look.

    `is_gone`: because of the address alone, so that a sequence which does not stop on that goes on to its next step.
    """
    message.state = State.FAILED
    message.problem = problem[:300]
    message.waits_for = ""
    message.handed_at = None
    message.save(update_fields=["state", "problem", "waits_for", "handed_at", "provider_id"])
    enrollment = message.enrollment
    if enrollment and is_gone and not enrollment.sequence.stops_on_bounce:
        enrolling.go_on(enrollment)
    elif enrollment and enrollment.state == Enrollment.State.ACTIVE:
        enrollment.state = Enrollment.State.PAUSED
        enrollment.waits_for = f"A mail was refused. {problem}"[:200]
        enrollment.save(update_fields=["state", "waits_for"])
