"""Who may be the same person."""

from collections.abc import Sequence

from django.db.models import QuerySet

from candidates.models import (
    Candidate,
    EmailAddress,
    PhoneNumber,
    ProfileLink,
)
from candidates.queries.people import CandidateFilter, find_candidates


def address_owners(normalized: Sequence[str], *, but: int | None = None) -> QuerySet[EmailAddress]:
    """The addresses among `normalized` that belong to somebody (else than `but`), with their people."""
    return (
        EmailAddress.objects.filter(normalized__in=normalized)
        .exclude(candidate=but)
        .select_related("candidate")
    )


def likely_duplicates(
    *, folded_name: str, phones: Sequence[str], links: Sequence[str], most: int = 5
) -> list[tuple[Candidate, str]]:
    """People who may be the same person, each with the reason: same number, same profile, same name.

    Takes normalized values. Same addresses are no guess and refused elsewhere.
    """
    reasons: dict[int, str] = {}
    named = find_candidates(CandidateFilter(words=(folded_name,))).defer(None)[:50]
    for row in named if folded_name else []:
        if row.search_text.split("\n", 1)[0] == folded_name:
            reasons[row.pk] = "Same name"
    for pk in ProfileLink.objects.filter(
        normalized__in=[link for link in links if link]
    ).values_list("candidate", flat=True)[:most]:
        reasons[pk] = "Same profile link"
    for pk in PhoneNumber.objects.filter(
        normalized__in=[phone for phone in phones if phone]
    ).values_list("candidate", flat=True)[:most]:
        reasons[pk] = "Same phone number"
    people = Candidate.objects.filter(pk__in=reasons).order_by("full_name", "pk")[:most]
    return [(person, reasons[person.pk]) for person in people]
