"""One click ends all mail to a person. The token is the only credential; it never expires."""

from campaigns import signing
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.services import bouncing, enrolling
from candidates.models import Candidate, Suppression, Touchpoint
from candidates.services import suppressing
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in


def organization_of(token: str) -> Organization | None:
    """Whose mail the token came with, for the page; None for a token that Rapport did not make."""
    reference = signing.read_token(signing.Purpose.UNSUBSCRIBE, token)
    if reference is None:
        return None
    return Organization.objects.filter(pk=reference.organization_id).first()


def unsubscribe(token: str) -> bool:
    """Suppress the person behind `token` and stop what runs; outside any organization.

    False if the token names nobody (any more); saying it twice changes nothing.
    """
    organization = organization_of(token)
    reference = signing.read_token(signing.Purpose.UNSUBSCRIBE, token)
    if organization is None or reference is None:
        return False
    with acting_in(organization):
        message = (
            Message.objects.filter(pk=reference.message_id).select_related("candidate").first()
        )
        if message is None or message.candidate is None:
            return False
        unsubscribe_writer(message)
    return True


def unsubscribe_writer(message: Message) -> None:
    """The person to whom `message` went wants no more mail. In the organization being acted in."""
    candidate = message.candidate
    if candidate is None:
        return
    enrolling.lock_running(candidate)
    bouncing.note_event(
        message, MessageEvent.Kind.UNSUBSCRIBED, event_id=f"unsubscribe:{message.pk}"
    )
    # Also the address that the mail went to, which the record may have lost since.
    unsubscribe_candidate(candidate, also=message.to_address)


def unsubscribe_candidate(candidate: Candidate, *, also: str = "", by: User | None = None) -> None:
    """No more mail to any address of theirs, nor to `also`; what runs ends."""
    running = enrolling.lock_running(candidate)
    candidate = Candidate.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    new = suppressing.suppress_all(
        [
            *([("email", also)] if also else []),
            *(("email", email.normalized) for email in candidate.emails.all()),
        ],
        reason=Suppression.Reason.UNSUBSCRIBED,
    )
    enrolling.end([enrollment.pk for enrollment in running], Enrollment.StopReason.UNSUBSCRIBED)
    enrolling.drop_tasks_of(candidate, Enrollment.StopReason.UNSUBSCRIBED)
    if new or running:
        add_touchpoint(
            candidate, Touchpoint.Kind.UNSUBSCRIBE, "Unsubscribed from all mail", actor=by
        )
        record("candidate.unsubscribed", candidate, by=by)
