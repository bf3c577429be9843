"""The worker's part: claim one outbox row, check for the last time, hand it over, record what happened."""

from campaigns.models import Message
from crm.accounts.models import User
from crm.tenancy.models import Organization


def deliver(organization: Organization, message_id: int) -> Message.State | None:
    """Send one queued mail if it may go now; None if it was not ours to take.

    Opens its own transactions: call it outside any organization, as tasks and commands do.
    """
    raise NotImplementedError


def deliver_due(organization: Organization) -> int:
    """Send what is due in `organization`; returns how many mails left. Outside any organization."""
    raise NotImplementedError


def resend(message: Message, *, by: User) -> Message:
    """Queue an ambiguous or refused mail again: somebody looked, and decided."""
    raise NotImplementedError


def mark_sent(message: Message, *, by: User) -> Message:
    """Settle an ambiguous mail as sent: somebody looked."""
    raise NotImplementedError
