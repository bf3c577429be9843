"""Stops a sequence that people call spam, or whose addresses are dead, before providers stop the sender.

Limits of Gmail and Yahoo for bulk senders: complaints below 0.1 %, never 0.3 %; of returned mail Amazon SES
puts an account under review at 5 %. Counted from so many mails on, for one complaint of ten says nothing.
"""

from django.db.models import QuerySet

from campaigns.models import Message, MessageEvent, Sequence
from candidates.models import Notification
from candidates.services.notifying import admins, notify_all
from crm.audit.services import record

FEWEST = 200
COMPLAINTS_TOLD, COMPLAINTS_STOP, BOUNCES_STOP = 0.001, 0.003, 0.05
GONE = (Message.State.SENT, Message.State.AMBIGUOUS)


def look_at(message: Message) -> None:
    """After a complaint about, or a bounce of, `message`: is its sequence still fit to go on?"""
    if message.enrollment is None:
        return
    sequence = message.enrollment.sequence
    sent = Message.objects.filter(
        enrollment__sequence=sequence, direction=Message.Direction.OUT, state__in=GONE
    ).count()
    if sent < FEWEST:
        return
    events = MessageEvent.objects.filter(message__enrollment__sequence=sequence)
    complaints = _mails_with(events, MessageEvent.Kind.COMPLAINED) / sent
    bounces = _mails_with(events, MessageEvent.Kind.BOUNCED) / sent
    if complaints >= COMPLAINTS_STOP:
        _stop(sequence, f"{complaints:.1%} of its mails were marked as spam")
    elif bounces >= BOUNCES_STOP:
        _stop(sequence, f"{bounces:.0%} of its mails came back")
    elif complaints >= COMPLAINTS_TOLD:
        _tell(sequence, f"“{sequence}”: {complaints:.1%} of its mails were marked as spam", "told")


def _mails_with(events: QuerySet[MessageEvent], kind: MessageEvent.Kind) -> int:
    return events.filter(kind=kind).values("message").distinct().count()


def _stop(sequence: Sequence, because: str) -> None:
    running = Sequence.objects.filter(pk=sequence.pk, state=Sequence.State.ACTIVE)
    if running.update(state=Sequence.State.PAUSED):
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
