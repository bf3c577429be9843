"""Mails to members about what they were told: soon after it happened, or once in the morning.

A mail goes at most once. Its lines are taken in a transaction of their own before it is handed over; of a
worker that dies after that nobody knows whether the mail went, so it is not sent again: the lines stand in
the app. Only a mail server that could not be reached at all gets another try.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from candidates.models import Notification
from candidates.services.notifying import may_read
from crm.accounts.models import User
from crm.tenancy.models import Membership, Organization
from crm.tenancy.scope import acting_in
from crm.web.links import absolute
from crm.web.mails import Fate, build_mail, hand_over

RETRY_AFTER = timedelta(minutes=10)
# After that a line is old news: it stays in the app alone.
GIVE_UP_AFTER = timedelta(hours=24)
# Lines that one mail spells out; the rest is counted.
LINES = 25


@dataclass(frozen=True)
class Parcel:
    """One mail that was taken to be sent: to whom, what it says, and which lines it tells."""

    to: str
    context: dict[str, Any]
    ids: list[int]
    taken_at: datetime


def mail_due(organization: Organization, now: datetime | None = None) -> int:
    """Send what is due to the members of `organization`; returns the number of mails. Outside any organization."""
    now = now or timezone.now()
    sent = 0
    while True:
        with acting_in(organization, durable=True):
            is_more, parcel = _take(organization, now)
        if parcel:
            sent += _send(organization, parcel)
        if not is_more:
            return sent


def _take(organization: Organization, now: datetime) -> tuple[bool, Parcel | None]:
    """Whether there was somebody to mail, and the mail, unless everything was read meanwhile."""
    due = Notification.objects.filter(mail_due_at__lte=now)
    first = due.select_for_update(skip_locked=True).order_by("mail_due_at", "pk").first()
    if first is None:
        return False, None
    mine = due.filter(user=first.user_id)
    lines = list(
        mine.select_for_update(skip_locked=True, of=("self",))
        .select_related("candidate")
        .order_by("-created_at", "-pk")
    )
    ids = [line.pk for line in lines]
    Notification.objects.filter(pk__in=ids).update(mail_due_at=None, mailed_at=now)
    member = (
        Membership.objects.filter(
            user=first.user_id, user__is_active=True, organization=organization
        )
        .select_related("user")
        .first()
    )
    told = [line for line in lines if member and _is_news(line, member)]
    if member is None or not told:
        return True, None
    return True, Parcel(member.user.email, _context(organization, member.user, told), ids, now)


def _is_news(line: Notification, member: Membership) -> bool:
    return line.read_at is None and (line.candidate is None or may_read(member, line.candidate))


def _context(
    organization: Organization, user: User, lines: Sequence[Notification]
) -> dict[str, Any]:
    home = absolute(reverse("home"))
    only = lines[0].text if len(lines) == 1 else ""
    return {
        "organization": organization,
        "user": user,
        "subject": only or f"{len(lines)} new things at {organization}",
        "lines": [
            {"text": line.text, "url": f"{home}{line.link}" if line.link else ""}
            for line in lines[:LINES]
        ],
        "left_out": max(0, len(lines) - LINES),
        "all_url": absolute(reverse("notifications:list")),
        "choices_url": absolute(reverse("notifications:choices")),
    }


def _send(organization: Organization, parcel: Parcel) -> bool:
    mail = build_mail(
        "email/notifications",
        to=parcel.to,
        context=parcel.context,
        organization=organization.slug,
    )
    fate = hand_over(mail)
    if fate is Fate.NOT_SENT:
        _give_back(organization, parcel)
    return fate is Fate.SENT


def _give_back(organization: Organization, parcel: Parcel) -> None:
    with acting_in(organization, durable=True):
        Notification.objects.filter(
            pk__in=parcel.ids, created_at__gt=parcel.taken_at - GIVE_UP_AFTER
        ).update(mail_due_at=parcel.taken_at + RETRY_AFTER, mailed_at=None)
