"""How people are chosen in the demo data: what a job asks for, who judged whom, whom one meets."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns.services.reaching import Obstacle, reach
from crm.accounts.models import User
from crm.runtime.demo.history import Chapter
from crm.tenancy.models import Organization
from pipelines.models import Candidacy, Job, Referral, Review, Scorecard, Stage, StageRule
from pipelines.services import criteria, referring, rules, scorecards
from pipelines.services.interviews import offering, scheduling
from pipelines.services.reviews import answering
from pipelines.services.scorecards import Judged
from pipelines.services.shortlisting import share_shortlist

# Title, place, openings, must have, nice to have.
JOBS = (
    ("Staff Backend Engineer", "Berlin or remote", 4, ("Go", "PostgreSQL"), ("Kubernetes",)),
    ("Data Engineer", "Lyon", 3, ("Python", "SQL"), ("Airflow", "dbt")),
    ("Nurse Manager, Intensive Care", "Leeds", 2, (), ()),
)
CRITERIA = (
    ("Explains trade-offs", "Names what a decision costs, and who pays for it"),
    ("Depth", "Has run something in production and knows why it broke"),
)
JUDGEMENTS = (
    (Scorecard.Verdict.STRONG_YES, 4, "Took our outage apart in ten minutes, kindly."),
    (Scorecard.Verdict.YES, 3, "Solid, asks good questions. Less at home with operations."),
    (Scorecard.Verdict.NO, 2, "Knows the tools, but could not say why they were chosen."),
)


def choose_people(
    job: Job, *, recruiter: User, managers: Sequence[User], organization: Organization
) -> None:
    """Scorecards, managers' answers, an interview that is booked and one that is proposed, a rule, a referral."""
    meeting = list(
        Candidacy.objects.filter(job=job, closed_at=None, stage__kind=Stage.Kind.INTERVIEW)
        .select_related("candidate", "stage", "job__pipeline", "job__owner")
        .order_by("-stage__position", "pk")
    )
    _judge(job, meeting, by=[recruiter, *managers])
    if managers:
        _ask_managers(job, meeting, recruiter=recruiter, manager=managers[0])
    interviewers = [recruiter, *managers[:1]]
    # Mail to some came back: an invitation would never reach them.
    found = reach([candidacy.candidate for candidacy in meeting], is_expected=True)
    invited = [
        candidacy
        for candidacy in meeting
        if not isinstance(found[candidacy.candidate_id], Obstacle)
    ]
    _meet(invited, interviewers, by=recruiter, organization=organization)
    _set_rule(job, by=recruiter)
    _recommend(job, by=recruiter, organization=organization)


def _judge(job: Job, people: Sequence[Candidacy], *, by: Sequence[User]) -> None:
    """Some days ago, everybody who met them handed in a scorecard."""
    asked = [
        criteria.add_criterion(job.pipeline, by=by[0], name=name, hint=hint)
        for name, hint in CRITERIA
    ]
    chapter = Chapter()
    for number, candidacy in enumerate(people[: len(JUDGEMENTS)]):
        verdict, score, summary = JUDGEMENTS[number]
        for author in by[: 1 + number % 2]:
            scorecards.save_scorecard(
                candidacy,
                stage=candidacy.stage,
                by=author,
                verdict=verdict,
                summary=summary,
                judged={one.pk: Judged(score) for one in asked},
                submit=True,
            )
    chapter.close({candidacy.candidate_id: 2 for candidacy in people})


def _ask_managers(job: Job, people: Sequence[Candidacy], *, recruiter: User, manager: User) -> None:
    """The shortlist is out; the manager has answered about the first, and is asked about the others."""
    share_shortlist(job, [candidacy.pk for candidacy in people[:4]], by=recruiter)
    for candidacy in people[:1]:
        answering.answer(
            candidacy,
            email=manager.email,
            says=Review.Answer.YES,
            comment="Exactly what the team lacks. Let us meet soon.",
            by=manager,
        )


def _meet(
    people: Sequence[Candidacy],
    interviewers: Sequence[User],
    *,
    by: User,
    organization: Organization,
) -> None:
    """The first has an interview in three days, the second may choose a time for one."""
    zone = ZoneInfo(organization.time_zone)
    today = timezone.localdate(timezone=zone)
    for user in interviewers:
        offering.offer_times(
            user,
            first=today + timedelta(days=1),
            last=today + timedelta(days=14),
            weekdays=range(5),
            starts=time(9),
            ends=time(17),
            by=user,
        )
    day = today + timedelta(days=3)
    while day.weekday() > 4:
        day += timedelta(days=1)
    starts = [datetime.combine(day, time(10), tzinfo=zone), None]
    for candidacy, starts_at in zip(people, starts, strict=False):
        scheduling.arrange(
            candidacy,
            title="Team interview",
            interviewers=interviewers,
            time_zone=organization.time_zone,
            by=by,
            starts_at=starts_at,
            place="Video call, the link follows",
            kit="Walk through the last thing that broke. Leave ten minutes for their questions.",
            message="We look forward to meeting you.",
        )


def _set_rule(job: Job, *, by: User) -> None:
    offer = Stage.objects.get(pipeline=job.pipeline_id, kind=Stage.Kind.OFFER)
    rules.add_rule(
        offer,
        by=by,
        action=StageRule.Action.TASK,
        title="Call about the offer",
        whom=StageRule.Whom.JOB_OWNER,
        after_hours=48,
        due_in_days=1,
    )


def _recommend(job: Job, *, by: User, organization: Organization) -> None:
    link = referring.open_link(name="Colleagues", job=job, by=by)
    referring.refer(
        link,
        referring.Referred("Henrike Albers", f"henrike.albers@{organization.slug}-alumni.example"),
        job=None,
        referrer_name="Ruben Costa",
        referrer_email=f"ruben.costa@{organization.slug}.example",
        relation=Referral.Relation.WORKED_WITH,
        note="Ran our queues for three years. Looking around since the reorganization.",
    )
