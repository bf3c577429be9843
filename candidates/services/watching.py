"""Following a person or a pool, and telling of what others did there. Safe to run at any time, twice."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateWatch,
    Notification,
    PoolMembership,
    PoolWatch,
    TalentPool,
    Touchpoint,
)
from candidates.queries import visible_touchpoints
from candidates.services.notifying import notify
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import READERS
from crm.tenancy.scope import current_organization

# What is younger may still be part of a transaction that others do not see yet.
SETTLES_IN = timedelta(seconds=30)
# Told to the person concerned by another line already.
TOLD_OTHERWISE = frozenset({Touchpoint.Kind.MAIL_RECEIVED, Touchpoint.Kind.NOTE})


def watch_candidate(candidate: Candidate, *, by: User) -> None:
    """Tell `by` from now on. Doing it twice changes nothing."""
    CandidateWatch.objects.get_or_create(candidate=candidate, user=by)


def unwatch_candidate(candidate: Candidate, *, by: User) -> None:
    CandidateWatch.objects.filter(candidate=candidate, user=by).delete()


def watch_pool(pool: TalentPool, *, by: User) -> None:
    PoolWatch.objects.get_or_create(pool=pool, user=by)


def unwatch_pool(pool: TalentPool, *, by: User) -> None:
    PoolWatch.objects.filter(pool=pool, user=by).delete()


@transaction.atomic
def tell_watchers(now: datetime | None = None) -> None:
    """Tell who follows a person or a pool what others did there since the last time: one line for each."""
    until = (now or timezone.now()) - SETTLES_IN
    _tell_of_candidates(until)
    _tell_of_pools(until)


def readers_among(user_ids: set[int]) -> dict[int, User]:
    """Who of these still reads candidates: nobody else is told of what they follow."""
    found = Membership.objects.filter(
        organization=current_organization(),
        user__in=user_ids,
        user__is_active=True,
        role__in=READERS,
    ).select_related("user")
    return {member.user_id: member.user for member in found}


def _tell_of_candidates(until: datetime) -> None:
    watches: defaultdict[int, dict[int, datetime]] = defaultdict(dict)
    locked = CandidateWatch.objects.filter(told_at__lt=until).select_for_update(skip_locked=True)
    for watch in locked.order_by("pk"):
        watches[watch.user_id][watch.candidate_id] = watch.told_at
    readers = readers_among(set(watches))
    for user_id, since in watches.items():
        if user_id in readers:
            _tell_of_people(readers[user_id], since, until)
        CandidateWatch.objects.filter(user=user_id, candidate__in=since).update(told_at=until)


def _tell_of_people(user: User, since: dict[int, datetime], until: datetime) -> None:
    earliest = min(since.values())
    entries = (
        visible_touchpoints(user)
        .filter(candidate__in=since, at__gt=earliest, at__lte=until)
        .exclude(actor=user)
        .select_related("candidate")
        .order_by("at", "pk")
    )
    known = set(
        Notification.objects.filter(
            user=user, candidate__in=since, created_at__gt=earliest
        ).values_list("candidate_id", flat=True)
    )
    news: defaultdict[Candidate, list[str]] = defaultdict(list)
    for entry in entries:
        is_told = entry.kind in TOLD_OTHERWISE and entry.candidate_id in known
        if entry.at > since[entry.candidate_id] and not is_told:
            news[entry.candidate].append(entry.summary)
    for candidate, summaries in news.items():
        more = f" · and {len(summaries) - 1} more" if len(summaries) > 1 else ""
        notify(
            user,
            kind=Notification.Kind.WATCHED,
            text=f"{candidate}: {summaries[-1]}{more}",
            link=f"candidates/{candidate.pk}/",
            candidate=candidate,
        )


def _tell_of_pools(until: datetime) -> None:
    locked = PoolWatch.objects.filter(told_at__lt=until).select_for_update(
        skip_locked=True, of=("self",)
    )
    watches = list(locked.select_related("pool").order_by("pk"))
    readers = readers_among({watch.user_id for watch in watches})
    for watch in watches:
        joined = (
            PoolMembership.objects.filter(
                pool=watch.pool_id, added_at__gt=watch.told_at, added_at__lte=until
            )
            .exclude(added_by=watch.user_id)
            .aggregate(number=Count("pk"))["number"]
        )
        if joined and watch.user_id in readers:
            people = "1 person" if joined == 1 else f"{joined:,} people"
            notify(
                readers[watch.user_id],
                kind=Notification.Kind.WATCHED,
                text=f"{people} joined the pool {watch.pool}",
                link=f"pools/{watch.pool_id}/",
            )
    PoolWatch.objects.filter(pk__in=[watch.pk for watch in watches]).update(told_at=until)
