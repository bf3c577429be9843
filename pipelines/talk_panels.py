"""What interviews add to a candidate's record: the card that lists them."""

from typing import Any

from candidates import panels
from candidates.models import Candidate
from crm.tenancy.requests import OrganizationRequest
from pipelines.models import Interview
from pipelines.queries import readable_candidacies


def register() -> None:
    """Called once, when the apps are ready."""
    panels.register_panel(
        "pipelines/panels/interviews.html", load_interviews, panels.CANDIDATE_SIDE, order=25
    )


def load_interviews(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """The candidate's interviews on the jobs that the member sees, the newest first: one query."""
    found = Interview.objects.filter(
        candidacy__candidate=candidate, candidacy__in=readable_candidacies(request.membership)
    )
    interviews = list(found.select_related("candidacy__job").order_by("-pk")[:10])
    return {"interviews": interviews} if interviews else None
