"""Stops a sequence that people call spam, or whose addresses are dead, before providers stop the sender.

The limits are the organization's (`SendingRules`), the same for a sequence and for a sender. What they are at first: of
returned mail Amazon SES puts an account under review at 5 %; Gmail and Yahoo want complaints below 0.1 %, never 0.3 %.
"""

from decimal import Decimal

from django.db.models import QuerySet

from campaigns.models import Message, MessageEvent, Sequence
from campaigns.services.holding import hold_sequences
from campaigns.services.sending_rules import sending_rules
from candidates.models import Notification
from candidates.services.notifying import admins, notify_all
from crm.audit.services import record

# Rates of fewer mails than these say nothing.
ENOUGH_FOR_BOUNCES, ENOUGH_FOR_COMPLAINTS = 50, 200
# Of the limit for complaints: from here on its owner is told.
TOLD_FROM = 1 / 3
GONE = (Message.State.SENT, Message.State.AMBIGUOUS)


def broken_limit(*, gone: int, bounced: int, complained: int) -> str:
    """Which of the organization's limits these mails have reached, in words; "" if none."""
    rules = sending_rules()
    if gone >= ENOUGH_FOR_COMPLAINTS and 100 * complained >= Decimal(rules.complaint_limit) * gone:
        return f"{complained / gone:.1%} of its mails were marked as spam"
    if gone >= ENOUGH_FOR_BOUNCES and 100 * bounced >= Decimal(rules.bounce_limit) * gone:
        return f"{bounced / gone:.0%} of its mails came back"
    return ""


def look_at(message: Message) -> None:
    """After a complaint about, or a bounce of, `message`: is its sequence still fit to go on?"""
    if message.enrollment is None:
        return
    sequence = message.enrollment.sequence
    sent = Message.objects.filter(
        enrollment__sequence=sequence, direction=Message.Direction.OUT, state__in=GONE
    ).count()
    events = MessageEvent.objects.filter(message__enrollment__sequence=sequence)
    complained = _mails_with(events, MessageEvent.Kind.COMPLAINED)
    bounced = _mails_with(events, MessageEvent.Kind.BOUNCED)
    because = broken_limit(gone=sent, bounced=bounced, complained=complained)
    if because:
        _stop(sequence, because)
    elif sent >= ENOUGH_FOR_COMPLAINTS and complained / sent >= _told_from():
        told = f"“{sequence}”: {complained / sent:.1%} of its mails were marked as spam"
        _tell(sequence, told, "told")


def _told_from() -> float:
    return float(sending_rules().complaint_limit) / 100 * TOLD_FROM


def _mails_with(events: QuerySet[MessageEvent], kind: MessageEvent.Kind) -> int:
    return events.filter(kind=kind).values("message").distinct().count()


def _stop(sequence: Sequence, because: str) -> None:
    if hold_sequences(Sequence.objects.filter(pk=sequence.pk)):
        record("sequence.stopped_itself", sequence, because=because)
        _tell(sequence, f"“{sequence}” is paused: {because}", "stopped")


def _tell(sequence: Sequence, text: str, key: str) -> None:
    notify_all(
        [sequence.owner, *admins()],
        kind=Notification.Kind.SENDER,
        text=text,
        link=f"sequences/{sequence.pk}/",
        key=f"guard:{key}:{sequence.pk}",
    )
