"""What sequences show on the pages of candidates and pools."""

from typing import Any

from campaigns.models import Enrollment
from candidates import panels
from candidates.models import Candidate
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS


def register() -> None:
    panels.register_panel(
        "campaigns/panels/enroll_pool.html", load_nothing, panels.POOL_HEADER, roles=RECRUITERS
    )
    panels.register_panel(
        "campaigns/panels/enroll_selection.html",
        load_nothing,
        panels.CANDIDATES_BULK,
        roles=RECRUITERS,
    )
    panels.register_panel(
        "campaigns/panels/enroll_candidate.html",
        load_nothing,
        panels.CANDIDATE_HEADER,
        roles=RECRUITERS,
    )
    panels.register_panel(
        "campaigns/panels/enrollments.html", load_enrollments, panels.CANDIDATE_SIDE
    )


def load_nothing(subject: Any, request: OrganizationRequest) -> dict[str, Any]:
    return {}


def load_enrollments(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """The sequences the candidate is or was on, the newest first."""
    found = (
        Enrollment.objects.filter(candidate=candidate)
        .select_related("sequence", "next_step")
        .order_by("-enrolled_at", "-pk")[:5]
    )
    enrollments = list(found)
    return {"enrollments": enrollments} if enrollments else None
