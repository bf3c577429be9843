"""What mail servers report by mail: that a mail of ours could not be delivered, or that its reader called it spam."""

import logging
from datetime import timedelta
from hashlib import sha256

from django.utils import timezone

from campaigns.inbound.bounces import guess_status, is_hard, statuses_of
from campaigns.inbound.parsing import DeliveryStatus, Mail
from campaigns.models import Message, MessageEvent
from campaigns.services import bouncing
from campaigns.services.addressing import Place
from candidates.models import Candidate, EmailAddress
from candidates.services.identifying import normalize_email

logger = logging.getLogger(__name__)

# How long a report that names only the address may be about a mail of ours.
REPORT_WINDOW = timedelta(days=14)


def take_bounce(mail: Mail, original: Message) -> None:
    """A delivery report on a mail of ours. Nothing of it is kept but what it says."""
    for status in statuses_of(mail, recipient=original.to_address):
        _take_status(original, status, report_id=mail.message_id)


def _take_status(original: Message, status: DeliveryStatus, *, report_id: str) -> None:
    if status.action == "failed":
        bouncing.take_bounce(
            original,
            hard=is_hard(status),
            # The report's own id: its copies through other ways carry the same.
            event_id=f"dsn:{report_id or original.pk}:{status.status}",
            description=f"{status.status} {status.diagnostic}".strip(),
        )


def take_given(report: Message, candidate: Candidate) -> None:
    """A report that somebody gave to the person whom it is about: on the latest mail to an address that it names."""
    sent = Message.objects.filter(
        candidate=candidate, direction=Message.Direction.OUT, handed_at__isnull=False
    ).order_by("-handed_at", "-pk")
    words = report.body_text.lower()
    original = next((one for one in sent[:100] if one.to_address.lower() in words), None)
    if original:
        status = guess_status(report.subject, report.body_text, recipient=original.to_address)
        _take_status(original, status, report_id=report.message_id)


def is_about_us(mail: Mail, place: Place) -> bool:
    """Whether a report that names no mail of ours is worth a look: it names somebody whom we wrote to lately.

    What a mailbox holds whose threads begin private is nobody else's to look at.
    """
    if place.mailbox and place.mailbox.begins_private:
        return False
    failed = [one.recipient for one in statuses_of(mail) if one.action == "failed"]
    since = timezone.now() - REPORT_WINDOW
    sent = Message.objects.filter(direction=Message.Direction.OUT, handed_at__gt=since)
    people = EmailAddress.objects.filter(
        normalized__in=[normalized for one in failed if (normalized := normalize_email(one))]
    )
    return sent.filter(candidate__in=people.values("candidate")).exists()


def take_complaint(original: Message | None, raw: bytes) -> None:
    """Somebody called a mail of ours spam; told by its provider."""
    if original is None:
        logger.warning("mail.complaint_unmatched")
        return
    digest = sha256(raw).hexdigest()
    if bouncing.note_event(original, MessageEvent.Kind.COMPLAINED, event_id=f"complaint:{digest}"):
        bouncing.mark_complained(original)
