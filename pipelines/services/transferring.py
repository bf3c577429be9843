"""From one job to another: the candidacy itself with its history, or a second one beside it."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from crm.accounts.models import User
from crm.web.errors import DomainError
from pipelines.models import Candidacy, Interview, Job, Stage, StageChange
from pipelines.services.candidacies import (
    CandidacyClosed,
    JobClosed,
    add_to_job,
    enter_stage,
    lock_card,
    refuse_stale,
)
from pipelines.services.interviews.ending import still_to_come
from pipelines.services.interviews.scheduling import call_off


class OnThatJobAlready(DomainError):
    """One candidacy a job."""

    def __init__(self, candidacy: Candidacy, job: Job) -> None:
        super().__init__(
            f"{candidacy.candidate} is on “{job}” already. Nothing was moved; go on with that one."
        )


def transfer_candidacy(
    candidacy: Candidacy,
    *,
    to: Job,
    by: User | None,
    version: int | None = None,
    keep: Collection[Interview] = (),
) -> Candidacy:
    """Move the candidacy to another job: history, scorecards and rating go along.

    It enters the stage of the same kind, or else the first one. Reports count it to the new job, among those who
    came on it today; when it began elsewhere its history tells. One that was rejected is open again there.
    The new job's managers look at it when somebody shortlists it there.
    Interviews still to come are cancelled, but for those in `keep`, which go along: everybody invited is told what
    they are about now.
    """
    lock_card(candidacy)
    refuse_stale(candidacy, version)
    if to.is_closed:
        raise JobClosed(to)
    if to.pk == candidacy.job_id:
        return candidacy
    if candidacy.stage.kind == Stage.Kind.HIRED:
        raise CandidacyClosed(candidacy)
    if Candidacy.objects.filter(job=to, candidate=candidacy.candidate_id).exists():
        raise OnThatJobAlready(candidacy, to)
    stage = matching_stage(candidacy.stage, to)
    kept = {interview.pk for interview in keep}
    for interview in still_to_come([candidacy]).exclude(pk__in=kept):
        # Before the job is another one: what is called off was about this one.
        call_off(interview, by=by)
    before = candidacy.job.told_as
    shared_at, shared_by = candidacy.shortlisted_at, candidacy.shortlisted_by_id
    candidacy.job, candidacy.created_at = to, timezone.now()
    candidacy.shortlisted_at = candidacy.shortlisted_by = None
    enter_stage(candidacy, stage, by=by, action="transferred", verb=f"Moved over from {before},")
    if shared_at:
        # For whoever takes it back.
        last = candidacy.stage_changes.order_by("-at", "-id").values("pk")[:1]
        StageChange.objects.filter(pk__in=last).update(
            was_shortlisted_at=shared_at, was_shortlisted_by=shared_by
        )
    return candidacy


@transaction.atomic
def copy_candidacy(candidacy: Candidacy, *, to: Job, by: User | None) -> Candidacy:
    """Consider the same person for another job, too: a candidacy of its own, which starts at its beginning."""
    origin = Candidacy.Origin(candidacy.origin)
    if not add_to_job(to, [candidacy.candidate_id], by=by, origin=origin):
        raise OnThatJobAlready(candidacy, to)
    copy: Candidacy = Candidacy.objects.get(job=to, candidate=candidacy.candidate_id)
    copy.rating = candidacy.rating
    copy.save(update_fields=["rating"])
    return copy


def matching_stage(stage: Stage, job: Job) -> Stage:
    """The first stage of the job of the same kind; where that would close it or is none, the first of all."""
    stages = list(job.pipeline.stages.order_by("position"))
    same = (other for other in stages if other.kind == stage.kind and not stage.is_closing)
    return next(same, stages[0])
