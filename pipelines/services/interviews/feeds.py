"""Calendars that read a member's or a job's interviews from a secret address."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy import public_links
from crm.tenancy.models import Membership, hash_token
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError
from pipelines import calendars
from pipelines.models import CalendarFeed, Interview, Job
from pipelines.queries import readable_candidacies
from pipelines.queries.access import may_open
from pipelines.services.interviews.wording import entries_for_members

SHOWN_BEFORE = timedelta(days=60)
MOST_ENTRIES = 1000


class SomebodyElsesFeed(DomainError):
    def __init__(self) -> None:
        super().__init__("This calendar address belongs to somebody else.")


@transaction.atomic
def make_feed(user: User, *, job: Job | None = None) -> tuple[CalendarFeed, str]:
    """A new address, and its token: shown once, for only its hash is kept."""
    token = public_links.new_secret(current_organization())
    feed = CalendarFeed.objects.create(user=user, job=job, token_hash=hash_token(token))
    record("calendar_feed.made", feed, by=user)
    return feed, token


@transaction.atomic
def revoke_feed(feed: CalendarFeed, *, by: User) -> CalendarFeed:
    """From now on nobody reads it. Doing it twice changes nothing."""
    if feed.user_id != by.pk:
        raise SomebodyElsesFeed
    if feed.revoked_at is None:
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        record("calendar_feed.revoked", feed, by=by)
    return feed


def feeds_of(user: User) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.filter(user=user, revoked_at=None).select_related("job")


def name_of(feed: CalendarFeed) -> str:
    """What the feed's job is called to whom the feed belongs; empty for all interviews of a member."""
    if feed.job is None:
        return ""
    return feed.job.title if may_open(feed.user, feed.job) else feed.job.told_as


@transaction.atomic
def read_feed(token: str) -> str | None:
    """The calendar behind `token`, in the organization being acted in; None where it opens nothing (any more)."""
    feed = (
        CalendarFeed.objects.filter(token_hash=hash_token(token), revoked_at=None)
        .select_related("user", "job")
        .first()
    )
    membership = (
        feed
        and Membership.objects.filter(
            user=feed.user, user__is_active=True, organization=current_organization()
        ).first()
    )
    if not feed or not membership:
        return None
    CalendarFeed.objects.filter(pk=feed.pk).update(read_at=timezone.now())
    found = _interviews(feed).filter(candidacy__in=readable_candidacies(membership))
    name = name_of(feed) or f"Interviews at {current_organization()}"
    entries = entries_for_members(list(found[:MOST_ENTRIES]))
    return calendars.feed(name, entries, now=timezone.now())


def _interviews(feed: CalendarFeed) -> QuerySet[Interview]:
    mine = Q(organizer=feed.user) | Q(interviewers__user=feed.user, interviewers__removed_at=None)
    chosen = Q(candidacy__job=feed.job) if feed.job else mine
    return (
        Interview.objects.filter(
            chosen,
            starts_at__gt=timezone.now() - SHOWN_BEFORE,
            state__in=[Interview.State.BOOKED, Interview.State.CANCELLED],
        )
        .select_related("candidacy__candidate", "candidacy__job", "candidacy__stage")
        .distinct()
        .order_by("starts_at", "pk")
    )
