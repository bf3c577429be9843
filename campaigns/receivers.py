"""Anymail's signals: mail that a provider took in for us, and reports on mail that it sent."""

from contextlib import suppress
from typing import Any

from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, inbound, tracking
from django.dispatch import receiver

from campaigns.services.receiving import UnknownRecipient, receive
from campaigns.services.tracking import Report, take_report


@receiver(inbound)
def take_mail(sender: type, event: AnymailInboundEvent, esp_name: str, **kwargs: Any) -> None:
    """An error becomes a 500, upon which the provider sends the mail again."""
    if event.message is None:
        return
    recipient = event.message.envelope_recipient
    # Sending it again would not make it ours.
    with suppress(UnknownRecipient):
        receive(event.message.as_bytes(), recipients=(recipient,) if recipient else ())


@receiver(tracking)
def take_event(sender: type, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    take_report(
        Report(
            kind=event.event_type,
            token=str((event.metadata or {}).get("rapport", "")),
            recipient=event.recipient or "",
            reason=event.reject_reason or "",
            description=event.mta_response or event.description or "",
            event_id=f"{esp_name}:{event.event_id}" if event.event_id else "",
            at=str(event.timestamp or ""),
        )
    )
