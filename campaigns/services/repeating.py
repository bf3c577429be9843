"""Mails in doubt, handed over once more to a provider that knows them again: it then says what became of them.

Only by the account that had them first, only with the same key and the same words, only while the provider keeps the key,
and only to people who may still be written to and have not left the sequence, as long as it runs for them. Whatever else is in doubt waits for a person.
"""

from datetime import timedelta

from django.db import connection
from django.db.models import F

from campaigns import clock
from campaigns.models import CarriedNotice, Enrollment, Message, Sequence
from campaigns.outcomes import Fate, Outcome
from campaigns.services import (
    composing,
    delivering,
    last_check,
    pacing,
    routing,
    settling,
    sharing,
    stopping,
)
from campaigns.services.reaching import Obstacle, reach
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.tenancy.sweeping import everywhere

State = Message.State
BATCH = 50
# The call itself takes its time: a key that is about to be forgotten is not used.
MARGIN = timedelta(minutes=5)


def repeat_doubtful() -> int:
    """Ask again about every mail in doubt that may be asked about; returns how many are settled. Outside any organization."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_organizations_with_repeatable_mail()")
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return everywhere(_repeat_all, among=ids)


def _repeat_all(organization: Organization) -> int:
    with acting_in(organization):
        if pacing.organization_obstacle():
            return 0
        now = clock.now()
        # As `_check` asks: what it would refuse at every turn keeps nothing else waiting.
        doubtful = Message.objects.filter(
            state=State.AMBIGUOUS,
            due_at__lte=now,
            attempts__lt=delivering.MAX_ATTEMPTS,
            handed_at__gt=now - max(routing.KNOWS_AGAIN.values()) + MARGIN,
            sender__account=F("handed_through"),
            sender__paused_at=None,
            enrollment__state__in=(Enrollment.State.ACTIVE, Enrollment.State.FINISHED),
            enrollment__sequence__state=Sequence.State.ACTIVE,
        )
        mails = list(doubtful.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(_repeat(organization, message_id) for message_id in mails)


def _repeat(organization: Organization, message_id: int) -> bool:
    with acting_in(organization, durable=True):
        parcel = _check(organization, message_id)
    if parcel is None:
        return False
    outcome = delivering.hand_over(parcel)
    with acting_in(organization, durable=True):
        return _record(parcel.message, outcome)


def _check(organization: Organization, message_id: int) -> delivering.Parcel | None:
    """What is handed over again, word for word; None if it must not be, or not now."""
    message = settling.lock(message_id)
    if message is None or message.state != State.AMBIGUOUS or message.enrollment is None:
        return None
    if not _goes_on(message.enrollment):
        return None
    sender, candidate, now = message.sender, message.candidate, clock.now()
    if sender is None or candidate is None or sender.paused_at:
        return None
    route = routing.route_of(sender)
    if sender.account_id != message.handed_through_id or route.knows_again is None:
        return None
    if message.handed_at is None or message.handed_at < now - route.knows_again + MARGIN:
        return None
    found = reach([candidate])[candidate.pk]
    if isinstance(found, Obstacle) or found.address != message.to_address:
        return None
    message.attempts += 1
    message.due_at = now + delivering.backoff(message.attempts)
    message.save(update_fields=["attempts", "due_at"])
    carried = CarriedNotice.objects.filter(message=message).values_list("text", flat=True).first()
    links = sharing.own_links(message)
    mail = composing.compose(message, sender, organization, notice=carried or "", links=links)
    return delivering.Parcel(message, mail, route)


def _goes_on(enrollment: Enrollment) -> bool:
    """Whether the sequence still writes to the person. Whose last step is the mail in doubt has finished it."""
    is_over = enrollment.state == Enrollment.State.STOPPED or stopping.what_ended(enrollment)
    return not is_over and not last_check.why_held(enrollment)


def _record(asked: Message, outcome: Outcome) -> bool:
    """Settled only by a clear yes: a no may be about the second copy alone."""
    if outcome.fate is not Fate.ACCEPTED:
        return False
    message = settling.lock(asked.pk)
    if (
        message is None
        or message.state != State.AMBIGUOUS
        or message.claimed_at != asked.claimed_at
    ):
        return False
    message.provider_id = outcome.provider_id[:200]
    settling.settle(message, State.SENT)
    return True
