"""Who may send now: an organization that may, and a sender within its window, cap and gap.

A sender's next free moment is kept in its row, so that it outlives broker and workers; the row's lock
makes parallel workers count one after the other.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import Message, Sender
from campaigns.schedule import Window, next_open
from candidates.models import Notification
from candidates.services.notifying import admins, notify_all
from crm.audit.services import record
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization

DAY = timedelta(hours=24)
CAP = "The sender's cap of"
# So many mails of unknown fate in a row are no accident: the provider is in trouble.
UNCLEAR_IN_A_ROW = 5

_keeps_hours: ContextVar[bool] = ContextVar("keeps_hours", default=True)


@contextmanager
def at_any_hour() -> Iterator[None]:
    """Let mail go outside the senders' hours: for the local mode, where days pass at the press of a button."""
    token = _keeps_hours.set(False)
    try:
        yield
    finally:
        _keeps_hours.reset(token)


def hold_organization() -> str:
    """Why the organization being acted in sends nothing at all now; "" if it may send.

    Waiting mails then say so.
    """
    because = _organization_obstacle()
    if because:
        Message.objects.filter(state=Message.State.QUEUED).exclude(waits_for=because).update(
            waits_for=because
        )
    return because


def _organization_obstacle() -> str:
    organization = current_organization()
    if organization.sending_paused_at or organization.closed_at:
        return "Sending is paused for the whole organization"
    if not organization.postal_address.strip():
        # Commercial mail without one is unlawful in many places; no mail goes rather than such a one.
        return "The organization has no postal address yet: add it under Settings"
    return ""


def hold(sender: Sender) -> str:
    """Why a locked sender must wait; "" if it may send. Its row says until when, its waiting mails why."""
    now = timezone.now()
    if sender.paused_at:
        return f"The sender is paused: {sender.paused_because}"
    if sender.blocked_until and sender.blocked_until > now:
        return _until(sender, sender.blocked_until, sender.blocked_because)
    if _has_left(sender):
        because = f"{sender.user} has left the organization"
        pause(sender.pk, because=because)
        return f"The sender is paused: {because}"
    opens = next_open(now, Window.of(sender))
    if opens > now and _keeps_hours.get():
        return _block(sender, until=opens, because="Outside the sender's hours")
    free_at = _free_under_cap(sender, now)
    return _block_for_cap(sender, free_at) if free_at > now else ""


def count(sender: Sender) -> None:
    """One mail of a locked sender was just handed over: when is the next one's turn?"""
    now = timezone.now()
    free_at = _free_under_cap(sender, now)
    if free_at > now:
        _block_for_cap(sender, free_at)
    elif sender.gap_seconds:
        # Not as regular as a machine, and never earlier than the gap.
        gap = timedelta(seconds=sender.gap_seconds * random.uniform(1, 1.5))  # noqa: S311
        sender.blocked_until = now + gap
        sender.blocked_because = f"One mail every {sender.gap_seconds} seconds"
        sender.save(update_fields=["blocked_until", "blocked_because"])


def _has_left(sender: Sender) -> bool:
    if sender.user_id is None:
        return False
    return not Membership.objects.filter(
        user=sender.user_id, user__is_active=True, organization=sender.organization_id
    ).exists()


def _free_under_cap(sender: Sender, now: datetime) -> datetime:
    """When the last 24 hours hold fewer mails than the cap."""
    if sender.daily_cap == 0:
        return now + DAY
    handed = Message.objects.filter(sender=sender, handed_at__gt=now - DAY).order_by("-handed_at")
    # Within the cap's number of latest mails, the first one makes room for the next.
    oldest = handed[sender.daily_cap - 1 : sender.daily_cap].first()
    return oldest.handed_at + DAY if oldest and oldest.handed_at else now


def _block_for_cap(sender: Sender, free_at: datetime) -> str:
    until = next_open(free_at, Window.of(sender))
    return _block(sender, until=until, because=f"{CAP} {sender.daily_cap} in 24 hours")


def _block(sender: Sender, *, until: datetime, because: str) -> str:
    sender.blocked_until, sender.blocked_because = until, because
    sender.save(update_fields=["blocked_until", "blocked_because"])
    sentence = _until(sender, until, because)
    waiting = Message.objects.filter(sender=sender, state=Message.State.QUEUED, due_at__lte=until)
    waiting.exclude(waits_for=sentence).update(waits_for=sentence)
    return sentence


def _until(sender: Sender, until: datetime, because: str) -> str:
    local = until.astimezone(Window.of(sender).zone)
    return f"{because}: goes {local:%a %d %b, %H:%M}"[:200]


def free(sender: Sender) -> None:
    """Forget when a sender is free again: its window, cap or gap was changed by hand."""
    Sender.objects.filter(pk=sender.pk).update(blocked_until=None, blocked_because="")
    Message.objects.filter(sender=sender, state=Message.State.QUEUED).update(waits_for="")


def free_place(sender_id: int) -> None:
    """A mail did not go after all: whoever waits for its place under the cap is looked at again."""
    Sender.objects.filter(pk=sender_id, blocked_because__startswith=CAP).update(
        blocked_until=None, blocked_because=""
    )


def pause(sender_id: int | None, *, because: str) -> None:
    """Stop a sender until somebody resumes it, once, however many mails fail."""
    if sender_id is None:
        return
    running = Sender.objects.filter(pk=sender_id, paused_at=None)
    if running.update(paused_at=timezone.now(), paused_because=because[:200]):
        sender = Sender.objects.select_related("user").get(pk=sender_id)
        record("sender.paused", sender)
        notify_all(
            [sender.user, *admins()],
            kind=Notification.Kind.SENDER,
            text=f"The sender {sender.address} stopped: {because}",
            link="settings/senders/",
        )
        Message.objects.filter(sender=sender_id, state=Message.State.QUEUED).update(
            waits_for=f"The sender is paused: {because}"[:200]
        )


def pause_if_unclear(sender_id: int | None) -> None:
    """Pause a sender whose latest mails all ended in doubt, before hundreds do."""
    latest = Message.objects.filter(sender=sender_id, handed_at__gt=timezone.now() - DAY).order_by(
        "-handed_at"
    )
    states = list(latest.values_list("state", flat=True)[:UNCLEAR_IN_A_ROW])
    if states == [Message.State.AMBIGUOUS] * UNCLEAR_IN_A_ROW:
        pause(sender_id, because=f"{UNCLEAR_IN_A_ROW} mails in a row ended in doubt")
