"""Who goes cold: people without contact for longer than the organization, or a pool of theirs, wants."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, Exists, OuterRef, QuerySet, Value, When
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateSearch,
    PeopleSettings,
    PoolMembership,
    PoolMembershipSearch,
    TalentPool,
)
from candidates.queries.people import PersonRow, list_rows
from crm.accounts.models import User
from crm.web.pagination import PAGE_SIZE, KeysetPage, keyset_page

Status = Candidate.Status
# Who may not, or need not, be kept warm.
AT_REST = (Status.DO_NOT_CONTACT, Status.NOT_NOW, Status.HIRED, Status.ALUMNI)


def people_settings() -> PeopleSettings:
    """The organization's settings; an unsaved row with the defaults if there is none yet."""
    return PeopleSettings.objects.first() or PeopleSettings()


@dataclass(frozen=True)
class Thresholds:
    """After how many days people go cold: everywhere, and in pools that have a number of their own."""

    usual: int
    of_pools: dict[int, tuple[str, int]]

    @classmethod
    def load(cls) -> "Thresholds":
        pools = TalentPool.objects.filter(archived_at=None, cold_after_days__isnull=False)
        rows = pools.values_list("pk", "name", "cold_after_days")
        return cls(
            people_settings().cold_after_days, {pk: (name, days or 0) for pk, name, days in rows}
        )


@dataclass(frozen=True)
class ColdPerson:
    """One who goes cold, and why."""

    candidate: PersonRow
    days: int
    wanted: int
    pool: str

    @property
    def reason(self) -> str:
        """Such as “No contact for 93 days; the pool “Backend” wants 60”."""
        whose = f"the pool “{self.pool}” wants" if self.pool else "the limit is"
        return f"No contact for {self.days} days; {whose} {self.wanted}"


def find_cold(
    thresholds: Thresholds, *, owner: User | None = None, now: datetime | None = None
) -> QuerySet[CandidateSearch]:
    """Ids of the people who go cold, in no order. A pool's own number counts, of several the smallest."""
    now = now or timezone.now()
    by_days: defaultdict[int, list[int]] = defaultdict(list)
    for pool, (_, days) in thresholds.of_pools.items():
        by_days[days].append(pool)
    wanted = [
        When(
            Exists(PoolMembershipSearch.objects.filter(pool__in=pools, candidate=OuterRef("pk"))),
            then=Value(now - timedelta(days=days)),
        )
        for days, pools in sorted(by_days.items())
    ]
    usual = Value(now - timedelta(days=thresholds.usual))
    least = min([thresholds.usual, *by_days])
    found = (
        CandidateSearch.objects.only("id", "last_touched_at")
        # The first bound is what the index is read by.
        .filter(last_touched_at__lte=now - timedelta(days=least))
        .exclude(status__in=AT_REST)
        .filter(last_touched_at__lte=Case(*wanted, default=usual, output_field=DateTimeField()))
    )
    return found.filter(owner=owner.pk) if owner else found


def page_of_cold(
    *, viewer: User, owner: User | None = None, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[list[ColdPerson], KeysetPage[CandidateSearch]]:
    """A page of the people who go cold, the coldest first, each with the reason: five statements."""
    thresholds = Thresholds.load()
    page = keyset_page(
        find_cold(thresholds, owner=owner),
        order=("last_touched_at", "id"),
        cursor=cursor,
        size=size,
    )
    people = list_rows([row.pk for row in page.rows], viewer=viewer)
    touched = {row.pk: row.last_touched_at for row in page.rows}
    return _reasons(people, touched, thresholds), page


def _reasons(
    people: Sequence[PersonRow], touched: dict[int, datetime], thresholds: Thresholds
) -> list[ColdPerson]:
    now = timezone.now()
    strictest: dict[int, tuple[int, str]] = {}
    memberships = PoolMembership.objects.filter(
        candidate__in=[person.pk for person in people], pool__in=list(thresholds.of_pools)
    )
    for candidate, pool in memberships.values_list("candidate", "pool"):
        name, days = thresholds.of_pools[pool]
        strictest[candidate] = min(strictest.get(candidate, (days, name)), (days, name))
    rows = []
    for person in people:
        wanted, name = strictest.get(person.pk, (thresholds.usual, ""))
        rows.append(ColdPerson(person, (now - touched[person.pk]).days, wanted, name))
    return rows
