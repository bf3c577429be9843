"""Where one can go from every page of an organization: side bar, command palette and `g` keys read the same list."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


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
    found: list[tuple[Place, str]] = []
    for place in PLACES:
        if place.needs and not may.get(place.needs):
            continue
        try:
            found.append((place, reverse(place.view)))
        except NoReverseMatch:
            continue
    inside = [url for place, url in found if path.startswith(url) and place.view != "home"]
    current = max(inside, key=len, default=path)
    return [Link(place, url, url == current) for place, url in found]
