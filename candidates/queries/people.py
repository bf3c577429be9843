"""Rows of lists of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from candidates.models import (
    Candidate,
    CandidateSkill,
    Task,
)
from candidates.queries.search import SORTS, Prepared
from candidates.queries.timeline import visible_touchpoints
from crm.accounts.models import User
from crm.tenancy.bulk import among
from crm.web.pagination import KeysetPage, cursor_after, keyset_page


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What a row of a list shows of one person, read without making the models' objects."""

    pk: int
    full_name: str
    headline: str
    company: str
    city: str
    country: str
    status: str
    owner_id: int | None
    owner_name: str | None
    owner_email: str | None
    heat: float
    skill_names: list[str]
    last_entry: dict[str, str] | None
    next_due_on: date | None
    # The cursor of the person's place in the list.
    at: str = ""

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("candidates:detail", args=[self.pk])

    def get_status_display(self) -> str:
        return str(Candidate.Status(self.status).label)

    @property
    def last_summary(self) -> str:
        return self.last_entry["summary"] if self.last_entry else ""

    @property
    def last_at(self) -> datetime | None:
        return datetime.fromisoformat(self.last_entry["at"]) if self.last_entry else None

    @property
    def owner(self) -> str:
        return self.owner_name or self.owner_email or ""

    @property
    def occupation(self) -> str:
        """Title and company, as a line below the name."""
        return " · ".join(filter(None, [self.headline, self.company]))

    @property
    def place(self) -> str:
        """City and country, such as Lisbon, PT."""
        return ", ".join(filter(None, [self.city, self.country]))


def page_of_candidates(
    prepared: Prepared, *, viewer: User, cursor: str = ""
) -> KeysetPage[PersonRow]:
    """A page of the people that a query describes, with what a row of the list shows: two queries."""
    order = SORTS[prepared.query.sort]
    page = keyset_page(prepared.people(), order=order, cursor=cursor)
    places = {row.pk: cursor_after(row, order) for row in page.rows}
    people = list_rows(list(places), viewer=viewer, places=places)
    return KeysetPage(people, page.next_cursor, page.previous_cursor)


def list_rows(
    candidate_ids: Sequence[int], *, viewer: User, places: Mapping[int, str] | None = None
) -> list[PersonRow]:
    """These people in this order, each with its place in the list: one query."""
    places = places or {}
    touchpoints = (
        visible_touchpoints(viewer).filter(candidate=OuterRef("pk")).order_by("-at", "-pk")
    )
    tasks = Task.objects.filter(candidate=OuterRef("pk"), done_at=None, due_on__isnull=False)
    skills = CandidateSkill.objects.filter(candidate=OuterRef("pk")).order_by("skill__name")
    rows = Candidate.objects.filter(pk__in=among(candidate_ids)).values_list(
        *("pk", "full_name", "headline", "company", "city", "country", "status", "owner_id"),
        *("owner__name", "owner__email", "heat"),
        ArraySubquery(skills.values("skill__name")[:4]),
        Subquery(touchpoints.values(entry=JSONObject(summary="summary", at="at"))[:1]),
        Subquery(tasks.order_by("due_on").values("due_on")[:1]),
    )
    people = {row[0]: PersonRow(*(*row, places.get(row[0], ""))) for row in rows}
    return [people[pk] for pk in candidate_ids if pk in people]
