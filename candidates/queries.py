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
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateSearch,
    CandidateSkill,
    CandidateTagSearch,
    EmailAddress,
    Note,
    PhoneNumber,
    PoolMembership,
    PoolMembershipSearch,
    ProfileLink,
    Skill,
    Source,
    Tag,
    TalentPool,
    Task,
    Touchpoint,
)
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import EDITORS, READERS
from crm.tenancy.scope import current_organization
from crm.web.pagination import CappedCount, KeysetPage, capped_count, keyset_page

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
# What a hiring manager sees of a timeline: no correspondence, and no moves, which name other people's jobs.
SHARED_KINDS = (Kind.NOTE, Kind.CALL)
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
    return KeysetPage(people, page.next_cursor, page.previous_cursor)


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
    """Names to choose from as (id, name) pairs, in order of the name."""

    tags: list[tuple[int, str]] = field(default_factory=list)
    pools: list[tuple[int, str]] = field(default_factory=list)
    owners: list[tuple[int, str]] = field(default_factory=list)
    skills: list[tuple[int, str]] = field(default_factory=list)
    sources: list[tuple[int, str]] = field(default_factory=list)


def choices(*kinds: str) -> Choices:
    """Up to MOST_CHOICES of each of `kinds` (fields of Choices), in one query."""
    rows = {
        "tags": Tag.objects.all(),
        "pools": TalentPool.objects.filter(archived_at=None),
        "owners": possible_owners(),
        "skills": Skill.objects.all(),
        "sources": Source.objects.all(),
    }
    queries: list[QuerySet[Any, Any]] = [
        rows[kind]
        .order_by("name")
        .annotate(choice=Value(kind), label=Cast(_label(kind), CharField()))
        .values_list("choice", "pk", "label")[:MOST_CHOICES]
        for kind in kinds
    ]
    found = Choices()
    for kind, pk, label in queries[0].union(*queries[1:], all=True):
        getattr(found, kind).append((pk, label))
    for kind in kinds:
        getattr(found, kind).sort(key=lambda pair: pair[1].casefold())
    return found


def _label(kind: str) -> Any:
    return Coalesce(NullIf("name", Value("")), "email") if kind == "owners" else F("name")


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


def address_owners(normalized: Sequence[str], *, but: int | None = None) -> QuerySet[EmailAddress]:
    """The addresses among `normalized` that belong to somebody (else than `but`), with their people."""
    return (
        EmailAddress.objects.filter(normalized__in=normalized)
        .exclude(candidate=but)
        .select_related("candidate")
    )


def likely_duplicates(
    *, folded_name: str, phones: Sequence[str], links: Sequence[str], most: int = 5
) -> list[tuple[Candidate, str]]:
    """People who may be the same person, each with the reason: same number, same profile, same name.

    Takes normalized values. Same addresses are no guess and refused elsewhere.
    """
    reasons: dict[int, str] = {}
    named = find_candidates(CandidateFilter(words=(folded_name,))).defer(None)[:50]
    for row in named if folded_name else []:
        if row.search_text.split("\n", 1)[0] == folded_name:
            reasons[row.pk] = "Same name"
    for pk in ProfileLink.objects.filter(
        normalized__in=[link for link in links if link]
    ).values_list("candidate", flat=True)[:most]:
        reasons[pk] = "Same profile link"
    for pk in PhoneNumber.objects.filter(
        normalized__in=[phone for phone in phones if phone]
    ).values_list("candidate", flat=True)[:most]:
        reasons[pk] = "Same phone number"
    people = Candidate.objects.filter(pk__in=reasons).order_by("full_name", "pk")[:most]
    return [(person, reasons[person.pk]) for person in people]


def tags_of(candidate: Candidate) -> QuerySet[Tag]:
    return Tag.objects.filter(candidate_tags__candidate=candidate).order_by("name")


def skills_of(candidate: Candidate) -> QuerySet[Skill]:
    return Skill.objects.filter(candidate_skills__candidate=candidate).order_by("name")


def pools_of(candidate: Candidate) -> QuerySet[PoolMembership]:
    return (
        PoolMembership.objects.filter(candidate=candidate)
        .select_related("pool", "added_by")
        .order_by("pool__name")
    )


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


def people_outside_pool(
    pool: TalentPool, words: Sequence[str], *, most: int = 20
) -> list[Candidate]:
    """The newest people that match `words` and are not in the pool."""
    inside = PoolMembershipSearch.objects.filter(pool=pool.pk, candidate=OuterRef("pk"))
    found = find_candidates(CandidateFilter(words=tuple(words))).exclude(Exists(inside))
    ids = list(found.order_by("-created_at", "-id").values_list("pk", flat=True)[:most])
    people = Candidate.objects.defer("search_text").in_bulk(ids)
    return [people[pk] for pk in ids if pk in people]


def page_of_tasks(
    show: str, *, viewer: User, cursor: str = ""
) -> tuple[KeysetPage[Task], list[Task]]:
    """A page of tasks ("mine", "all" or "done"), and after the last dated one those without a day."""
    rows = Task.objects.select_related("candidate", "assignee").defer("candidate__search_text")
    if show == "done":
        done = rows.filter(done_at__isnull=False)
        return keyset_page(done, order=("-done_at", "-id"), cursor=cursor), []
    rows = rows.filter(done_at=None)
    if show == "mine":
        rows = rows.filter(assignee=viewer)
    page = keyset_page(rows.filter(due_on__isnull=False), order=("due_on", "id"), cursor=cursor)
    undated = [] if page.next_cursor else list(rows.filter(due_on=None).order_by("-pk")[:100])
    return page, undated


def open_tasks_of(candidate: Candidate) -> QuerySet[Task]:
    return (
        Task.objects.filter(candidate=candidate, done_at=None)
        .select_related("assignee")
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
