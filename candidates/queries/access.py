"""Whose records a member may open."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from candidates.models import (
    Candidate,
)
from crm.tenancy.models import Membership
from crm.tenancy.roles import READERS

# Each says of which people a hiring manager may see the record: given the membership, their ids.
Grant = Callable[[Membership], QuerySet[Any]]
_grants: list[Grant] = []


def grant_hiring_managers(grant: Grant) -> None:
    """Let hiring managers see the people whose ids `grant(membership)` yields.

    Called by a higher app in `AppConfig.ready()`: candidates knows nothing of jobs. The query set must
    yield one column, the candidate's id.
    """
    _grants.append(grant)


def readable_candidates(membership: Membership) -> QuerySet[Candidate]:
    """The people whose record this member may open: all, or a hiring manager's own."""
    if membership.role in READERS:
        return Candidate.objects.all()
    granted = Q(pk__in=[])
    for grant in _grants:
        granted |= Q(pk__in=grant(membership))
    return Candidate.objects.filter(granted)
