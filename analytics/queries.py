"""The numbers, and the people behind each of them, from the same definitions.

Formulas follow the metrics of recruiting CRMs: counts are of distinct people (a person is on a job, on
a sequence and in a pool once), never of raw events; automatic answers do not count. Two views are kept
apart: a cohort (who came in during the period, and how far each has got until today) and activity
(what happened during the period, to whomever).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.answered import GONE, has_replied
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.models import Sequence as MailSequence
from campaigns.services.reaching import PERSONAL, SILENT
from candidates.models import (
    Candidate,
    EmailAddress,
    PoolMembership,
    Suppression,
    TalentPool,
)
from candidates.queries.company_rules import ids_blocked
from candidates.services.suppressing import suppressed_reasons
from pipelines.models import Candidacy, Job, Stage, StageChange

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

PERIODS = {"30": 30, "90": 90, "365": 365, "all": None}
DEFAULT_PERIOD = "90"
MOST_JOBS = 10
MOST_ROWS = 50


@dataclass(frozen=True)
class Period:
    """The last so many days; `days` is a key of PERIODS."""

    days: str = DEFAULT_PERIOD

    @classmethod
    def of(cls, text: str) -> "Period":
        return cls(text if text in PERIODS else DEFAULT_PERIOD)

    @property
    def since(self) -> datetime | None:
        length = PERIODS[self.days]
        return timezone.now() - timedelta(days=length) if length else None

    @property
    def words(self) -> str:
        length = PERIODS[self.days]
        return f"the last {length} days" if length else "all time"

    def within(self, field: str) -> Q:
        """Rows whose `field` lies in the period."""
        return Q(**{f"{field}__gte": self.since}) if self.since else Q()


# Funnels of jobs: a cohort of candidacies.


class Furthest(TypedDict):
    furthest: int


def cohort_of_jobs(
    period: Period, *, closed_only: bool = False
) -> "QuerySet[WithAnnotations[Candidacy, Furthest]]":
    """Candidacies that began in the period, each with `furthest`: the last stage ever entered.

    Being rejected is no progress, so rejected stages do not count. Who skipped a stage and entered a
    later one has reached it. Of somebody moved over from another job only the stages of this one count.
    """
    entered = (
        StageChange.objects.filter(candidacy=OuterRef("pk"), to__pipeline=OuterRef("job__pipeline"))
        .exclude(to__kind=Stage.Kind.REJECTED)
        .order_by("-to__position")
    )
    cohort = Candidacy.objects.filter(period.within("created_at"))
    if closed_only:
        cohort = cohort.exclude(closed_at=None)
    furthest = Subquery(entered.values("to__position")[:1])
    return cohort.annotate(furthest=Coalesce(furthest, 0))


@dataclass
class FunnelStep:
    """One stage: how many of the cohort ever reached it, and how many are in it now.

    `passed` is the passthrough in percent: those who reached this stage / those who reached the one before.
    """

    stage: Stage
    reached: int
    current: int
    passed: float | None


@dataclass
class Funnel:
    """How far the cohort of one job got. `rejected` are the rejected stages with their people."""

    job: Job
    total: int
    steps: list[FunnelStep]
    rejected: list[FunnelStep]


def funnels(jobs: Sequence[Job], period: Period, *, closed_only: bool = False) -> list[Funnel]:
    """The funnels of several jobs in three statements."""
    cohort = cohort_of_jobs(period, closed_only=closed_only).filter(job__in=jobs)
    furthest: dict[int, dict[int, int]] = {}
    for job_id, position, number in cohort.values_list("job_id", "furthest").annotate(Count("pk")):
        furthest.setdefault(job_id, {})[position] = number
    current = dict(cohort.values_list("stage_id").annotate(Count("pk")))
    stages: dict[int, list[Stage]] = {}
    for stage in Stage.objects.filter(pipeline__jobs__in=jobs).order_by("position"):
        stages.setdefault(stage.pipeline_id, []).append(stage)
    return [
        _funnel(job, stages.get(job.pipeline_id, []), furthest.get(job.pk, {}), current)
        for job in jobs
    ]


def _funnel(
    job: Job, stages: list[Stage], furthest: dict[int, int], current: dict[int, int]
) -> Funnel:
    steps: list[FunnelStep] = []
    rejected: list[FunnelStep] = []
    for stage in stages:
        here = current.get(stage.pk, 0)
        if stage.kind == Stage.Kind.REJECTED:
            rejected.append(FunnelStep(stage, here, here, None))
            continue
        reached = sum(number for place, number in furthest.items() if place >= stage.position)
        before = steps[-1].reached if steps else 0
        steps.append(FunnelStep(stage, reached, here, 100 * reached / before if before else None))
    return Funnel(job, sum(furthest.values()), steps, rejected)


def jobs_of_funnels(readable: QuerySet[Job], job_id: int | None) -> list[Job]:
    """The chosen job among the `readable` ones, or the newest of them that are open."""
    jobs = readable.order_by("-created_at", "-id")
    if job_id:
        return list(jobs.filter(pk=job_id))
    return list(jobs.filter(status=Job.Status.OPEN)[:MOST_JOBS])


# Sequences: a cohort of enrollments.


def cohort_of_sequences(period: Period) -> QuerySet[Enrollment]:
    """Enrollments that began in the period, each with what became of its mails.

    - `was_sent`: at least one mail was handed over (one whose fate is unknown counts as sent);
    - `has_bounced`: at least one came back;
    - `has_replied`: a human answered it (`campaigns.answered`: automatic answers do not count, nor answers to
      another sequence);
    - `has_unsubscribed`: the person unsubscribed through one of its mails;
    - `was_delivered`: at least one mail was handed over and did not come back, or the provider confirmed
      it, or the person answered it or unsubscribed through it.
    """
    mails = Message.objects.filter(enrollment=OuterRef("pk"), direction=Message.Direction.OUT)
    handed_over = mails.filter(state__in=GONE)
    replied = has_replied()

    def told(kind: MessageEvent.Kind) -> Exists:
        return Exists(MessageEvent.objects.filter(message__enrollment=OuterRef("pk"), kind=kind))

    came_back = MessageEvent.objects.filter(message=OuterRef("pk"), kind=MessageEvent.Kind.BOUNCED)
    arrived = handed_over.filter(state=Message.State.SENT).exclude(Exists(came_back))
    rows: QuerySet[Enrollment] = Enrollment.objects.filter(period.within("enrolled_at")).annotate(
        was_sent=Exists(handed_over),
        has_bounced=told(MessageEvent.Kind.BOUNCED),
        has_replied=replied,
        has_unsubscribed=told(MessageEvent.Kind.UNSUBSCRIBED),
        was_delivered=Q(Exists(arrived))
        | Q(told(MessageEvent.Kind.DELIVERED))
        | Q(told(MessageEvent.Kind.UNSUBSCRIBED))
        | replied,
    )
    return rows


# The columns of the table of sequences: name in links, and the annotation that it counts (None: all).
SEQUENCE_METRICS = {
    "enrolled": None,
    "sent": "was_sent",
    "bounced": "has_bounced",
    "delivered": "was_delivered",
    "replied": "has_replied",
    "unsubscribed": "has_unsubscribed",
}


@dataclass
class SequenceRow:
    """One sequence. Rates are of those delivered to: replied / delivered, unsubscribed / delivered."""

    sequence: MailSequence
    numbers: dict[str, int]


def sequence_rows(period: Period) -> list[SequenceRow]:
    """The newest sequences that have a cohort in the period, in two statements."""
    counts = (
        cohort_of_sequences(period)
        .values("sequence_id")
        .annotate(
            **{
                f"number_{name}": Count("pk", filter=Q(**{flag: True}) if flag else None)
                for name, flag in SEQUENCE_METRICS.items()
            }
        )
    )
    by_sequence: dict[int, dict[str, Any]] = {row["sequence_id"]: dict(row) for row in counts}
    sequences = MailSequence.objects.filter(pk__in=by_sequence).order_by("-created_at", "-id")
    return [
        SequenceRow(
            sequence,
            {name: by_sequence[sequence.pk][f"number_{name}"] for name in SEQUENCE_METRICS},
        )
        for sequence in sequences[:MOST_ROWS]
    ]


# Pools: as they are today.


@dataclass
class PoolRow:
    """One pool. Contactable share: members who can be written to / members."""

    pool: TalentPool
    members: int
    contactable: int


def pool_rows(pools: Sequence[TalentPool] | None = None) -> list[PoolRow]:
    """The open pools (or the given ones) with their sizes today."""
    if pools is None:
        pools = list(TalentPool.objects.filter(archived_at=None).order_by("name", "pk")[:MOST_ROWS])
    memberships = PoolMembership.objects.filter(pool__in=pools)
    members = dict(memberships.order_by().values_list("pool_id").annotate(Count("pk")))
    people = Candidate.objects.filter(pool_memberships__pool__in=pools)
    contactable = dict(
        memberships.filter(candidate__in=contactable_among(people))
        .order_by()
        .values_list("pool_id")
        .annotate(Count("pk"))
    )
    return [PoolRow(pool, members.get(pool.pk, 0), contactable.get(pool.pk, 0)) for pool in pools]


def contactable_among(people: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Those of `people` who can be written to, by the rules that sending asks.

    A lawful basis, a status that allows it, an address that has not bounced, no company that is not contacted, and
    no suppression. Addresses are suppressed by keyed hash, which SQL cannot compute: one statement reads the
    addresses of `people`.
    """
    usable = EmailAddress.objects.filter(candidate=OuterRef("pk")).exclude(
        state=EmailAddress.State.BOUNCED
    )
    found: QuerySet[Candidate] = (
        Candidate.objects.filter(Exists(usable), pk__in=people.values("pk"))
        .exclude(pk__in=ids_blocked())
        .exclude(status__in=list(SILENT))
        .exclude(lawful_basis="")
        .exclude(pk__in=_suppressed_among(people))
    )
    return found


def _suppressed_among(people: QuerySet[Candidate]) -> set[int]:
    """Who of `people` is suppressed as a person, or on every address that has not bounced."""
    if not Suppression.objects.filter(kind=Suppression.Kind.EMAIL).exists():
        return set()
    addresses = list(
        EmailAddress.objects.filter(candidate__in=people.values("pk")).values_list(
            "candidate_id", "normalized", "state"
        )
    )
    reasons = suppressed_reasons(("email", normalized) for _, normalized, _ in addresses)
    dead: set[int] = set()
    usable: set[int] = set()
    for candidate_id, normalized, state in addresses:
        found = reasons.get(("email", normalized), set())
        if found & set(PERSONAL):
            dead.add(candidate_id)
        elif state != EmailAddress.State.BOUNCED and Suppression.Reason.BOUNCED not in found:
            usable.add(candidate_id)
    return dead | ({candidate_id for candidate_id, _, _ in addresses} - usable)


# Activity: what happened in the period, to whomever.


def people_added(period: Period) -> QuerySet[Any]:
    return Candidate.objects.filter(period.within("created_at")).values("pk")


def people_written_to(period: Period) -> QuerySet[Any]:
    """People to whom at least one mail was handed over."""
    return Message.objects.filter(
        period.within("sent_at"),
        direction=Message.Direction.OUT,
        state__in=GONE,
        candidate__isnull=False,
    ).values("candidate")


def people_who_replied(period: Period) -> QuerySet[Any]:
    """People of whom at least one mail came that a human wrote."""
    return Message.objects.filter(
        period.within("created_at"),
        direction=Message.Direction.IN,
        is_automatic=False,
        candidate__isnull=False,
    ).values("candidate")


def people_moved(period: Period) -> QuerySet[Any]:
    """People who were moved on a job at least once (being added is no move)."""
    return StageChange.objects.filter(period.within("at"), origin__isnull=False).values(
        "candidacy__candidate"
    )


def people_hired(period: Period) -> QuerySet[Any]:
    """People who entered a hired stage and are in one today."""
    return Candidacy.objects.filter(
        period.within("closed_at"), closed_at__isnull=False, stage__kind=Stage.Kind.HIRED
    ).values("candidate")


ACTIVITY = {
    "added": ("People added", people_added),
    "written": ("People written to", people_written_to),
    "answered": ("People who replied", people_who_replied),
    "moved": ("People moved on a job", people_moved),
    "hired": ("People hired", people_hired),
}


def activity(period: Period) -> list[tuple[str, str, int]]:
    """(name, label, number of distinct people) of each kind of activity."""
    return [
        (name, label, Candidate.objects.filter(pk__in=people(period)).count())
        for name, (label, people) in ACTIVITY.items()
    ]


# The people behind a number.


@dataclass
class Behind:
    """The people behind one number: what they have in common, and their ids."""

    title: str
    ids: QuerySet[Any]


# Which model the `id` in a number's link is of; activity has none.
SUBJECTS: dict[str, type[Model]] = {
    "on-job": Job,
    "reached": Stage,
    "current": Stage,
    **dict.fromkeys(SEQUENCE_METRICS, MailSequence),
    "members": TalentPool,
    "contactable": TalentPool,
}


def people_behind(
    metric: str, subject: Any, period: Period, *, closed_only: bool = False
) -> Behind:
    """Who is counted in `metric` of `subject`, by the definition that counted them."""
    if metric in ACTIVITY:
        label, people = ACTIVITY[metric]
        return Behind(f"{label} in {period.words}", people(period))
    if metric in SEQUENCE_METRICS:
        flag = SEQUENCE_METRICS[metric]
        enrolled = cohort_of_sequences(period).filter(sequence=subject)
        counted = enrolled.filter(**{flag: True}) if flag else enrolled
        return Behind(f"{subject}: {metric}", counted.values("candidate"))
    if metric in {"members", "contactable"}:
        people_in_pool: QuerySet[Candidate] = Candidate.objects.filter(
            pool_memberships__pool=subject
        )
        if metric == "contactable":
            people_in_pool = contactable_among(people_in_pool)
        return Behind(f"{subject}: {metric}", people_in_pool.values("pk"))
    cohort = cohort_of_jobs(period, closed_only=closed_only)
    if metric == "on-job":
        return Behind(f"{subject}", cohort.filter(job=subject).values("candidate"))
    cohort = cohort.filter(job__pipeline=subject.pipeline_id)
    if metric == "current":
        return Behind(f"In {subject} now", cohort.filter(stage=subject).values("candidate"))
    reached = cohort.filter(furthest__gte=subject.position)
    return Behind(f"Reached {subject}", reached.values("candidate"))
