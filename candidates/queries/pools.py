"""Pools and who is in them."""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from candidates.models import (
    Candidate,
    PoolMembership,
    PoolMembershipSearch,
    TalentPool,
)
from candidates.queries.people import list_rows
from candidates.queries.search import ANY_READER, find_people, words_query
from crm.accounts.models import User
from crm.web.pagination import CappedCount, KeysetPage, capped_count, keyset_page


def page_of_pools(*, is_archived: bool, cursor: str = "") -> KeysetPage[TalentPool]:
    """A page of pools by name, each with `people` and `new_people` (of this week): two queries."""
    wanted = TalentPool.objects.filter(archived_at__isnull=not is_archived).select_related("owner")
    page = keyset_page(wanted, order=("name", "id"), cursor=cursor)
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


def people_outside_pool(pool: TalentPool, words: str, *, most: int = 20) -> list[Candidate]:
    """The newest people that match `words` and are not in the pool."""
    inside = PoolMembershipSearch.objects.filter(pool=pool.pk, candidate=OuterRef("pk"))
    found = find_people(words_query(words), searcher=ANY_READER).exclude(Exists(inside))
    ids = list(found.order_by("-created_at", "-id").values_list("pk", flat=True)[:most])
    people = Candidate.objects.defer("search_text").in_bulk(ids)
    return [people[pk] for pk in ids if pk in people]
