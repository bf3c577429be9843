"""Hiring managers see nobody's name in a blind stage, on no page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from candidates.models import Candidate
from crm.tenancy.models import Membership
from crm.tenancy.roles import Role
from pipelines.models import Candidacy, Interviewer, Unblinding

PSEUDONYM = "Candidate"


def pseudonym(candidacy: Candidacy) -> str:
    """What somebody is called where nobody may know who it is; the same on every page."""
    return f"{PSEUDONYM} {candidacy.pk}"


def is_hidden() -> Q:
    """Of candidacies: in a blind stage, and not uncovered there by a recruiter."""
    uncovered = Unblinding.objects.filter(candidacy=OuterRef("pk"), stage=OuterRef("stage"))
    return Q(~Exists(uncovered), stage__is_blind=True)


def judges_blind(membership: Membership) -> bool:
    """Whether blind stages hide people from this member."""
    return membership.role == Role.HIRING_MANAGER


def shown_to(membership: Membership) -> Q:
    """Of candidacies on jobs that the member may open: hiring managers are shown those that were shortlisted for
    them, and whom they interview; everybody else all.
    """
    if membership.role != Role.HIRING_MANAGER:
        return Q()
    talks = Interviewer.objects.filter(
        interview__candidacy=OuterRef("pk"), user=membership.user_id, removed_at=None
    )
    return Q(shortlisted_at__isnull=False) | Q(Exists(talks))


def candidates_of_manager(membership: Membership) -> QuerySet[Any]:
    """The ids of the people whom a hiring manager is shown on the jobs of the own teams, but for those of blind stages.

    Who is hidden on one of these jobs has no record on the others either: its timeline, and a search by job,
    would say who the hidden one is.
    """
    on_jobs = Candidacy.objects.filter(job__members__user=membership.user_id)
    hidden = on_jobs.filter(is_hidden()).values("candidate_id")
    shown = on_jobs.filter(shown_to(membership))
    return shown.exclude(candidate__in=hidden).values("candidate_id")


def unblinded_among(candidacies: Iterable[Candidacy]) -> set[tuple[int, int]]:
    """(candidacy, stage) of those whom a recruiter has uncovered: one query."""
    rows = Unblinding.objects.filter(candidacy__in=[row.pk for row in candidacies])
    return set(rows.values_list("candidacy_id", "stage_id"))


def veil(cards: Iterable[Candidacy], membership: Membership) -> None:
    """Put a stand-in where a hiring manager may not know who it is. Asks nothing where nobody is hidden.

    A stand-in has no id: an address or a color made from it would lead to the person. `has_no_record` is set
    where there is no record to open.
    """
    if not judges_blind(membership):
        return
    cards = list(cards)
    readable = set(
        candidates_of_manager(membership)
        .filter(candidate__in=[card.candidate_id for card in cards])
        .values_list("candidate_id", flat=True)
    )
    for card in cards:
        # Each manager judges without the others' word.
        card.answers = []  # type: ignore[attr-defined]
        card.has_no_record = card.candidate_id not in readable
    blind = [card for card in cards if card.stage.is_blind]
    unblinded = unblinded_among(blind) if blind else set()
    for card in blind:
        if (card.pk, card.stage_id) not in unblinded:
            card.is_veiled = True
            card.candidate = Candidate(full_name=pseudonym(card))
            # What else a card shows of the person: a task, the last news, what colleagues wrote who know.
            card.overdue = card.signal = None  # type: ignore[attr-defined]
            card.rejection_note = ""
