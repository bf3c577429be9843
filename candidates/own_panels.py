"""What this app itself shows at the places that panels fill."""

from typing import Any

from django.urls import reverse

from candidates import panels
from candidates.models import Candidate, CandidateWatch, PoolWatch, TalentPool
from candidates.queries.warmth import warmth_of
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
    panels.register_panel("candidates/panels/warmth.html", load_warmth, panels.CANDIDATE_FACTS)
    panels.register_panel(
        "candidates/panels/watch.html", load_watch, panels.CANDIDATE_HEADER, order=70
    )
    panels.register_panel(
        "candidates/panels/watch.html", load_pool_watch, panels.POOL_HEADER, order=70
    )


def load_watch(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    """Whether the member follows the candidate, and where that is changed."""
    is_watched = CandidateWatch.objects.filter(candidate=candidate, user=request.user).exists()
    return {"is_watched": is_watched, "url": reverse("candidates:watch", args=[candidate.pk])}


def load_pool_watch(pool: TalentPool, request: OrganizationRequest) -> dict[str, Any]:
    is_watched = PoolWatch.objects.filter(pool=pool, user=request.user).exists()
    return {"is_watched": is_watched, "url": reverse("pools:watch", args=[pool.pk])}


def load_nothing(subject: Any, request: OrganizationRequest) -> dict[str, Any]:
    return {}


def load_snooze(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """Until when and why the candidate is left alone."""
    snooze = snooze_of(candidate)
    return {"snooze": snooze} if snooze else None


def load_warmth(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    """How alive the contact is, and why."""
    return {"warmth": warmth_of(candidate)}
