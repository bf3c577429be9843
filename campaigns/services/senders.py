"""Who mail goes out from: addresses with caps and windows, and the organization's kill switch."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import MailAccount, Sender
from campaigns.services import pacing
from campaigns.services.holding import note_hold
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError


class SenderExists(DomainError):
    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is a sender already. Edit that one instead.")


@dataclass(frozen=True, kw_only=True)
class SenderDetails:
    """What is said of a sender: who writes, from where, how much, and when."""

    name: str
    address: str
    user: User | None = None
    account: MailAccount | None = None
    daily_cap: int = 80
    hourly_cap: int | None = None
    gap_seconds: int | None = None
    window_days: Collection[int] = (0, 1, 2, 3, 4)
    window_start: time = time(9)
    window_end: time = time(18)
    time_zone: str = "UTC"

    def apply_to(self, sender: Sender) -> None:
        sender.name = self.name
        sender.address = self.address.lower()
        sender.user = self.user
        sender.account = self.account
        sender.daily_cap = self.daily_cap
        sender.hourly_cap = self.hourly_cap
        if self.gap_seconds is not None:
            sender.gap_seconds = self.gap_seconds
        sender.window_days = sorted(self.window_days)
        sender.window_start = self.window_start
        sender.window_end = self.window_end
        sender.time_zone = self.time_zone


def _save(sender: Sender) -> None:
    try:
        with transaction.atomic():
            sender.save()
    except IntegrityError as error:
        raise SenderExists(sender.address) from error


@transaction.atomic
def add_sender(details: SenderDetails, *, by: User | None) -> Sender:
    sender = Sender()
    details.apply_to(sender)
    _save(sender)
    record("sender.added", sender, by=by)
    return sender


@transaction.atomic
def edit_sender(sender: Sender, details: SenderDetails, *, by: User) -> Sender:
    sender = Sender.objects.select_for_update().get(pk=sender.pk)
    before = {
        field.attname: getattr(sender, field.attname) for field in Sender._meta.concrete_fields
    }
    details.apply_to(sender)
    changed = sorted(name for name, value in before.items() if getattr(sender, name) != value)
    if changed:
        _save(sender)
        pacing.free(sender)
        record("sender.edited", sender, by=by, fields=changed)
    return sender


@transaction.atomic
def pause_sender(sender: Sender, *, because: str, by: User | None) -> Sender:
    """Nothing leaves from this address until it is resumed; what is queued waits."""
    sender = Sender.objects.select_for_update().get(pk=sender.pk)
    if sender.paused_at is None:
        sender.paused_at = timezone.now()
        sender.paused_because = because[:200]
        sender.save(update_fields=["paused_at", "paused_because"])
        note_hold(f"The sender is paused: {because}", sender=sender)
        record("sender.paused", sender, by=by)
    return sender


@transaction.atomic
def resume_sender(sender: Sender, *, by: User | None) -> Sender:
    sender = Sender.objects.select_for_update().get(pk=sender.pk)
    if sender.paused_at is not None:
        sender.paused_at, sender.paused_because = None, ""
        sender.save(update_fields=["paused_at", "paused_because"])
        pacing.free(sender)
        record("sender.resumed", sender, by=by)
    return sender


def _locked_organization() -> Organization:
    return Organization.objects.select_for_update(no_key=True).get(pk=current_organization().pk)


@transaction.atomic
def pause_all_sending(*, by: User) -> Organization:
    """The kill switch: nothing leaves from any sender of this organization until it is turned on again."""
    organization = _locked_organization()
    if organization.sending_paused_at is None:
        organization.sending_paused_at = timezone.now()
        organization.save(update_fields=["sending_paused_at"])
        note_hold(pacing.ALL_PAUSED)
        record("sending.paused", by=by)
    return organization


@transaction.atomic
def resume_all_sending(*, by: User) -> Organization:
    organization = _locked_organization()
    if organization.sending_paused_at is not None:
        organization.sending_paused_at = None
        organization.save(update_fields=["sending_paused_at"])
        record("sending.resumed", by=by)
    return organization
