"""Searches that a member may open."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from candidates.models import SavedSearch, SearchPin
from crm.accounts.models import User


def searches_of(user: User) -> QuerySet[SavedSearch]:
    """One's own and the shared ones, each with `is_pinned` by this member; pinned ones first."""
    pinned = SearchPin.objects.filter(search=OuterRef("pk"), user=user)
    return (
        SavedSearch.objects.filter(Q(owner=user) | Q(is_shared=True))
        .select_related("owner")
        .annotate(is_pinned=Exists(pinned))
        .order_by("-is_pinned", "name", "pk")
    )


def pinned_searches(user: User, *, most: int = 6) -> list[SavedSearch]:
    """What a member keeps at hand: one query."""
    return list(searches_of(user).filter(pins__user=user)[:most])
