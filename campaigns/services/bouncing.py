"""Mail that came back, and people who called it spam."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.services import disclosing, enrolling, guarding, pacing, stopping
from candidates.models import Candidate, EmailAddress, Suppression, Touchpoint
from candidates.services import suppressing
from candidates.services.identifying import normalize_email
from candidates.services.rows import retire_email
from candidates.services.timeline import add_touchpoint
from crm.audit.services import record

Reason = Suppression.Reason
# So many mails that did not arrive, within this time, and an address is given up.
SOFT_BOUNCES = 3
SOFT_WINDOW = timedelta(days=14)


def note_event(
    message: Message, kind: MessageEvent.Kind, *, event_id: str, description: str = ""
) -> bool:
    """Write down what was said of a mail; False if it is known already."""
    _, is_new = MessageEvent.objects.get_or_create(
        event_id=event_id[:200],
        defaults={
            "message": message,
            "kind": kind,
            "description": " ".join(description.split())[:300],
        },
    )
    if is_new and kind in {MessageEvent.Kind.BOUNCED, MessageEvent.Kind.COMPLAINED}:
        pacing.pause_if_unwelcome(message.sender_id)
    return bool(is_new)


def take_bounce(message: Message, *, hard: bool, event_id: str, description: str) -> None:
    """A mail came back: for good, or because of trouble that may pass. Hearing it twice changes nothing."""
    candidate = message.candidate
    if candidate is None:
        return
    # The lock that comes first everywhere.
    enrolling.lock_running(candidate)
    is_new = note_event(
        message, MessageEvent.Kind.BOUNCED, event_id=event_id, description=description
    )
    if not is_new:
        return
    if hard:
        mark_bounced(message, message.to_address)
    elif _returned_lately(message) >= SOFT_BOUNCES:
        normalized = normalize_email(message.to_address) or ""
        _retire(candidate, normalized, for_good=False)
        summary = f"Mail did not arrive {SOFT_BOUNCES} times within two weeks"
        add_touchpoint(candidate, Touchpoint.Kind.BOUNCE, summary)
    else:
        add_touchpoint(candidate, Touchpoint.Kind.BOUNCE, f"Mail did not arrive: {description}")
    guarding.look_at(message)


def _returned_lately(message: Message) -> int:
    """How many mails to the same address came back within the window, this one included."""
    events = MessageEvent.objects.filter(
        kind=MessageEvent.Kind.BOUNCED,
        message__to_address__iexact=message.to_address,
        at__gt=timezone.now() - SOFT_WINDOW,
    )
    return int(events.values("message").distinct().count())


def mark_bounced(message: Message, address: str) -> None:
    """An address of the message's candidate does not exist: never write there again."""
    candidate = message.candidate
    normalized = normalize_email(address) or ""
    if candidate is None or not normalized:
        return
    disclosing.take_back(message)
    following = _retire(candidate, normalized)
    summary = "Mail came back: the address does not exist"
    add_touchpoint(candidate, Touchpoint.Kind.BOUNCE, _and_now(summary, following))
    record("candidate.bounced", candidate)


def mark_left(candidate: Candidate, address: str) -> bool:
    """An automatic answer said that the person has left: the address is as good as gone.

    False for an address that the record does not have: nothing is done then.
    """
    normalized = normalize_email(address) or ""
    if not EmailAddress.objects.filter(candidate=candidate, normalized=normalized).exists():
        return False
    following = _retire(candidate, normalized, because=Enrollment.StopReason.LEFT_COMPANY)
    summary = f"Has left the company: nothing more goes to {normalized}"
    add_touchpoint(candidate, Touchpoint.Kind.BOUNCE, _and_now(summary, following))
    record("candidate.left_address", candidate)
    return True


def _and_now(summary: str, following: EmailAddress | None) -> str:
    return f"{summary}. From now on we would write to {following}" if following else summary


def mark_wrong(candidate: Candidate, addresses: Iterable[str]) -> None:
    """Somebody else reads mail at those of these addresses that are the candidate's: never write there again."""
    running = enrolling.lock_running(candidate)
    for address in addresses:
        normalized = normalize_email(address) or ""
        retire_email(candidate, normalized, state=EmailAddress.State.WRONG)
    enrolling.end([enrollment.pk for enrollment in running], Enrollment.StopReason.BOUNCED)
    record("candidate.wrong_address", candidate)


def _retire(
    candidate: Candidate,
    normalized: str,
    *,
    for_good: bool = True,
    because: Enrollment.StopReason = Enrollment.StopReason.BOUNCED,
) -> EmailAddress | None:
    """Never write there again, or not before somebody says that it works; returns the address that is the first one
    from now on, if that is another."""
    running = enrolling.lock_running(candidate)
    following = retire_email(candidate, normalized)
    if for_good:
        suppressing.suppress("email", normalized, reason=Reason.BOUNCED)
    if because == Enrollment.StopReason.BOUNCED:
        stopping.bounce(running, candidate)
    else:
        enrolling.end([enrollment.pk for enrollment in running], because)
    return following


def mark_complained(message: Message) -> None:
    """The person called a mail spam: do not contact, on any sequence."""
    candidate = message.candidate
    if candidate is None:
        return
    running = enrolling.lock_running(candidate)
    candidate = Candidate.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    suppressing.suppress_all(
        [
            ("email", message.to_address),
            *(("email", email.normalized) for email in candidate.emails.all()),
        ],
        reason=Reason.COMPLAINED,
    )
    enrolling.end([enrollment.pk for enrollment in running], Enrollment.StopReason.SUPPRESSED)
    candidate.status = Candidate.Status.DO_NOT_CONTACT
    candidate.updated_at = timezone.now()
    candidate.save(update_fields=["status", "updated_at"])
    add_touchpoint(candidate, Touchpoint.Kind.UNSUBSCRIBE, "Marked a mail as spam")
    record("candidate.complained", candidate)
    guarding.look_at(message)
