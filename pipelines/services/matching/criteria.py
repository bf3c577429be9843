"""Storing what counts when people are matched with a job."""

from typing import Any

from django.db import transaction

from crm.accounts.models import User
from crm.audit.services import record
from pipelines.models import Job, MatchCriteria


@transaction.atomic
def set_criteria(job: Job, *, by: User, **fields: Any) -> MatchCriteria:
    """Let exactly these count; every score is counted anew when it is looked at."""
    criteria, _ = MatchCriteria.objects.update_or_create(job=job, defaults=fields)
    record("job.match_criteria_changed", job, by=by, fields=sorted(fields))
    return criteria
