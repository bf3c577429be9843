"""Boards: cards with all they show, columns, counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import JSONObject, RowNumber
from django.utils import timezone

from candidates.models import CandidateSkill, TalentPool, Task, Touchpoint
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.web.pagination import PAGE_SIZE, KeysetPage, cursor_after, keyset_page
from pipelines.models import (
    Candidacy,
    Card,
    Job,
    Pipeline,
    PoolPlace,
    Review,
    Stage,
    StageChange,
    StagedPool,
)
from pipelines.queries.blinding import shown_to
from pipelines.queries.filtering import CardFilter

# Whose stages a board shows.
StageOwner = Job | StagedPool

CARDS_PER_COLUMN = 20
NEWEST_FIRST = ("-entered_stage_at", "-id")
# What is worth a line on a card, for as long as it is news.
SIGNALS = {
    Touchpoint.Kind.MAIL_RECEIVED: "reply",
    Touchpoint.Kind.BOUNCE: "warning",
    Touchpoint.Kind.UNSUBSCRIBE: "warning",
}
SIGNAL_DAYS = 30


def count_by_kind(jobs: Sequence[Job], membership: Membership) -> dict[int, dict[str, int]]:
    """For each job the number of its candidacies that the member is shown, by stage kind: one grouped query."""
    rows = (
        Candidacy.objects.filter(shown_to(membership), job__in=jobs)
        .values_list("job_id", "stage__kind")
        .annotate(number=Count("pk"))
    )
    counts: dict[int, dict[str, int]] = {job.pk: {} for job in jobs}
    for job_id, kind, number in rows:
        counts[job_id][kind] = number
    return counts


class StageCount(NamedTuple):
    """A stage; how many of its people are looked at, and how many it has."""

    stage: Stage
    number: int
    total: int


def staged_pool(pool: TalentPool) -> StagedPool | None:
    """The pool with its stages, or None if it has none."""
    pipeline = Pipeline.objects.filter(pool=pool).first()
    return StagedPool(pool, pipeline) if pipeline else None


def cards_on(owner: StageOwner) -> QuerySet[Any]:
    """The cards of a board: a job's candidacies, or the places of those who are in the pool."""
    if isinstance(owner, Job):
        return Candidacy.objects.filter(job=owner)
    return PoolPlace.objects.filter(pool=owner.pk, closed_at=None)


def stages_with_counts(
    pipeline_id: int, wanted: CardFilter | None = None, *, of: type[Card] = Candidacy
) -> list[StageCount]:
    """The stages in order, and how many cards are in each, and how many of them `wanted` lets through.

    Cards that the reader is not shown do not count.
    """
    stages = Stage.objects.filter(pipeline=pipeline_id).order_by("position")
    # Who has left a pool stands in its stages no longer.
    there = Q(places__closed_at=None) if of is PoolPlace else Q()
    everybody: QuerySet[Any] = of._default_manager.all()
    everybody = everybody.filter(stage__pipeline=pipeline_id)
    if wanted is not None and wanted.is_narrow:
        there &= Q(**{f"{of.OF_STAGE}__in": wanted.shown(everybody).values("pk")})
    counted = stages.annotate(total=Count(of.OF_STAGE, filter=there or None))
    if wanted:
        matching = wanted.apply(everybody)
        looked_at = Q(**{f"{of.OF_STAGE}__in": matching.values("pk")})
        counted = counted.annotate(number=Count(of.OF_STAGE, filter=there & looked_at))
    else:
        counted = counted.annotate(number=F("total"))
    return [StageCount(stage, stage.number, stage.total) for stage in counted]


def cards() -> QuerySet[Candidacy]:
    """Candidacies with everything that a card shows, in one statement.

    Adds to what `_with_person` adds `answers` (of hiring managers, at this stage).
    """
    answers = (
        Review.objects.filter(candidacy=OuterRef("pk"), stage=OuterRef("stage"))
        .order_by("at", "pk")
        .values("answer")
    )
    rows: QuerySet[Candidacy] = Candidacy.objects.select_related("job").only(
        *("origin", "rating", "shortlisted_at", "rejection_reason", "rejection_note"),
        *("job__title", "job__is_confidential", "job__status", "job__pipeline_id", "job__owner_id"),
        *OF_CARD,
    )
    return _with_person(rows.annotate(answers=ArraySubquery(answers[:5])))


def places() -> QuerySet[PoolPlace]:
    """Places in pools with everything that a card shows, in one statement."""
    rows: QuerySet[PoolPlace] = PoolPlace.objects.select_related("pool")
    return _with_person(rows.only("pool__name", *OF_CARD))


OF_CARD = (
    *("organization", "version", "entered_stage_at", "closed_at", "created_at"),
    *("stage__name", "stage__kind", "stage__position", "stage__stale_after_days"),
    *("stage__pipeline_id", "stage__requires_scorecard", "stage__is_blind"),
    *("candidate__full_name", "candidate__headline", "candidate__company"),
    *("candidate__owner__name", "candidate__owner__email"),
)


def _with_person(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `skills` (two names), `overdue` (title of the oldest task that is due) and `signal` (kind and summary of
    the last news within a month).
    """
    person = OuterRef("candidate")
    skills = CandidateSkill.objects.filter(candidate=person).order_by("pk").values("skill__name")
    due = Task.objects.filter(candidate=person, done_at=None, due_on__lte=timezone.localdate())
    news = Touchpoint.objects.filter(
        candidate=person, kind__in=SIGNALS, at__gte=timezone.now() - timedelta(days=SIGNAL_DAYS)
    ).order_by("-at", "-id")
    shown: QuerySet[Any] = rows.select_related("stage", "candidate__owner").annotate(
        skills=ArraySubquery(skills[:2]),
        overdue=Subquery(due.order_by("due_on", "pk").values("title")[:1]),
        signal=Subquery(news.values(line=JSONObject(kind="kind", summary="summary"))[:1]),
    )
    return shown


def _as_cards(of: type[Card]) -> QuerySet[Any]:
    return places() if of is PoolPlace else cards()


@dataclass
class Column:
    """One stage of the board: its first cards, and where the rest starts.

    `number` cards are looked at, of `total` that are there.
    """

    stage: Stage
    number: int
    total: int = 0
    cards: Sequence[Card] = field(default_factory=list)
    next_cursor: str = ""

    @property
    def is_over_limit(self) -> bool:
        return self.stage.limit is not None and self.total > self.stage.limit


def board_columns(owner: StageOwner, wanted: CardFilter | None = None) -> list[Column]:
    """The whole board in two statements, however many cards and stages there are."""
    wanted = CardFilter() if wanted is None else wanted
    there = cards_on(owner)
    ranked = wanted.apply(there).annotate(
        place=Window(
            RowNumber(),
            partition_by=F("stage"),
            order_by=[F("entered_stage_at").desc(), F("id").desc()],
        )
    )
    first_ones = ranked.filter(place__lte=CARDS_PER_COLUMN).values("pk")
    by_stage: dict[int, list[Card]] = {}
    for card in _as_cards(there.model).filter(pk__in=first_ones).order_by(*NEWEST_FIRST):
        by_stage.setdefault(card.stage_id, []).append(card)
    columns = []
    for stage, number, total in stages_with_counts(owner.pipeline_id, wanted, of=there.model):
        shown = by_stage.get(stage.pk, [])
        more = cursor_after(shown[-1], NEWEST_FIRST) if number > len(shown) > 0 else ""
        columns.append(Column(stage, number, total, shown, more))
    return columns


def owners_on(owner: StageOwner) -> QuerySet[User]:
    """Whose people are on the board: what its cards can be filtered by."""
    owners = cards_on(owner).values("candidate__owner")
    return User.objects.filter(pk__in=owners).order_by("name", "email")


def more_cards(owner: StageOwner, stage: Stage, cursor: str, wanted: CardFilter) -> KeysetPage[Any]:
    """The next cards of one column."""
    there = wanted.apply(cards_on(owner).filter(stage=stage))
    return page_of_cards(there, cursor=cursor, size=CARDS_PER_COLUMN)


def page_of_cards(there: QuerySet[Any], *, cursor: str, size: int = PAGE_SIZE) -> KeysetPage[Any]:
    """A page of cards, newest first: the page is found first, so that only its rows cost what a card costs."""
    page = keyset_page(
        there.only("pk", "entered_stage_at"), order=NEWEST_FIRST, cursor=cursor, size=size
    )
    found = _as_cards(there.model).filter(pk__in=[row.pk for row in page.rows])
    return replace(page, rows=list(found.order_by(*NEWEST_FIRST)))


def stages_by_pipeline(pipeline_ids: Iterable[int]) -> dict[int, list[Stage]]:
    """The stages of several pipelines, in order: one query."""
    found: dict[int, list[Stage]] = {}
    for stage in Stage.objects.filter(pipeline__in=list(pipeline_ids)).order_by("position"):
        found.setdefault(stage.pipeline_id, []).append(stage)
    return found


def history_of(candidacies: Iterable[Candidacy]) -> dict[int, list[StageChange]]:
    """For each candidacy its moves, newest first: one query."""
    changes: dict[int, list[StageChange]] = {}
    rows = (
        StageChange.objects.filter(candidacy__in=list(candidacies))
        .select_related("origin", "to", "by", "rejection_reason")
        .order_by("-at", "-id")
    )
    for change in rows:
        changes.setdefault(change.candidacy_id, []).append(change)
    return changes
