"""What sequences show on the pages of candidates and pools."""

from typing import Any

from campaigns.models import Enrollment
from campaigns.progress import news_of, progress_of
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
    panels.register_panel("campaigns/panels/news.html", load_news, panels.CANDIDATE_NOTICE)


def load_nothing(subject: Any, request: OrganizationRequest) -> dict[str, Any]:
    return {}


def load_enrollments(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """The sequences the candidate is or was on, the newest first."""
    found = (
        Enrollment.objects.filter(candidate=candidate)
        .select_related("candidate", "sequence__sender", "next_step")
        .order_by("-enrolled_at", "-pk")[:5]
    )
    enrollments = list(found)
    if not enrollments:
        return None
    return {"enrollments": enrollments, "steps": progress_of(enrollments[0])}


def load_news(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """That and why the newest sequence ended or waits."""
    news = news_of(candidate)
    return {"news": news} if news else None
