"""Mails of the corpus in `mails/`, as answers to a mail that was sent, and what they leave."""

from datetime import UTC, datetime
from pathlib import Path

from campaigns import signing
from campaigns.models import Enrollment, Message
from campaigns.services import enrolling
from campaigns.services.composing import reference_of
from candidates.models import Candidate, Touchpoint

MAILS = Path(__file__).parent / "mails"


MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def mail(name: str, written: Message) -> bytes:
    """A mail of the corpus, as an answer to `written`."""
    reference = reference_of(written)
    reply_to = signing.reply_address(reference, slug="acme")
    unsubscribe = signing.reply_address(reference, slug="acme", purpose=signing.Purpose.UNSUBSCRIBE)
    raw = (MAILS / f"{name}.eml").read_bytes()
    for mark, value in {
        b"%REPLY_TO%": reply_to,
        b"%REPLY_TO_UPPER%": reply_to.upper(),
        b"%UNSUBSCRIBE%": unsubscribe,
        b"%MESSAGE_ID%": written.message_id,
    }.items():
        raw = raw.replace(mark, value.encode())
    return raw


def take_answer_of(candidate: Candidate) -> Message:
    """A human answer to the person's latest mail of a sequence, with its end, in the organization being acted in."""
    enrollment = Enrollment.objects.get(candidate=candidate)
    enrolling.end([enrollment.pk], Enrollment.StopReason.REPLIED)
    return Message.objects.create(
        direction="in", state="received", candidate=candidate, enrollment=enrollment
    )


def touchpoints(candidate: Candidate, kind: Touchpoint.Kind) -> list[Touchpoint]:
    return list(Touchpoint.objects.filter(candidate=candidate, kind=kind))
