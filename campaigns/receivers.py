"""Mail that a provider took in for us, its reports on mail that it sent, and people who are left alone."""

from contextlib import suppress
from datetime import date
from typing import Any

from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, inbound, tracking
from django.dispatch import receiver

from campaigns.models import Message
from campaigns.services import candidacy_mails, stopping, timing
from campaigns.services.enrolling import pause_all_of
from campaigns.services.receiving import UnknownRecipient, receive
from campaigns.services.tracking import Report, take_report
from campaigns.signals import message_received
from candidates.signals import candidates_snoozed
from crm.accounts.models import User
from pipelines.models import Candidacy, Interview, Stage
from pipelines.signals import (
    MailAnswer,
    MailWish,
    interview_booked,
    mail_foreseen,
    mail_unwanted,
    mail_wanted,
    stage_entered,
)


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


@receiver(candidates_snoozed)
def pause_sequences(
    sender: type, candidate_ids: list[int], until: date, by: User, **kwargs: Any
) -> None:
    """Whoever is left alone gets no mail; a recruiter resumes it when they are back."""
    pause_all_of(candidate_ids, because=timing.rest_words(until), by=by)


@receiver(mail_wanted)
def write_for_candidacy(
    sender: type, candidacy: Candidacy, wish: MailWish, by: User | None, **kwargs: Any
) -> MailAnswer:
    """A rejection is told later, a stage rule writes: through the outbox, as every mail."""
    return candidacy_mails.queue_mail(candidacy, wish, by=by)


@receiver(mail_foreseen)
def foresee_for_candidacies(
    sender: type, candidacies: list[Candidacy], wish: MailWish, by: User | None, **kwargs: Any
) -> dict[int, str]:
    """A dry run asks what the outbox would refuse."""
    return candidacy_mails.foresee_mails(candidacies, wish, by=by)


@receiver(mail_unwanted)
def call_mail_back(sender: type, candidacy: Candidacy, because: str, **kwargs: Any) -> None:
    """The candidacy is open again: whoever is not rejected is not told so."""
    candidacy_mails.call_back(candidacy, because=because)


@receiver(message_received)
def drop_tasks(sender: type, message: Message, **kwargs: Any) -> None:
    """What a sequence had asked colleagues to do for somebody who has answered is not needed any more."""
    stopping.drop_tasks_after(message)


@receiver(interview_booked)
def stop_sequences(sender: type, interview: Interview, by: User | None, **kwargs: Any) -> None:
    """Who comes to talk with us is not asked any more whether they would."""
    stopping.stop_for_interview(interview.candidacy.candidate, by=by)


@receiver(stage_entered)
def stop_at_stage(
    sender: type, candidate_ids: list[int], to: Stage, by: User | None, **kwargs: Any
) -> None:
    """Who has come as far as a sequence should bring them is taken off it, in the transaction of the move."""
    stopping.stop_at_stage(candidate_ids, to, by=by)
