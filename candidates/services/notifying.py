"""Telling members what happened: one line each, at most once, never of their own doing.

The line stands in the app; by mail it follows as the member has chosen (`mailing`).
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from candidates.models import Candidate, Notification, NotificationChoice
from candidates.models.notifications import NotificationKind, usual_delivery
from candidates.queries import readable_candidates
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.queries import zone_of
from crm.tenancy.roles import ADMINS, READERS
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

KEPT = timedelta(days=90)
# Who sits before the app reads the line there, and needs no mail; what comes together is one mail.
MAIL_AFTER = timedelta(minutes=3)
# When the mail of the morning goes, on the member's own clock.
MORNING = time(7)

Delivery = NotificationChoice.Delivery


def notify(
    user: User | None,
    *,
    kind: NotificationKind,
    text: str,
    link: str = "",
    candidate: Candidate | None = None,
    by: User | None = None,
    key: str = "",
) -> None:
    """Tell one member; nobody where `user` is None, no longer a member, does not want it, or did it.

    `link` is a path inside the organization (`candidates/3/`). Name a candidate only together with
    `candidate`: the line then goes with the person. The same `key` is told once.
    """
    notify_all([user], kind=kind, text=text, link=link, candidate=candidate, by=by, key=key)


def notify_all(
    users: Iterable[User | None],
    *,
    kind: NotificationKind,
    text: str,
    link: str = "",
    candidate: Candidate | None = None,
    by: User | None = None,
    key: str = "",
) -> None:
    """Tell several members the same, in two statements: see `notify`."""
    ids = {user.pk for user in users if user} - {by.pk if by else None}
    if not ids:
        return
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=member.user_id,
                kind=kind,
                candidate=candidate,
                text=_one_line(text),
                link=link,
                key=key,
                mail_due_at=_mail_due(member, delivery),
            )
            for member, delivery in _who_want(kind, ids)
            if candidate is None or may_read(member, candidate)
        ],
        ignore_conflicts=True,
    )


def admins() -> QuerySet[User]:
    """Whom to tell what concerns the whole organization."""
    return User.objects.filter(
        memberships__organization=current_organization(), memberships__role__in=ADMINS
    ).order_by("pk")


def _who_want(kind: NotificationKind, user_ids: Iterable[int]) -> list[tuple[Membership, Delivery]]:
    """Who of these is a member and wants to be told, and how."""
    chosen = NotificationChoice.objects.filter(kind=kind, user=OuterRef("user"))
    found = (
        Membership.objects.filter(
            organization=current_organization(), user__in=list(user_ids), user__is_active=True
        )
        .select_related("user")
        .annotate(chosen=Subquery(chosen.values("delivery")[:1]))
        .order_by("user")
    )
    wanted = [(member, Delivery(member.chosen or usual_delivery(kind))) for member in found]
    return [(member, delivery) for member, delivery in wanted if delivery is not Delivery.OFF]


def _mail_due(member: Membership, delivery: Delivery) -> datetime | None:
    now = timezone.now()
    if delivery is Delivery.NOW:
        return now + MAIL_AFTER
    return next_morning(member.user, now) if delivery is Delivery.DIGEST else None


def next_morning(user: User, now: datetime) -> datetime:
    """When it is morning for the user next: today if the day has not begun there."""
    zone = zone_of(user)
    local = now.astimezone(zone)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, tzinfo=zone)


def may_read(member: Membership, candidate: Candidate) -> bool:
    """Whether a line that names the candidate may reach this member."""
    if member.role in READERS:
        return True
    return readable_candidates(member).filter(pk=candidate.pk).exists()


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 300 else f"{words[:299]}…"


class ToldToSomebodyElse(DomainError):
    def __init__(self) -> None:
        super().__init__("This was told to somebody else.")


@transaction.atomic
def mark_read(notification: Notification, *, by: User) -> Notification:
    """It was seen. Doing it twice changes nothing."""
    _refuse_others(notification, by)
    if notification.read_at is None:
        notification.read_at = timezone.now()
        notification.save(update_fields=["read_at"])
    return notification


@transaction.atomic
def mark_unread(notification: Notification, *, by: User) -> Notification:
    """Keep it for later."""
    _refuse_others(notification, by)
    notification.read_at = None
    notification.save(update_fields=["read_at"])
    return notification


def _refuse_others(notification: Notification, user: User) -> None:
    if notification.user_id != user.pk:
        raise ToldToSomebodyElse


def mark_all_read(user: User) -> int:
    """All of the user's lines were seen; returns how many were not before."""
    unread = Notification.objects.filter(user=user, read_at=None)
    return unread.update(read_at=timezone.now())


def delivery_choices(user: User) -> dict[str, str]:
    """How the user wants each kind to be told, kinds without a choice included."""
    chosen = NotificationChoice.objects.filter(user=user).values_list("kind", "delivery")
    usual = {kind: str(usual_delivery(kind)) for kind in Notification.Kind.values}
    return usual | dict(chosen)


def choose_delivery(user: User, choices: dict[str, str]) -> None:
    """Keep how the user wants each kind in `choices` to be told."""
    NotificationChoice.objects.bulk_create(
        [
            NotificationChoice(user=user, kind=kind, delivery=delivery)
            for kind, delivery in choices.items()
        ],
        update_conflicts=True,
        unique_fields=["organization", "user", "kind"],
        update_fields=["delivery"],
    )


def forget_old_notifications(now: datetime | None = None) -> int:
    """Delete what was told long ago, read or not; returns how many lines."""
    old = Notification.objects.filter(created_at__lte=(now or timezone.now()) - KEPT)
    count, _ = old.delete()
    return count
