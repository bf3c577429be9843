"""Pools and who is in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from candidates.models import (
    Candidate,
    PoolDeparture,
    PoolExclusion,
    PoolMembership,
    PoolMembershipSearch,
    TalentPool,
)
from candidates.queries.people import list_rows
from candidates.queries.search import (
    ANY_READER,
    Combine,
    Condition,
    Group,
    PeopleQuery,
    find_people,
    words_query,
)
from crm.accounts.models import User
from crm.audit.queries import last_seen_at
from crm.tenancy.bulk import among
from crm.web.pagination import PAGE_SIZE, CappedCount, KeysetPage, capped_count, keyset_page


def page_of_pools(
    wanted: "QuerySet[TalentPool]", *, cursor: str = "", size: int = PAGE_SIZE
) -> KeysetPage[TalentPool]:
    """A page of these pools by name, each with `people` and `new_people` (of this week): two queries."""
    pools = wanted.select_related("owner")
    page = keyset_page(pools, order=("name", "id"), cursor=cursor, size=size)
    week = timezone.now() - timedelta(days=7)
    counts = {
        pool: (people, new)
        for pool, people, new in PoolMembership.objects.filter(pool__in=page.rows)
        .values_list("pool")
        .annotate(people=Count("pk"), new=Count("pk", filter=Q(added_at__gte=week)))
    }
    for pool in page.rows:
        pool.people, pool.new_people = counts.get(pool.pk, (0, 0))  # type: ignore[attr-defined]
    return page


def page_of_pool(pool: TalentPool, *, viewer: User, cursor: str = "") -> KeysetPage[PoolMembership]:
    """A page of the pool's members, who joined last first, each with `person` as `list_rows` gives it."""
    members = PoolMembership.objects.filter(pool=pool).select_related("added_by")
    page = keyset_page(members, order=("-added_at", "-id"), cursor=cursor)
    people = list_rows([row.candidate_id for row in page.rows], viewer=viewer)
    by_id = {person.pk: person for person in people}
    for row in page.rows:
        row.person = by_id[row.candidate_id]  # type: ignore[attr-defined]
    return page


def count_of_pool(pool: TalentPool) -> CappedCount:
    return capped_count(PoolMembership.objects.filter(pool=pool))


def page_of_excluded(pool: TalentPool, *, cursor: str = "") -> KeysetPage[PoolExclusion]:
    """A page of who was taken out of a smart pool by hand, the last one first, with person and by whom; one query."""
    out = PoolExclusion.objects.filter(pool=pool).select_related("candidate", "excluded_by")
    return keyset_page(out, order=("-excluded_at", "-id"), cursor=cursor)


def people_outside_pool(pool: TalentPool, words: str, *, most: int = 20) -> list[Candidate]:
    """The newest people that match `words` and are not in the pool; `is_out` says who was taken out of it by hand."""
    inside = PoolMembershipSearch.objects.filter(pool=pool.pk, candidate=OuterRef("pk"))
    found = find_people(words_query(words), searcher=ANY_READER).exclude(Exists(inside))
    ids = list(found.order_by("-created_at", "-id").values_list("pk", flat=True)[:most])
    out = Exists(PoolExclusion.objects.filter(pool=pool.pk, candidate=OuterRef("pk")))
    people = Candidate.objects.defer("search_text").annotate(is_out=out).in_bulk(ids)
    return [people[pk] for pk in ids if pk in people]


@dataclass(frozen=True)
class PoolSummary:
    """How a pool stands: this week's moves, what is new since the viewer's last visit, who can be written to."""

    people: int
    entered: int
    left: int
    newest: list[PoolMembership]
    gone: list[PoolDeparture]
    looked_at: int
    contactable: int
    last_visit: datetime | None
    # Who was taken out by hand, whom the rule does not bring back.
    excluded: int = 0
    entered_since: int = 0
    left_since: int = 0

    @property
    def share(self) -> int | None:
        """Of those looked at, how many of a hundred can be written to."""
        return round(100 * self.contactable / self.looked_at) if self.looked_at else None

    @property
    def is_sample(self) -> bool:
        return self.looked_at < self.people


MOST_LOOKED_AT, MOST_TOLD = 1000, 15
CONTACTABLE = PeopleQuery(Group(Combine.ALL, (Condition("contactable", "yes"),)))


def summary_of_pool(pool: TalentPool, *, viewer: User) -> PoolSummary:
    """A dozen queries at most, whatever the pool's size: of large pools the newest thousand are asked about."""
    members = PoolMembership.objects.filter(pool=pool)
    departures = PoolDeparture.objects.filter(pool=pool)
    week = timezone.now() - timedelta(days=7)
    came, went = members.filter(added_at__gte=week), departures.filter(left_at__gte=week)
    newest = list(
        members.order_by("-added_at", "-id").values_list("candidate", flat=True)[:MOST_LOOKED_AT]
    )
    reachable = find_people(CONTACTABLE, searcher=ANY_READER).filter(pk__in=among(newest))
    last_visit = last_seen_at("pool.viewed", pool, by=viewer)
    came_count, went_count = capped_count(came).number, capped_count(went).number
    told_came = came.select_related("candidate", "added_by").order_by("-added_at", "-id")[
        :MOST_TOLD
    ]
    told_went = went.select_related("candidate", "by").order_by("-left_at", "-id")[:MOST_TOLD]
    return PoolSummary(
        people=capped_count(members).number,
        entered=came_count,
        left=went_count,
        newest=list(told_came) if came_count else [],
        gone=list(told_went) if went_count else [],
        looked_at=len(newest),
        contactable=reachable.count() if newest else 0,
        last_visit=last_visit,
        excluded=capped_count(PoolExclusion.objects.filter(pool=pool)).number
        if pool.is_smart
        else 0,
        entered_since=_since(members, "added_at", last_visit),
        left_since=_since(departures, "left_at", last_visit),
    )


def _since(rows: "QuerySet[Any]", moment: str, last_visit: datetime | None) -> int:
    if last_visit is None:
        return 0
    return capped_count(rows.filter(**{f"{moment}__gt": last_visit})).number
