"""What this app itself shows at the places that panels fill."""

from typing import Any

from candidates import panels
from candidates.models import Candidate
from candidates.services.snoozing import snooze_of
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS


def register() -> None:
    panels.register_panel(
        "candidates/panels/snooze.html",
        load_nothing,
        panels.CANDIDATE_HEADER,
        order=60,
        roles=EDITORS,
    )
    panels.register_panel(
        "candidates/panels/snoozed.html", load_snooze, panels.CANDIDATE_NOTICE, order=10
    )


def load_nothing(subject: Any, request: OrganizationRequest) -> dict[str, Any]:
    return {}


def load_snooze(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """Until when and why the candidate is left alone."""
    snooze = snooze_of(candidate)
    return {"snooze": snooze} if snooze else None
