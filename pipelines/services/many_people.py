"""Putting many people on a job in the background: see `candidates.services.bulk`."""

from collections.abc import Sequence
from typing import Any

from candidates.models import ChangeSet
from candidates.services.bulk import Applied, BulkAction
from candidates.services.bulk.actions import TargetGone
from candidates.services.changes.recording import record_created
from crm.accounts.models import User
from crm.tenancy.bulk import among
from pipelines.models import Candidacy, Job
from pipelines.services.candidacies import add_to_job


def _put_on_job(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    job = Job.objects.filter(pk=chosen["job"]).first()
    if job is None:
        raise TargetGone("job")
    here = Candidacy.objects.filter(job=job, candidate_id__in=among(ids))
    before = set(here.values_list("pk", flat=True))
    added = add_to_job(job, ids, by=by)
    if change_set:
        record_created(change_set, here.exclude(pk__in=before))
    return Applied(added, {"on it already, or gone": len(ids) - added} if added < len(ids) else {})


PUT_ON_JOB = BulkAction("job", _put_on_job)
