"""Walking through the list one came from: its filters travel in the address of the record, as does the place.

`?list=<query string of the list>&at=<cursor of the place>`. Nothing in it is trusted: it is read as the list
itself reads its own address.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from candidates.forms.filtering import asked_from
from candidates.models import Candidate
from candidates.queries import Neighbor, neighbors_of
from candidates.queries.search import Searcher
from crm.tenancy.requests import OrganizationRequest
from crm.web.pagination import CappedCount

LONGEST = 1000


@dataclass(frozen=True)
class Walk:
    """Where the record stands in the list, and the addresses around it; empty where there is none."""

    back: str
    previous: str
    following: str
    position: int | None
    total: CappedCount


def walk(candidate: Candidate, request: OrganizationRequest) -> Walk | None:
    """The neighbors in the list that the address names; None where it names none."""
    listed = request.GET.get("list")
    if listed is None or len(listed) > LONGEST:
        return None
    filters = QueryDict(listed, mutable=True)
    searcher = Searcher(request.membership)
    asked = asked_from(filters, searcher=searcher)
    if asked.errors:
        return None
    place = request.GET.get("at", "")
    found = neighbors_of(candidate.pk, query=asked.query, searcher=searcher, place=place)
    if found is None:
        return None
    return Walk(
        f"{reverse('candidates:list')}?{filters.urlencode()}#person-{candidate.pk}",
        _address(found.previous, filters),
        _address(found.following, filters),
        found.position,
        found.total,
    )


def walk_through(search: QueryDict) -> str:
    """The query string with which the list's records are opened, up to the place; empty for endless filters."""
    listed = search.urlencode()
    return f"?{urlencode({'list': listed})}&at=" if len(listed) <= LONGEST else ""


def _address(neighbor: Neighbor | None, filters: QueryDict) -> str:
    if neighbor is None:
        return ""
    filters = filters.copy()
    # Back leads to a page on which the neighbor stands.
    filters["cursor"] = neighbor.cursor
    query = urlencode({"list": filters.urlencode(), "at": neighbor.place})
    return f"{reverse('candidates:detail', args=[neighbor.pk])}?{query}"
