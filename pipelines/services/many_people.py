"""Putting many people on a job, so that it can be taken back: see `candidates.services.bulk`."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse

from candidates.models import ChangeSet
from candidates.services.bulk import Applied, BulkAction
from candidates.services.bulk.actions import TargetGone
from candidates.services.changes.recording import close_change_set, open_change_set, record_created
from crm.accounts.models import User
from crm.tenancy.bulk import among
from crm.tenancy.models import Membership
from pipelines.models import Candidacy, Job
from pipelines.queries import readable_jobs
from pipelines.services.candidacies import add_to_job

Origin = Candidacy.Origin


def title_of(job: Job) -> str:
    return f"Put people on {job.told_as}"


@transaction.atomic
def put_few_on_job(
    job: Job, candidate_ids: Sequence[int], *, by: User, origin: Origin = Origin.SOURCED
) -> tuple[int, str]:
    """Put them on it at once; returns how many are new, and the address that takes it back, empty where nobody is."""
    change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, title_of(job), by=by)
    added = _put(change_set, job, candidate_ids, by=by, origin=origin)
    if not added:
        change_set.delete()
        return 0, ""
    close_change_set(change_set)
    return added, reverse("candidates:undo_changes", args=[change_set.pk])


def _put(
    change_set: ChangeSet | None, job: Job, ids: Sequence[int], *, by: User, origin: Origin
) -> int:
    """Put them on it, and write down who is new: an undo takes off those who stand as they were put there."""
    here = Candidacy.objects.filter(job=job, candidate_id__in=among(ids))
    before = set(here.values_list("pk", flat=True))
    added = add_to_job(job, ids, by=by, origin=origin)
    if change_set:
        record_created(change_set, here.exclude(pk__in=before))
    return added


def _put_on_job(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    job = Job.objects.filter(pk=chosen["job"]).first()
    if job is None:
        raise TargetGone("job")
    origin = Origin(chosen.get("origin", Origin.SOURCED))
    added = _put(change_set, job, ids, by=by, origin=origin)
    return Applied(added, {"on it already, or gone": len(ids) - added} if added < len(ids) else {})


def is_about_hidden_job(change_set: ChangeSet, membership: Membership) -> bool:
    """Whether the act put people on a job that the member may not open."""
    added = change_set.changes.filter(model=Candidacy._meta.label).order_by("pk")
    job = added.values_list("after__job_id", flat=True).first()
    return job is not None and not readable_jobs(membership).filter(pk=job).exists()


PUT_ON_JOB = BulkAction("job", _put_on_job)
