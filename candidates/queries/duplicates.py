"""Who may be the same person."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from candidates.models import Candidate, DuplicatePair, EmailAddress


def address_owners(normalized: Sequence[str], *, but: int | None = None) -> QuerySet[EmailAddress]:
    """The addresses among `normalized` that belong to somebody (else than `but`), with their people."""
    return (
        EmailAddress.objects.filter(normalized__in=normalized)
        .exclude(candidate=but)
        .select_related("candidate")
    )


def pairs_among(candidate_ids: Sequence[int]) -> QuerySet[DuplicatePair]:
    """The pairs within a choice of people, the surest first."""
    return DuplicatePair.objects.filter(
        candidate__in=candidate_ids, other__in=candidate_ids
    ).order_by("-confidence", "-pk")


def pair_of(candidate: Candidate) -> DuplicatePair | None:
    """The surest pair that a person is in."""
    return (
        DuplicatePair.objects.filter(Q(candidate=candidate) | Q(other=candidate))
        .select_related("candidate", "other")
        .order_by("-confidence", "-pk")
        .first()
    )
