"""Finding people: search and filters, rows of lists.

Row-level security takes the index away from every operator that is not leakproof: LIKE on `search_text`
would read all of an organization's people. So finding people goes through views of the tables' owner with
the tenant predicate inside (`CandidateSearch` and its kind). They keep their indexes only as long as the
query names nothing else: a join with an ordinary table flattens the view into a query that has policies.
Therefore all that narrows, orders, pages or counts people happens inside the fence, as one query over
these views that yields ids (`find_candidates`; tags and pools as EXISTS over their own views), sliced by
the keyset page. The rows of the page are then read by id from the ordinary tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from candidates.models import (
    Candidate,
    CandidateSearch,
    CandidateSkill,
    CandidateTagSearch,
    PoolMembershipSearch,
    ResumeSearch,
    Task,
)
from candidates.queries.timeline import visible_touchpoints
from crm.accounts.models import User
from crm.tenancy.bulk import among
from crm.web.pagination import KeysetPage, cursor_after, keyset_page

SORTS = {
    "": ("-created_at", "-id"),
    "touched": ("-last_touched_at", "-id"),
    "untouched": ("last_touched_at", "id"),
}


@dataclass(frozen=True)
class CandidateFilter:
    """Which people, in which order. `words` are folded; all of them must occur in a person's search text.

    With `in_resumes` a word may also occur in a résumé of the person.
    """

    words: tuple[str, ...] = ()
    tag: int | None = None
    pool: int | None = None
    owner: int | None = None
    is_unowned: bool = False
    status: str = ""
    sort: str = ""
    in_resumes: bool = False

    def __bool__(self) -> bool:
        return self != CandidateFilter(sort=self.sort, in_resumes=self.in_resumes)


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


def find_candidates(wanted: CandidateFilter) -> QuerySet[CandidateSearch]:
    """Ids and sort keys of the people that `wanted` describes, in no order. Never join this with a table."""
    found = CandidateSearch.objects.defer("search_text")
    for word in wanted.words:
        said = Q(search_text__contains=word)
        if wanted.in_resumes:
            resumes = ResumeSearch.objects.filter(search_text__contains=word)
            said |= Q(pk__in=resumes.values("candidate"))
        found = found.filter(said)
    if wanted.tag is not None:
        tagged = CandidateTagSearch.objects.filter(tag=wanted.tag, candidate=OuterRef("pk"))
        found = found.filter(Exists(tagged))
    if wanted.pool is not None:
        members = PoolMembershipSearch.objects.filter(pool=wanted.pool, candidate=OuterRef("pk"))
        found = found.filter(Exists(members))
    if wanted.owner is not None:
        found = found.filter(owner=wanted.owner)
    if wanted.is_unowned:
        found = found.filter(owner=None)
    if wanted.status:
        found = found.filter(status=wanted.status)
    return found


def page_of_candidates(
    wanted: CandidateFilter, *, viewer: User, cursor: str = ""
) -> KeysetPage[PersonRow]:
    """A page of the people that `wanted` describes, with what a row of the list shows: two queries."""
    page = keyset_page(find_candidates(wanted), order=SORTS[wanted.sort], cursor=cursor)
    places = {row.pk: cursor_after(row, SORTS[wanted.sort]) for row in page.rows}
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
