"""What providers report of mails that they took: delivered, bounced, marked as spam."""

from dataclasses import dataclass
from hashlib import sha256

from campaigns import signing
from campaigns.models import Message, MessageEvent
from campaigns.services import bouncing, settling
from campaigns.services.unsubscribing import unsubscribe_writer
from candidates.models import EmailAddress
from candidates.services.identifying import normalize_email
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

# Reasons of Anymail that speak of the address itself.
ADDRESS_REASONS = frozenset({"invalid", "bounced"})
# What a provider reports only of mail that it took, whatever became of it then.
TAKEN = frozenset({"queued", "sent", "deferred", "delivered", "bounced", "complained"})


@dataclass(frozen=True)
class Report:
    """One event of a provider, in Anymail's words."""

    kind: str
    token: str
    recipient: str = ""
    reason: str = ""
    description: str = ""
    event_id: str = ""
    at: str = ""


def take_report(report: Report) -> bool:
    """Act on a report; False if it is of no mail of ours. Outside any organization.

    Reports come twice, late and in any order: each counts once.
    """
    reference = signing.read_token(signing.Purpose.REPORT, report.token)
    if reference is None:
        return False
    organization = Organization.objects.filter(pk=reference.organization_id).first()
    if organization is None:
        return False
    with acting_in(organization):
        message = settling.lock(reference.message_id)
        if message is None:
            return False
        _act(message, report)
    return True


def _act(message: Message, report: Report) -> None:
    if report.kind in TAKEN:
        settling.settle_taken(message)
    if report.kind == "delivered":
        _take_delivery(message, report)
    elif report.kind in {"bounced", "rejected", "failed"}:
        _take_refusal(message, report)
    elif report.kind == "complained":
        if bouncing.note_event(
            message, MessageEvent.Kind.COMPLAINED, event_id=_event_id(message, report)
        ):
            bouncing.mark_complained(message)
    elif report.kind == "unsubscribed":
        unsubscribe_writer(message)


def _take_delivery(message: Message, report: Report) -> None:
    is_new = bouncing.note_event(
        message, MessageEvent.Kind.DELIVERED, event_id=_event_id(message, report)
    )
    if is_new:
        EmailAddress.objects.filter(
            candidate=message.candidate,
            normalized=normalize_email(message.to_address) or "",
            state=EmailAddress.State.UNKNOWN,
        ).update(state=EmailAddress.State.VALID)


def _take_refusal(message: Message, report: Report) -> None:
    if report.reason == "unsubscribed":
        unsubscribe_writer(message)
    elif report.reason == "spam":
        if bouncing.note_event(
            message, MessageEvent.Kind.COMPLAINED, event_id=_event_id(message, report)
        ):
            bouncing.mark_complained(message)
    else:
        bouncing.take_bounce(
            message,
            hard=report.kind != "failed" and report.reason in ADDRESS_REASONS,
            event_id=_event_id(message, report),
            description=report.description or report.reason or report.kind,
        )


def _event_id(message: Message, report: Report) -> str:
    """The provider's id, or a hash where it gives none."""
    if report.event_id:
        return f"{report.kind}:{report.event_id}"
    text = f"{message.pk}:{report.kind}:{report.recipient}:{report.at}"
    return f"{report.kind}:{sha256(text.encode()).hexdigest()}"
