"""Jobs: opening them with a copy of a template's stages, changing them, and who of the managers sees them."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone

from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError
from pipelines.models import Job, JobMember, Pipeline, Stage

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
    return template


class NoStages(DomainError):
    """A job needs a stage that people start in."""

    def __init__(self, template: Pipeline) -> None:
        super().__init__(
            f"The template “{template}” does not begin with a stage that people start in. Add one to it first."
        )


def copy_stages(template: Pipeline, pipeline: Pipeline) -> None:
    """Give the empty `pipeline` the stages of `template`; later changes of one leave the other alone."""
    stages = list(template.stages.order_by("position"))
    if not stages or stages[0].is_closing:
        raise NoStages(template)
    Stage.objects.bulk_create(
        Stage(
            pipeline=pipeline,
            name=stage.name,
            kind=stage.kind,
            position=position,
            stale_after_days=stage.stale_after_days,
        )
        for position, stage in enumerate(stages)
    )


@transaction.atomic
def create_job(
    *,
    by: User | None,
    title: str,
    template: Pipeline | None = None,
    place: str = "",
    description: str = "",
    openings: int = 1,
    owner: User | None = None,
    managers: Iterable[User] = (),
    status: Job.Status = Job.Status.OPEN,
    opened_on: date | None = None,
    closed_on: date | None = None,
) -> Job:
    """Open a job with its own copy of the template's stages (of the default one if none is named)."""
    pipeline = Pipeline.objects.create(name=title[:120])
    copy_stages(template or ensure_default_pipeline(), pipeline)
    job = Job(
        title=title,
        place=place,
        description=description,
        openings=openings,
        pipeline=pipeline,
        owner=owner,
        status=status,
        opened_on=opened_on,
        closed_on=closed_on,
    )
    _fill_dates(job)
    job.save()
    JobMember.objects.bulk_create(JobMember(job=job, user=user) for user in managers)
    record("job.created", job, by=by, status=job.status)
    return job


@transaction.atomic
def edit_job(job: Job, *, by: User | None, **fields: object) -> Job:
    """Set `fields` of the job; a new status brings its date along where none is given."""
    for name, value in fields.items():
        setattr(job, name, value)
    _fill_dates(job)
    job.save(update_fields={*fields, "opened_on", "closed_on"})
    record("job.edited", job, by=by, fields=sorted(fields), status=job.status)
    return job


def _fill_dates(job: Job) -> None:
    today = timezone.localdate()
    if job.status == Job.Status.OPEN and job.opened_on is None:
        job.opened_on = today
    if job.is_closed and job.closed_on is None:
        job.closed_on = today
    if not job.is_closed:
        job.closed_on = None


@transaction.atomic
def set_managers(job: Job, managers: Iterable[User], *, by: User | None) -> None:
    """Let exactly these hiring managers see the job and its people."""
    wanted = {user.pk for user in managers}
    current = set(job.members.values_list("user_id", flat=True))
    if wanted == current:
        return
    job.members.filter(user_id__in=current - wanted).delete()
    JobMember.objects.bulk_create(JobMember(job=job, user_id=pk) for pk in wanted - current)
    record(
        "job.managers_changed",
        job,
        by=by,
        added=sorted(wanted - current),
        removed=sorted(current - wanted),
    )
