"""Jobs: opening them with a copy of a template's stages, changing them, and what they ask for."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import TalentPool
from candidates.services.skills.resolving import skills_named
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError
from pipelines.models import (
    Criterion,
    Interview,
    Interviewer,
    Job,
    JobMember,
    JobPool,
    JobSkill,
    JobStatusChange,
    Pipeline,
    Stage,
    StageRule,
)
from pipelines.queries.access import may_open
from pipelines.services.concealing import conceal
from pipelines.signals import job_closed

DEFAULT_TEMPLATE = "Standard hiring"
DEFAULT_STAGES: tuple[tuple[str, Stage.Kind, int], ...] = (
    ("Sourced", Stage.Kind.LEAD, 14),
    ("Contacted", Stage.Kind.LEAD, 10),
    ("Replied", Stage.Kind.LEAD, 5),
    ("Phone screen", Stage.Kind.SCREEN, 7),
    ("Onsite", Stage.Kind.INTERVIEW, 10),
    ("Offer", Stage.Kind.OFFER, 7),
    ("Hired", Stage.Kind.HIRED, 10),
    ("Rejected", Stage.Kind.REJECTED, 10),
)
DEFAULT_CRITERIA = ("Skills for the work", "Communication", "What they want and we offer")


@transaction.atomic
def ensure_default_pipeline() -> Pipeline:
    """The organization's first template; made when it has none. Doing it twice changes nothing."""
    template = Pipeline.objects.filter(is_template=True).order_by("pk").first()
    if template:
        return template
    template = Pipeline.objects.create(name=DEFAULT_TEMPLATE, is_template=True)
    Stage.objects.bulk_create(
        Stage(pipeline=template, name=name, kind=kind, position=position, stale_after_days=days)
        for position, (name, kind, days) in enumerate(DEFAULT_STAGES)
    )
    Criterion.objects.bulk_create(
        Criterion(pipeline=template, name=name, position=position)
        for position, name in enumerate(DEFAULT_CRITERIA)
    )
    return template


class NoStages(DomainError):
    """A job needs a stage that people start in."""

    def __init__(self, template: Pipeline) -> None:
        super().__init__(
            f"The template “{template}” does not begin with a stage that people start in. Add one to it first."
        )


def copy_stages(template: Pipeline, pipeline: Pipeline) -> None:
    """Give the empty `pipeline` the stages, criteria and rules of `template`; later changes of one leave the other alone."""
    stages = list(template.stages.order_by("position"))
    if not stages or stages[0].is_closing:
        raise NoStages(template)
    copies = Stage.objects.bulk_create(
        Stage(
            pipeline=pipeline,
            position=position,
            **{name: getattr(stage, name) for name in Stage.SETTINGS},
        )
        for position, stage in enumerate(stages)
    )
    copy_of = {stage.pk: copy for stage, copy in zip(stages, copies, strict=True)}
    Criterion.objects.bulk_create(
        Criterion(
            pipeline=pipeline,
            stage=copy_of[criterion.stage_id] if criterion.stage_id else None,
            name=criterion.name,
            hint=criterion.hint,
            position=criterion.position,
        )
        for criterion in template.criteria.all()
    )
    _copy_rules(template, copy_of)


def _copy_rules(template: Pipeline, copy_of: dict[int, Stage]) -> None:
    rules = StageRule.objects.filter(stage__pipeline=template)
    StageRule.objects.bulk_create(
        StageRule(
            stage=copy_of[rule.stage_id],
            to=copy_of[rule.to_id] if rule.to_id else None,
            member_id=rule.member_id,
            created_by_id=rule.created_by_id,
            paused_at=rule.paused_at,
            **{name: getattr(rule, name) for name in StageRule.SETTINGS},
        )
        for rule in rules
    )


@transaction.atomic
def create_job(
    *,
    by: User | None,
    title: str,
    template: Pipeline | None = None,
    managers: Iterable[User] = (),
    team: Mapping[JobMember.Role, Iterable[User]] | None = None,
    must: Iterable[str] = (),
    nice: Iterable[str] = (),
    pools: Iterable[TalentPool] = (),
    **fields: Any,
) -> Job:
    """Open a job with its own copy of the template's stages (of the default one if none is named).

    `managers` are the hiring managers; `team` names members in other roles, too. `must` and `nice` are
    skills by name. `fields` are the other columns of the job.
    """
    pipeline = Pipeline.objects.create(name=title[:120])
    copy_stages(template or ensure_default_pipeline(), pipeline)
    job = Job(title=title, pipeline=pipeline, **fields)
    _fill_dates(job)
    job.save()
    _note_status(job, by=by)
    record("job.created", job, by=by, status=job.status)
    roles = dict(team or {})
    if managers:
        roles[JobMember.Role.HIRING_MANAGER] = managers
    set_team(job, roles, by=by)
    _keep_in_sight(job, by)
    set_skills(job, must=must, nice=nice, by=by)
    set_pools(job, pools, by=by)
    return job


@transaction.atomic
def edit_job(job: Job, *, by: User | None, **fields: object) -> Job:
    """Set `fields` of the job; a new status brings its date along where none is given."""
    before = Job.objects.select_for_update().get(pk=job.pk)
    for name, value in fields.items():
        setattr(job, name, value)
    _fill_dates(job)
    job.save(update_fields={*fields, "opened_on", "on_hold_on", "closed_on"})
    if job.status != before.status:
        _note_status(job, by=by)
        if job.is_closed and not before.is_closed:
            job_closed.send(Job, job=job, by=by)
    if {"is_confidential", "owner"} & fields.keys():
        _keep_in_sight(job, by)
    if job.is_confidential and not before.is_confidential:
        conceal(job, titles={before.title, job.title})
    record("job.edited", job, by=by, fields=sorted(fields), status=job.status)
    return job


def _keep_in_sight(job: Job, by: User | None) -> None:
    """Who makes a job confidential stays in its team, and who is to interview for it: they would not find it otherwise."""
    if not job.is_confidential:
        return
    talks = Interviewer.objects.filter(
        removed_at=None,
        interview__candidacy__job=job,
        interview__state__in=[Interview.State.OFFERED, Interview.State.BOOKED],
    ).exclude(interview__ends_at__lt=timezone.now())
    staying = {row.user: JobMember.Role.INTERVIEWER for row in talks.select_related("user")}
    if by is not None:
        staying[by] = JobMember.Role.RECRUITER
    for user, role in staying.items():
        if not may_open(user, job):
            join_team(job, user, role=role, by=by)


def _fill_dates(job: Job) -> None:
    today = timezone.localdate()
    if job.status == Job.Status.OPEN and job.opened_on is None:
        job.opened_on = today
    if job.status == Job.Status.ON_HOLD:
        job.on_hold_on = job.on_hold_on or today
    else:
        job.on_hold_on = None
    if job.is_closed and job.closed_on is None:
        job.closed_on = today
    if not job.is_closed:
        job.closed_on = None


def _note_status(job: Job, *, by: User | None) -> None:
    dates = {
        Job.Status.ON_HOLD: job.on_hold_on,
        Job.Status.FILLED: job.closed_on,
        Job.Status.CANCELLED: job.closed_on,
    }
    first = job.opened_on if not job.status_changes.exists() else None
    JobStatusChange.objects.create(
        job=job,
        status=job.status,
        since_on=dates.get(Job.Status(job.status)) or first or timezone.localdate(),
        by=by,
    )


@transaction.atomic
def set_team(job: Job, team: Mapping[JobMember.Role, Iterable[User]], *, by: User | None) -> None:
    """Let each role named in `team` be held by exactly these members; other roles stay as they are.

    Somebody named in two roles holds the first of them, in the order of `JobMember.Role`.
    """
    wanted: dict[int, JobMember.Role] = {}
    for role in JobMember.Role:
        for user in team.get(role, ()):
            wanted.setdefault(user.pk, role)
    current = dict(job.members.values_list("user_id", "role"))
    gone = {pk for pk, role in current.items() if role in team and pk not in wanted}
    changed = {pk: role for pk, role in wanted.items() if current.get(pk) != role}
    if not gone and not changed:
        return
    job.members.filter(user__in=[*gone, *changed]).delete()
    JobMember.objects.bulk_create(
        JobMember(job=job, user_id=pk, role=role) for pk, role in changed.items()
    )
    record("job.team_changed", job, by=by, added=sorted(changed), removed=sorted(gone))


@transaction.atomic
def join_team(job: Job, user: User, *, role: JobMember.Role, by: User | None) -> JobMember:
    """Put a member into the job's team; who is in it already changes the role."""
    row, _ = JobMember.objects.update_or_create(job=job, user=user, defaults={"role": role})
    record("job.team_changed", job, by=by, added=[user.pk], role=role)
    return row


@transaction.atomic
def leave_team(row: JobMember, *, by: User | None) -> None:
    """Take somebody out of the job's team: hiring managers no longer see the job."""
    record("job.team_changed", row.job, by=by, removed=[row.user_id])
    row.delete()


def set_managers(job: Job, managers: Iterable[User], *, by: User | None) -> None:
    """Let exactly these hiring managers see the job and its people."""
    set_team(job, {JobMember.Role.HIRING_MANAGER: managers}, by=by)


@transaction.atomic
def set_skills(job: Job, *, must: Iterable[str], nice: Iterable[str] = (), by: User | None) -> None:
    """Let the job ask for exactly these skills, by name; one named in both is a must."""
    needs: dict[int, JobSkill.Need] = {}
    for need, names in ((JobSkill.Need.MUST, must), (JobSkill.Need.NICE, nice)):
        for skill in skills_named(names):
            needs.setdefault(skill.pk, need)
    current = dict(job.job_skills.values_list("skill_id", "need"))
    if current == needs:
        return
    job.job_skills.exclude(skill__in=needs).delete()
    for pk, need in needs.items():
        JobSkill.objects.update_or_create(job=job, skill_id=pk, defaults={"need": need})
    record("job.skills_changed", job, by=by, count=len(needs))


@transaction.atomic
def set_pools(job: Job, pools: Iterable[TalentPool], *, by: User | None) -> None:
    """Let the job's shortlist look into exactly these pools."""
    wanted = {pool.pk for pool in pools}
    current = set(job.job_pools.values_list("pool_id", flat=True))
    if wanted == current:
        return
    job.job_pools.filter(pool__in=current - wanted).delete()
    JobPool.objects.bulk_create(JobPool(job=job, pool_id=pk) for pk in sorted(wanted - current))
    record("job.pools_changed", job, by=by, count=len(wanted))
