"""Reading candidates: search and filters, rows of lists, what a record shows, and to whom.

Row-level security takes the index away from every operator that is not leakproof: LIKE on `search_text`
would read all of an organization's people. So finding people goes through views of the tables' owner with
the tenant predicate inside (`CandidateSearch` and its kind). They keep their indexes only as long as the
query names nothing else: a join with an ordinary table flattens the view into a query that has policies.
Therefore all that narrows, orders, pages or counts people happens inside the fence, as one query over
these views that yields ids (`find_candidates`; tags and pools as EXISTS over their own views), sliced by
the keyset page. The rows of the page are then read by id from the ordinary tables.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast

from candidates.models import (
    Candidate,
    CandidateSearch,
    CandidateSkill,
    CandidateTag,
    CandidateTagSearch,
    Note,
    PoolMembership,
    PoolMembershipSearch,
    Tag,
    TalentPool,
    Task,
    Touchpoint,
)
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import EDITORS, READERS
from crm.tenancy.scope import current_organization
from crm.web.pagination import KeysetPage, keyset_page

Kind = Touchpoint.Kind

SORTS = {
    "": ("-created_at", "-id"),
    "touched": ("-last_touched_at", "-id"),
    "untouched": ("last_touched_at", "id"),
}
# What the tabs of a timeline show.
TIMELINE = {
    "": tuple(Kind),
    "mail": (Kind.MAIL_SENT, Kind.MAIL_RECEIVED, Kind.AUTO_REPLY, Kind.BOUNCE, Kind.UNSUBSCRIBE),
    "notes": (Kind.NOTE, Kind.CALL),
    "tasks": (Kind.TASK,),
    "changes": (
        Kind.ADDED,
        Kind.IMPORTED,
        Kind.EDITED,
        Kind.POOL,
        Kind.TAG,
        Kind.STAGE,
        Kind.SEQUENCE,
    ),
}
# What a hiring manager sees of a timeline: the course of things, not the correspondence.
SHARED_KINDS = (Kind.NOTE, Kind.CALL, Kind.STAGE)
MOST_CHOICES = 500


@dataclass(frozen=True)
class CandidateFilter:
    """Which people, in which order. `words` are folded; all of them must occur in a person's search text."""

    words: tuple[str, ...] = ()
    tag: int | None = None
    pool: int | None = None
    owner: int | None = None
    is_unowned: bool = False
    status: str = ""
    sort: str = ""

    def __bool__(self) -> bool:
        return self != CandidateFilter(sort=self.sort)


def find_candidates(wanted: CandidateFilter) -> QuerySet[CandidateSearch]:
    """Ids and sort keys of the people that `wanted` describes, in no order. Never join this with a table."""
    found = CandidateSearch.objects.defer("search_text")
    for word in wanted.words:
        found = found.filter(search_text__contains=word)
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
) -> KeysetPage[Candidate]:
    """A page of the people that `wanted` describes, with what a row of the list shows: two queries."""
    page = keyset_page(find_candidates(wanted), order=SORTS[wanted.sort], cursor=cursor)
    people = list_rows([row.pk for row in page.rows], viewer=viewer)
    return replace(page, rows=people)


def list_rows(candidate_ids: Sequence[int], *, viewer: User) -> list[Candidate]:
    """These people in this order, each with skill_names, last_summary, last_at and next_due_on."""
    touchpoints = (
        visible_touchpoints(viewer).filter(candidate=OuterRef("pk")).order_by("-at", "-pk")
    )
    tasks = Task.objects.filter(candidate=OuterRef("pk"), done_at=None, due_on__isnull=False)
    skills = CandidateSkill.objects.filter(candidate=OuterRef("pk")).order_by("skill__name")
    people = (
        Candidate.objects.filter(pk__in=candidate_ids)
        .select_related("owner")
        .defer("search_text")
        .annotate(
            skill_names=ArraySubquery(skills.values("skill__name")[:4]),
            last_summary=Subquery(touchpoints.values("summary")[:1]),
            last_at=Subquery(touchpoints.values("at")[:1]),
            next_due_on=Subquery(tasks.order_by("due_on").values("due_on")[:1]),
        )
        .in_bulk()
    )
    return [people[pk] for pk in candidate_ids if pk in people]


def visible_touchpoints(viewer: User) -> QuerySet[Touchpoint]:
    """Every entry but those of other people's private notes."""
    return Touchpoint.objects.filter(
        Q(note=None) | Q(note__is_private=False) | Q(note__author=viewer)
    )


def visible_notes(viewer: User) -> QuerySet[Note]:
    """Every note but other people's private ones."""
    return Note.objects.filter(Q(is_private=False) | Q(author=viewer))


def page_of_timeline(
    candidate: Candidate, *, viewer: User, kinds: Sequence[str], cursor: str = "", size: int = 30
) -> KeysetPage[Touchpoint]:
    """A page of the candidate's timeline, newest first, with actors and notes: one query."""
    entries = visible_touchpoints(viewer).filter(candidate=candidate)
    if set(kinds) != set(Kind):
        entries = entries.filter(kind__in=kinds)
    return keyset_page(
        entries.select_related("actor", "note", "note__author"),
        order=("-at", "-id"),
        cursor=cursor,
        size=size,
    )


@dataclass(frozen=True)
class Choices:
    """What a list of people can be filtered by, as (id, name) pairs in order of the name."""

    tags: list[tuple[int, str]]
    pools: list[tuple[int, str]]
    owners: list[tuple[int, str]]


def filter_choices() -> Choices:
    """The organization's tags, open pools and possible owners, in one query."""

    def named(kind: str, rows: QuerySet[Any], name: Any) -> QuerySet[Any]:
        return (
            rows.order_by()
            .annotate(choice=Value(kind), label=Cast(name, CharField()))
            .values_list("choice", "pk", "label")[:MOST_CHOICES]
        )

    rows = named("tag", Tag.objects.all(), F("name")).union(
        named("pool", TalentPool.objects.filter(archived_at=None), F("name")),
        named("owner", possible_owners(), F("name")),
        all=True,
    )
    found: dict[str, list[tuple[int, str]]] = {"tag": [], "pool": [], "owner": []}
    for kind, pk, label in rows:
        found[kind].append((pk, label))
    for pairs in found.values():
        pairs.sort(key=lambda pair: pair[1].casefold())
    return Choices(tags=found["tag"], pools=found["pool"], owners=found["owner"])


def possible_owners() -> QuerySet[User]:
    """The members of this organization who may own people and tasks."""
    members = Membership.objects.filter(
        organization=current_organization(), role__in=EDITORS, user=OuterRef("pk")
    )
    return User.objects.filter(Exists(members), is_active=True).order_by("name", "email")


# Each says of which people a hiring manager may see the record: given the membership, their ids.
Grant = Callable[[Membership], QuerySet[Any]]
_grants: list[Grant] = []


def grant_hiring_managers(grant: Grant) -> None:
    """Let hiring managers see the people whose ids `grant(membership)` yields.

    Called by a higher app in `AppConfig.ready()`: candidates knows nothing of jobs. The query set must
    yield one column, the candidate's id.
    """
    _grants.append(grant)


def readable_candidates(membership: Membership) -> QuerySet[Candidate]:
    """The people whose record this member may open: all, or a hiring manager's own."""
    if membership.role in READERS:
        return Candidate.objects.all()
    granted = Q(pk__in=[])
    for grant in _grants:
        granted |= Q(pk__in=grant(membership))
    return Candidate.objects.filter(granted)


def tags_of(candidate: Candidate) -> list[str]:
    return list(
        CandidateTag.objects.filter(candidate=candidate)
        .order_by("tag__name")
        .values_list("tag__name", flat=True)
    )


def skills_of(candidate: Candidate) -> list[str]:
    return list(
        CandidateSkill.objects.filter(candidate=candidate)
        .order_by("skill__name")
        .values_list("skill__name", flat=True)
    )


def pools_of(candidate: Candidate) -> QuerySet[PoolMembership]:
    return (
        PoolMembership.objects.filter(candidate=candidate)
        .select_related("pool", "added_by")
        .order_by("pool__name")
    )


def open_tasks_of(candidate: Candidate) -> QuerySet[Task]:
    return (
        Task.objects.filter(candidate=candidate, done_at=None)
        .select_related("assignee")
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
