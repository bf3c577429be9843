"""Rows of lists of people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from candidates.models import (
    Candidate,
    CandidateSkill,
    Task,
    Touchpoint,
)
from candidates.queries.search import SORTS, Prepared
from candidates.queries.timeline import visible_touchpoints
from crm.accounts.models import User
from crm.tenancy.compiled import KEPT, THOSE, Statement, compiled, run
from crm.tenancy.scope import current_organization
from crm.web.pagination import PAGE_SIZE, KeysetPage, cursor_after, keyset_page


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
    prepared: Prepared, *, viewer: User, cursor: str = "", size: int = PAGE_SIZE
) -> KeysetPage[PersonRow]:
    """A page of the people that a query describes, with what a row of the list shows: two queries."""
    order = SORTS[prepared.query.sort]
    # The place in the order alone: the index has it, and nobody's row need be read to be passed over.
    places_only = prepared.people().only(*(name.lstrip("-") for name in order))
    page = keyset_page(places_only, order=order, cursor=cursor, size=size)
    places = {row.pk: cursor_after(row, order) for row in page.rows}
    people = list_rows(list(places), viewer=viewer, places=places)
    return KeysetPage(people, page.next_cursor, page.previous_cursor)


def list_rows(
    candidate_ids: Sequence[int], *, viewer: User, places: Mapping[int, str] | None = None
) -> list[PersonRow]:
    """These people in this order, each with its place in the list: one query."""
    places = places or {}
    people = {}
    statement = _rows_statement(current_organization().pk, viewer.pk)
    for *shown, entry, due_on in run(statement, candidate_ids):
        last = json.loads(entry) if entry else None
        person = PersonRow(*(*shown, last, due_on, places.get(shown[0], "")))
        people[person.pk] = person
    return [people[pk] for pk in candidate_ids if pk in people]


@lru_cache(maxsize=KEPT)
def _rows_statement(organization_id: int, viewer_id: int) -> Statement:
    """What a row shows, of people of the organization being acted in, for this reader."""
    touchpoints = visible_touchpoints(User(pk=viewer_id)).filter(candidate=OuterRef("pk"))
    tasks = Task.objects.filter(candidate=OuterRef("pk"), done_at=None, due_on__isnull=False)
    skills = CandidateSkill.objects.filter(candidate=OuterRef("pk")).order_by("skill__name")
    # A tag, which an import puts on everybody at once, would hide what really happened.
    told = touchpoints.exclude(kind=Touchpoint.Kind.TAG)
    newest = told.order_by("-at", "-pk").values(entry=JSONObject(summary="summary", at="at"))
    return compiled(
        Candidate.objects.filter(pk__in=THOSE)
        .order_by()
        .values_list(
            *("pk", "full_name", "headline", "company", "city", "country", "status", "owner_id"),
            *("owner__name", "owner__email", "heat"),
            ArraySubquery(skills.values("skill__name")[:4]),
            Subquery(newest[:1]),
            Subquery(tasks.order_by("due_on").values("due_on")[:1]),
        )
    )
