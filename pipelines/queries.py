"""Reading jobs and boards: which jobs a member sees, cards with all they show, counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import JSONObject, RowNumber
from django.utils import timezone

from candidates.models import Candidate, CandidateSkill, Task, Touchpoint
from candidates.queries import CandidateFilter, PersonRow, page_of_candidates
from candidates.services.identifying import fold
from crm.accounts.models import User
from crm.tenancy.bulk import among
from crm.tenancy.models import Membership
from crm.tenancy.roles import Role
from crm.tenancy.scope import current_organization
from crm.web.pagination import PAGE_SIZE, KeysetPage, cursor_after, keyset_page
from pipelines.models import Candidacy, Job, Stage, StageChange

CARDS_PER_COLUMN = 20
NEWEST_FIRST = ("-entered_stage_at", "-id")
# What is worth a line on a card, for as long as it is news.
SIGNALS = {
    Touchpoint.Kind.MAIL_RECEIVED: "reply",
    Touchpoint.Kind.BOUNCE: "warning",
    Touchpoint.Kind.UNSUBSCRIBE: "warning",
}
SIGNAL_DAYS = 30


def readable_jobs(membership: Membership) -> QuerySet[Job]:
    """The jobs that a member may open: hiring managers see those that they are put on."""
    jobs: QuerySet[Job] = Job.objects.all()
    if membership.role == Role.HIRING_MANAGER:
        jobs = jobs.filter(members__user=membership.user_id)
    return jobs


def open_jobs() -> QuerySet[Job]:
    """The jobs that people can be put on, by title."""
    closed = [Job.Status.FILLED, Job.Status.CANCELLED]
    jobs: QuerySet[Job] = Job.objects.exclude(status__in=closed).order_by("title", "pk")
    return jobs


def candidates_of_manager(membership: Membership) -> QuerySet[Any]:
    """The ids of the people on the jobs that a hiring manager is put on."""
    on_jobs = Candidacy.objects.filter(job__members__user=membership.user_id)
    return on_jobs.values("candidate_id")


def count_by_kind(jobs: Sequence[Job]) -> dict[int, dict[str, int]]:
    """For each job the number of its candidacies by stage kind: one grouped query."""
    rows = (
        Candidacy.objects.filter(job__in=jobs)
        .values_list("job_id", "stage__kind")
        .annotate(number=Count("pk"))
    )
    counts: dict[int, dict[str, int]] = {job.pk: {} for job in jobs}
    for job_id, kind, number in rows:
        counts[job_id][kind] = number
    return counts


def stages_with_counts(pipeline_id: int) -> list[tuple[Stage, int]]:
    """The stages in order, and how many people are in each."""
    stages = Stage.objects.filter(pipeline=pipeline_id).order_by("position")
    return [(stage, stage.number) for stage in stages.annotate(number=Count("candidacies"))]


def cards() -> QuerySet[Candidacy]:
    """Candidacies with everything that a card shows, in one statement.

    Adds `skills` (two names), `overdue` (title of the oldest task that is due) and `signal` (kind
    and summary of the last news within a month).
    """
    today = timezone.localdate()
    person = OuterRef("candidate")
    skills = CandidateSkill.objects.filter(candidate=person).order_by("pk").values("skill__name")
    due = Task.objects.filter(candidate=person, done_at=None, due_on__lte=today)
    news = Touchpoint.objects.filter(
        candidate=person, kind__in=SIGNALS, at__gte=timezone.now() - timedelta(days=SIGNAL_DAYS)
    ).order_by("-at", "-id")
    rows: QuerySet[Candidacy] = (
        Candidacy.objects.select_related("job", "stage", "candidate__owner")
        .only(
            *("organization", "version", "origin", "entered_stage_at", "closed_at", "created_at"),
            *("job__title", "job__pipeline_id", "stage__name", "stage__kind", "stage__position"),
            *("stage__stale_after_days", "stage__pipeline_id"),
            *("candidate__full_name", "candidate__headline", "candidate__company"),
            *("candidate__owner__name", "candidate__owner__email"),
        )
        .annotate(
            skills=ArraySubquery(skills[:2]),
            overdue=Subquery(due.order_by("due_on", "pk").values("title")[:1]),
            signal=Subquery(news.values(line=JSONObject(kind="kind", summary="summary"))[:1]),
        )
    )
    return rows


@dataclass
class Column:
    """One stage of the board: its first cards, and where the rest starts."""

    stage: Stage
    number: int
    cards: Sequence[Candidacy] = field(default_factory=list)
    next_cursor: str = ""


def board_columns(job: Job) -> list[Column]:
    """The whole board in two statements, however many cards and stages there are."""
    ranked = Candidacy.objects.filter(job=job).annotate(
        place=Window(
            RowNumber(),
            partition_by=F("stage"),
            order_by=[F("entered_stage_at").desc(), F("id").desc()],
        )
    )
    first_ones = ranked.filter(place__lte=CARDS_PER_COLUMN).values("pk")
    by_stage: dict[int, list[Candidacy]] = {}
    for card in cards().filter(pk__in=first_ones).order_by(*NEWEST_FIRST):
        by_stage.setdefault(card.stage_id, []).append(card)
    columns = []
    for stage, number in stages_with_counts(job.pipeline_id):
        shown = by_stage.get(stage.pk, [])
        more = cursor_after(shown[-1], NEWEST_FIRST) if number > len(shown) > 0 else ""
        columns.append(Column(stage, number, shown, more))
    return columns


def people_for(
    job: Job, q: str, *, viewer: User, cursor: str = ""
) -> KeysetPage[tuple[PersonRow, str]]:
    """People whose search text holds every word of `q`, each with the stage's name if on the job."""
    wanted = CandidateFilter(words=tuple(fold(q).split()))
    page = page_of_candidates(wanted, viewer=viewer, cursor=cursor)
    there = dict(
        Candidacy.objects.filter(
            job=job, candidate__in=[person.pk for person in page.rows]
        ).values_list("candidate_id", "stage__name")
    )
    rows = [(person, there.get(person.pk, "")) for person in page.rows]
    return KeysetPage(rows, page.next_cursor, page.previous_cursor)


def more_cards(stage: Stage, cursor: str) -> KeysetPage[Candidacy]:
    """The next cards of one column."""
    return page_of_cards(
        Candidacy.objects.filter(stage=stage), cursor=cursor, size=CARDS_PER_COLUMN
    )


def page_of_cards(
    candidacies: QuerySet[Candidacy], *, cursor: str, size: int = PAGE_SIZE
) -> KeysetPage[Candidacy]:
    """A page of cards, newest first: the page is found first, so that only its rows cost what a card costs."""
    page = keyset_page(
        candidacies.only("pk", "entered_stage_at"), order=NEWEST_FIRST, cursor=cursor, size=size
    )
    found = cards().filter(pk__in=[row.pk for row in page.rows])
    return replace(page, rows=list(found.order_by(*NEWEST_FIRST)))


def candidacies_of(candidate: Candidate, membership: Membership) -> list[Candidacy]:
    """The candidate's candidacies on the jobs that the member sees, open ones first."""
    return list(
        Candidacy.objects.filter(candidate=candidate, job__in=readable_jobs(membership))
        .select_related("job", "stage")
        .order_by(F("closed_at").desc(nulls_first=True), "-created_at", "-id")
    )


def stages_by_pipeline(pipeline_ids: Iterable[int]) -> dict[int, list[Stage]]:
    """The stages of several pipelines, in order: one query."""
    found: dict[int, list[Stage]] = {}
    for stage in Stage.objects.filter(pipeline__in=list(pipeline_ids)).order_by("position"):
        found.setdefault(stage.pipeline_id, []).append(stage)
    return found


def newest_open_stages(candidate_ids: Sequence[int]) -> dict[int, tuple[str, Stage]]:
    """For each of these people the job and stage of the candidacy that is open and moved last: one query."""
    rows = (
        Candidacy.objects.filter(candidate__in=among(candidate_ids), closed_at=None)
        .order_by("candidate", "-entered_stage_at", "-id")
        .distinct("candidate")
        .values_list(
            *("candidate", "job__title", "stage", "stage__name", "stage__kind", "stage__position")
        )
    )
    stages: dict[int, Stage] = {}
    found = {}
    for candidate, job, pk, name, kind, position in rows:
        if pk not in stages:
            stages[pk] = Stage(pk=pk, name=name, kind=kind, position=position)
        found[candidate] = (job, stages[pk])
    return found


def history_of(candidacies: Iterable[Candidacy]) -> dict[int, list[StageChange]]:
    """For each candidacy its moves, newest first: one query."""
    changes: dict[int, list[StageChange]] = {}
    rows = (
        StageChange.objects.filter(candidacy__in=list(candidacies))
        .select_related("origin", "to", "by")
        .order_by("-at", "-id")
    )
    for change in rows:
        changes.setdefault(change.candidacy_id, []).append(change)
    return changes


def users_in_roles(roles: Iterable[Role]) -> QuerySet[User]:
    """Members of the organization being acted in who have one of `roles`."""
    return User.objects.filter(
        is_active=True,
        memberships__organization=current_organization(),
        memberships__role__in=list(roles),
    ).order_by("name", "email")
