"""What a worker left behind when it died, and what somebody decides about mails in doubt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction

from campaigns import clock
from campaigns.models import Enrollment, Message
from campaigns.services import entering, permissions, settling
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.tenancy.sweeping import everywhere
from crm.web.errors import DomainError

State = Message.State
# Well above the 20 seconds that a provider call may take: a slow worker is not a dead one.
LEASE = timedelta(seconds=90)
# A row that ended this many workers is not given to another.
POISONOUS_AFTER = 3
BATCH = 200


class MessageNotOpen(DomainError):
    """Only what is in doubt, or was refused, is there to decide about."""

    def __init__(self, message: Message) -> None:
        super().__init__(
            f"This mail is “{message.get_state_display()}”: there is nothing to decide."
        )


class MustNotBeSent(DomainError):
    """The person has left the sequence meanwhile, or was put on one anew."""

    def __init__(self, enrollment: Enrollment, because: str) -> None:
        super().__init__(f"{enrollment.candidate} {because}, so the mail is not sent again.")


@dataclass
class ReconcileReport:
    """What a sweep found: rows that could go back to the queue, in doubt, or set aside."""

    requeued: int = 0
    ambiguous: int = 0
    set_aside: int = 0


def reconcile_sending(*, lease: timedelta = LEASE) -> ReconcileReport:
    """Settle every row that a worker took longer than `lease` ago. Outside any organization."""
    before = clock.now() - lease
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_organizations_with_stuck_mail(%s)", [before])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    report = ReconcileReport()
    everywhere(partial(_reconcile, before=before, report=report), among=ids)
    return report


def _reconcile(organization: Organization, *, before: datetime, report: ReconcileReport) -> None:
    with acting_in(organization):
        stuck = Message.objects.filter(state=State.SENDING, claimed_at__lte=before)
        claims = list(stuck.order_by("pk").values_list("pk", "claimed_at")[:BATCH])
    for message_id, claimed_at in claims:
        with transaction.atomic(), acting_in(organization):
            message = settling.lock(message_id)
            # Taken up again meanwhile, it has another moment.
            if message and message.state == State.SENDING and message.claimed_at == claimed_at:
                _settle_stuck(message, report)


def _settle_stuck(message: Message, report: ReconcileReport) -> None:
    if message.handed_at:
        # The provider may have it. Sending again could be the second copy, dropping it could lose it.
        problem = "The worker stopped while this mail was being handed over."
        settling.settle(message, State.AMBIGUOUS, problem=problem)
        report.ambiguous += 1
        return
    # Apart from the tries that the provider answered: those do not make a mail poisonous.
    message.crashes += 1
    message.save(update_fields=["crashes"])
    if message.crashes >= POISONOUS_AFTER:
        settling.fail(message, f"Set aside: {message.crashes} workers stopped at this mail.")
        report.set_aside += 1
    else:
        message.state = State.QUEUED
        message.waits_for = ""
        message.save(update_fields=["state", "waits_for"])
        report.requeued += 1


@transaction.atomic
def resend(message: Message, *, by: User) -> Message:
    """Queue an ambiguous or refused mail again: somebody looked, and decided. It keeps its Message-ID."""
    locked = _lock_open(message, State.AMBIGUOUS, State.FAILED)
    if locked.sender:
        permissions.refuse_others(locked.sender, by)
    queue_again(locked, by=by)
    record("message.resent", locked, by=by)
    return locked


def queue_again(locked: Message, *, by: User) -> None:
    """Put a locked mail back into the queue, in whose name `by` may send.

    Raises MustNotBeSent where the person has left its sequence, or is on one again that would not have both.
    """
    enrollment = locked.enrollment
    if enrollment and enrollment.state == Enrollment.State.STOPPED:
        left = f"has left this sequence meanwhile ({enrollment.ended_because})"
        raise MustNotBeSent(enrollment, left)
    is_over = enrollment and enrollment.state == Enrollment.State.FINISHED
    if enrollment and is_over and (running := entering.why_not_anew(enrollment)):
        raise MustNotBeSent(enrollment, running)
    if enrollment and enrollment.state != Enrollment.State.ACTIVE:
        # Paused since the refusal, or finished because the doubtful mail counted as sent.
        enrollment.state = Enrollment.State.ACTIVE
        enrollment.ended_at = None
        enrollment.waits_for = ""
        enrollment.save(update_fields=["state", "ended_at", "waits_for"])
    sender = None if locked.is_private else locked.sender
    if sender and not permissions.may_send(sender, locked.member):
        # Whoever asked for it may not any more: it is sent by who has decided that it goes.
        locked.member = by
    locked.state = State.QUEUED
    locked.attempts = 0
    locked.handed_at = None
    locked.due_at = clock.now()
    locked.problem = locked.waits_for = ""
    locked.save()


@transaction.atomic
def mark_sent(message: Message, *, by: User) -> Message:
    """Settle an ambiguous mail as sent: somebody looked."""
    locked = _lock_open(message, State.AMBIGUOUS)
    settling.settle(locked, State.SENT)
    record("message.marked_sent", locked, by=by)
    return locked


def _lock_open(message: Message, *states: Message.State) -> Message:
    locked = settling.lock(message.pk)
    if locked is None or locked.state not in states:
        raise MessageNotOpen(locked or message)
    return locked
