"""Where one can go from every page of an organization: side bar, command palette and `g` keys read the same list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse


@dataclass(frozen=True)
class Place:
    """A page in the side bar. `needs` is a key of the template variable `may`, or empty for every member."""

    view: str
    label: str
    icon: str
    key: str
    needs: str = "read"


PLACES = (
    Place("home", "Home", "house", "h", needs=""),
    Place("candidates:list", "Candidates", "users", "c"),
    Place("pools:list", "Pools", "layers", "p"),
    Place("pipelines:jobs", "Jobs", "square-kanban", "j", needs=""),
    Place("interviews:list", "Interviews", "calendar-clock", "i", needs=""),
    Place("campaigns:sequences", "Sequences", "send", "s"),
    Place("analytics:overview", "Analytics", "chart-column", "a"),
    Place("tasks:day", "My day", "circle-check", "t"),
    Place("tenancy:settings", "Settings", "settings", "e", needs="administer"),
)


@dataclass(frozen=True)
class Link:
    """A place as this member sees it now."""

    place: Place
    url: str
    current: bool


def links(path: str, may: Mapping[str, bool]) -> list[Link]:
    """The places that exist and that the member may open; the one with the longest matching path is current."""
    allowed = frozenset(name for name, granted in may.items() if granted)
    found = _found(PLACES, get_script_prefix(), get_urlconf(), allowed)
    inside = [url for place, url in found if path.startswith(url) and place.view != "home"]
    current = max(inside, key=len, default=path)
    return [Link(place, url, url == current) for place, url in found]


@lru_cache(maxsize=1024)
def _found(
    places: tuple[Place, ...], prefix: str, urlconf: str | None, allowed: frozenset[str]
) -> list[tuple[Place, str]]:
    """Those of the places that exist below the prefix being served, for those who may do what is allowed."""
    found: list[tuple[Place, str]] = []
    for place in places:
        if place.needs and place.needs not in allowed:
            continue
        try:
            found.append((place, reverse(place.view)))
        except NoReverseMatch:
            continue
    return found
