"""Sending in a colleague's name: asked for, granted until further notice, taken back at any moment."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.defaultfilters import pluralize
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sender, SendPermission, Sequence
from campaigns.services.holding import hold_sequences, note_holds
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


def may_send(sender: Sender, user: User | None) -> bool:
    """Whether `user` may send from `sender`. Nobody in particular, such as a sweep, acts for who has set it up."""
    if user is None or sender.user_id in {None, user.pk}:
        return True
    return bool(
        SendPermission.objects.filter(sender=sender, user=user, state=State.GRANTED).exists()
    )


def refuse_others(sender: Sender, user: User | None) -> None:
    """Raise MayNotSend unless `user` may send from `sender`."""
    if not may_send(sender, user):
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
    held = _put_on_by(permission, Enrollment.State.PAUSED)
    _say_of_people(held.filter(waits_for=_why_held(permission)), Enrollment.State.ACTIVE, "")
    _tell(permission, f"You may send from {permission.sender.address} now", by=by)
    return permission


@transaction.atomic
def revoke(permission: SendPermission, *, by: User) -> int:
    """Take a permission back, or say no. What the member still had to send in this name waits.

    What they wrote by hand is refused when its turn comes: see `last_check`. Returns how many sequences were paused.
    """
    had_it = SendPermission.objects.filter(pk=permission.pk, state=State.GRANTED).exists()
    permission = _decide(permission, State.REVOKED, by=by)
    paused = _hold_back(permission) if had_it else 0
    text = f"You may no longer send from {permission.sender.address}"
    _tell(
        permission,
        f"{text}; {paused} sequence{pluralize(paused, ' is,s are')} paused" if paused else text,
        by=by,
    )
    return paused


def _hold_back(permission: SendPermission) -> int:
    """Pause sequences that nobody with a permission owns, and on those of others whom the member has put there.

    The sequences until somebody who may send resumes them, the people until it is granted again, too. Returns how many
    sequences were paused.
    """
    sender = permission.sender
    others = sender.permissions.filter(state=State.GRANTED).values_list("user", flat=True)
    active = Sequence.objects.filter(sender=sender, state=Sequence.State.ACTIVE)
    paused = hold_sequences(active.exclude(owner__in=[sender.user_id, *others]))
    for sequence in paused:
        record("sequence.paused", sequence, by=sender.user)
    because = _why_held(permission)
    running = _put_on_by(permission, Enrollment.State.ACTIVE)
    held = _say_of_people(running.filter(sequence__in=active), Enrollment.State.PAUSED, because)
    note_holds(((pk, because, None) for pk in held), at=timezone.now())
    return len(paused)


def _why_held(permission: SendPermission) -> str:
    return f"{permission.user} may no longer send from {permission.sender.address}"[:200]


def _put_on_by(permission: SendPermission, state: Enrollment.State) -> "QuerySet[Enrollment]":
    """Whom the member has put on sequences of this sender."""
    found: QuerySet[Enrollment] = Enrollment.objects.filter(
        sequence__sender=permission.sender, enrolled_by=permission.user, state=state
    )
    return found


def _say_of_people(
    people: "QuerySet[Enrollment]", state: Enrollment.State, waits_for: str
) -> list[int]:
    locked = people.select_for_update(of=("self",), no_key=True).order_by("pk")
    ids = list(locked.values_list("pk", flat=True))
    Enrollment.objects.filter(pk__in=ids).update(state=state, waits_for=waits_for)
    queued = Message.objects.filter(enrollment__in=ids, state=Message.State.QUEUED)
    queued.update(waits_for=waits_for)
    return ids


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
