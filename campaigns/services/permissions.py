"""Sending in a colleague's name: asked for, granted until further notice, taken back at any moment."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns.models import Sender, SendPermission, Sequence
from candidates.models import Notification
from candidates.services.notifying import notify
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

State = SendPermission.State
LINK = "settings/senders/names/"


class NotYourName(DomainError):
    def __init__(self) -> None:
        super().__init__("Only the member whose address it is decides about it.")


class MayNotSend(DomainError):
    def __init__(self, sender: Sender) -> None:
        super().__init__(
            f"{sender.address} belongs to {sender.user}. Ask for permission to send in their name."
        )


class NothingToAsk(DomainError):
    def __init__(self, sender: Sender) -> None:
        super().__init__(f"You may send from {sender.address} already.")


def senders_for(user: User) -> QuerySet[Sender]:
    """Senders that `user` may choose: their own, everybody's, and those of colleagues who let them."""
    granted = SendPermission.objects.filter(user=user, state=State.GRANTED).values("sender")
    found: QuerySet[Sender] = Sender.objects.filter(Q(user=None) | Q(user=user) | Q(pk__in=granted))
    return found


def refuse_others(sender: Sender, user: User) -> None:
    """Raise MayNotSend unless `user` may send from `sender`."""
    if not senders_for(user).filter(pk=sender.pk).exists():
        raise MayNotSend(sender)


@transaction.atomic
def ask(sender: Sender, *, by: User) -> SendPermission:
    """Ask the member behind `sender`; they are told. Asking again after a no is allowed, and seen."""
    if senders_for(by).filter(pk=sender.pk).exists():
        raise NothingToAsk(sender)
    permission, _ = SendPermission.objects.update_or_create(
        sender=sender,
        user=by,
        defaults={"state": State.ASKED, "asked_at": timezone.now(), "decided_at": None},
    )
    notify(
        sender.user,
        kind=Notification.Kind.SENDER,
        text=f"{by} asks to send mail in your name, from {sender.address}",
        link=LINK,
        by=by,
        key=f"permission:{permission.pk}:{permission.asked_at:%Y%m%d}",
    )
    record("permission.asked", permission, by=by)
    return permission


@transaction.atomic
def grant(permission: SendPermission, *, by: User) -> SendPermission:
    permission = _decide(permission, State.GRANTED, by=by)
    _tell(permission, f"You may send from {permission.sender.address} now", by=by)
    return permission


@transaction.atomic
def revoke(permission: SendPermission, *, by: User) -> int:
    """Take a permission back, or say no. What the member's sequences still had to send in this name waits.

    Returns how many sequences were paused.
    """
    permission = _decide(permission, State.REVOKED, by=by)
    theirs = Sequence.objects.filter(
        sender=permission.sender, owner=permission.user, state=Sequence.State.ACTIVE
    )
    paused: int = theirs.update(state=Sequence.State.PAUSED)
    text = f"You may no longer send from {permission.sender.address}"
    _tell(permission, f"{text}; {paused} sequences are paused" if paused else text, by=by)
    return paused


def _decide(permission: SendPermission, state: SendPermission.State, *, by: User) -> SendPermission:
    locked: SendPermission = (
        SendPermission.objects.select_for_update(of=("self",))
        .select_related("sender__user", "user")
        .get(pk=permission.pk)
    )
    if locked.sender.user_id != by.pk:
        raise NotYourName
    locked.state, locked.decided_at = state, timezone.now()
    locked.save(update_fields=["state", "decided_at"])
    record(f"permission.{state}", locked, by=by)
    return locked


def _tell(permission: SendPermission, text: str, *, by: User) -> None:
    notify(permission.user, kind=Notification.Kind.SENDER, text=text, link=LINK, by=by)
