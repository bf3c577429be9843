"""Hiring managers see nobody's name in a blind stage, on no page."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from candidates.models import Candidate
from crm.tenancy.models import Membership
from crm.tenancy.roles import Role
from pipelines.models import Candidacy, Unblinding


def pseudonym(candidacy: Candidacy) -> str:
    """What somebody is called where nobody may know who it is; the same on every page."""
    return f"Candidate {candidacy.pk}"


def is_hidden() -> Q:
    """Of candidacies: in a blind stage, and not uncovered there by a recruiter."""
    uncovered = Unblinding.objects.filter(candidacy=OuterRef("pk"), stage=OuterRef("stage"))
    return Q(~Exists(uncovered), stage__is_blind=True)


def unblinded_among(candidacies: Iterable[Candidacy]) -> set[tuple[int, int]]:
    """(candidacy, stage) of those whom a recruiter has uncovered: one query."""
    rows = Unblinding.objects.filter(candidacy__in=[row.pk for row in candidacies])
    return set(rows.values_list("candidacy_id", "stage_id"))


def veil(cards: Iterable[Candidacy], membership: Membership) -> None:
    """Put a stand-in where a hiring manager may not know who it is. Asks nothing where nobody is hidden."""
    if membership.role != Role.HIRING_MANAGER:
        return
    cards = list(cards)
    for card in cards:
        # Each manager judges without the others' word.
        card.answers = []  # type: ignore[attr-defined]
    blind = [card for card in cards if card.stage.is_blind]
    unblinded = unblinded_among(blind) if blind else set()
    for card in blind:
        if (card.pk, card.stage_id) not in unblinded:
            card.candidate = Candidate(pk=card.candidate_id, full_name=pseudonym(card))
            # What else a card shows of the person: a task, the last news.
            card.overdue = card.signal = None  # type: ignore[attr-defined]
