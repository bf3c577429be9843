"""What sequences show on the pages of candidates and pools."""

from collections.abc import Sequence as Ids
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from campaigns.health import deliverability
from campaigns.models import Enrollment, Sequence
from campaigns.progress import news_of, progress_of
from campaigns.reading import reveal
from campaigns.replies import cards_of, newest_open_answer, nurture_sequences
from campaigns.services import resuming
from campaigns.services.reaching import KEPT_BACK, Obstacle, reach
from candidates import panels
from candidates.models import Candidate, NotNowReason
from candidates.queries.company_rules import concerns_of
from candidates.services.bulk import freeze
from crm.accounts.models import User
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS
from pipelines.extensions import Enroller, register_enroller


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
        "campaigns/panels/write.html", load_nothing, panels.CANDIDATE_HEADER, roles=RECRUITERS
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
    register_enroller(Enroller(sequences_to_choose, path_of_check))
    panels.register_panel(
        "campaigns/panels/deliverability.html",
        lambda nothing, request: {"deliverability": deliverability(now=timezone.now())},
        panels.HOME,
        order=10,
    )
    panels.register_panel("campaigns/panels/reach.html", load_reach, panels.CANDIDATE_FACTS)
    panels.register_plan(load_plan)
    panels.register_words(reveal)
    panels.register_panel("campaigns/panels/news.html", load_news, panels.CANDIDATE_NOTICE)
    panels.register_panel(
        "campaigns/panels/reply.html", load_reply, panels.CANDIDATE_NOTICE, roles=RECRUITERS
    )


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
    return {
        "enrollments": enrollments,
        "steps": progress_of(enrollments[0], viewer=request.user),
        "rests_until": resuming.rest_of(enrollments).get(candidate.pk),
    }


def load_news(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """That and why the newest sequence ended or waits."""
    news = news_of(candidate, viewer=request.user)
    return {"news": news} if news else None


def load_reply(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """The newest answer that nobody has sorted yet."""
    mail = newest_open_answer(candidate, viewer=request.user)
    if mail is None:
        return None
    (card,) = cards_of([mail], today=timezone.localdate())
    reasons = NotNowReason.objects.filter(archived_at=None)
    return {"card": card, "reasons": reasons, "sequences": nurture_sequences()}


def load_reach(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    """Whether the candidate may be written to, at which address, or why not; and what to think of before."""
    answer = reach([candidate])[candidate.pk]
    if isinstance(answer, Obstacle):
        return {"obstacle": answer, "is_kept_back": answer.sentence in KEPT_BACK}
    concerns = concerns_of([candidate.pk]).get(candidate.pk, [])
    return {"address": answer, "concerns": concerns}


def load_plan(candidate: Candidate, request: OrganizationRequest) -> panels.Plan | None:
    """The next step of a sequence that goes on."""
    running = Enrollment.objects.filter(
        candidate=candidate, state=Enrollment.State.ACTIVE, next_at__isnull=False
    )
    following = running.select_related("sequence", "next_step").order_by("next_at").first()
    if following is None or following.next_at is None or following.next_step is None:
        return None
    words = f"Step {following.next_step.position} of {following.sequence}"
    return panels.Plan(following.next_at, words, f"sequences/{following.sequence_id}/")


def sequences_to_choose(request: OrganizationRequest) -> list[tuple[int, str]]:
    """The sequences that people of a shortlist can be put on, for those who write to people."""
    if request.membership.role not in RECRUITERS:
        return []
    usable = Sequence.objects.filter(state=Sequence.State.ACTIVE, steps__isnull=False)
    return list(usable.distinct().order_by("name").values_list("pk", "name"))


def path_of_check(sequence_pk: int, candidate_ids: Ids[int], by: User, back: str) -> str:
    """Where these people are looked at before they are put on the sequence; from there it goes to `back`."""
    asked = {"sequence": sequence_pk, "candidates": freeze(candidate_ids, by=by), "next": back}
    return f"{reverse('campaigns:enroll')}?{urlencode(asked)}"
