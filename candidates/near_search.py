"""Searching by warmth, and by the distance from a town."""

import re
from datetime import datetime
from math import ceil, cos, floor, radians

from django.db.models import Exists, F, FloatField, OuterRef, Q, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt
from django.utils import timezone

from candidates.models import PlaceSearch
from candidates.queries.search.matching import EVERYBODY, NOBODY, combined
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.tree import Condition
from candidates.queries.search.values import amount_of
from candidates.queries.warmth import heat_of
from candidates.services.gazetteer import EARTH_KM, Place, box_around, find_place

USUAL_KM = 50
# In a search text the country and the distance need no quotes: near:Paris, US 30 km.
TAIL = r"(?:,\s?[A-Z]{2}\b)?(?:\s+\d{1,4}\s*[kK][mM]\b)?"
_ASKED = re.compile(r"(?P<town>.*?)(?:[\s,]+(?P<km>\d{1,4})\s*km?)?", re.IGNORECASE)


def place_of(value: str) -> tuple[Place | None, int]:
    """The town and the distance in "Lisbon 30 km", "Paris, US" or "berlin": 50 km where none is said."""
    found = _ASKED.fullmatch(value.strip())
    assert found is not None  # noqa: S101 - everything is a town
    town, _, country = found["town"].rpartition(",")
    named = country.strip().upper()
    place = find_place(town, named) if town and len(named) == 2 else None
    return place or find_place(found["town"].strip(" ,")), int(found["km"] or USUAL_KM)


def refuse_unknown_place(value: str) -> str:
    """What is wrong with a value, or nothing."""
    place, radius = place_of(value)
    if place is None:
        return f"No one town is known as “{value}”. Write it with its country, such as Paris, US 50 km."
    return "" if 0 < radius <= 5000 else "A distance is from 1 to 5000 km."


def near(asked: Condition, searcher: Searcher) -> Q:
    """People whose town lies so near: a box that an index finds, then the way itself."""
    own = PlaceSearch.objects.filter(candidate=OuterRef("pk"))
    return combined(asked, [_within(own, *place_of(value)) for value in asked.values])


def _within(own: "object", place: Place | None, radius: int) -> Q:
    if place is None:
        return NOBODY
    box = box_around(place.latitude, place.longitude, radius)
    up = Power(Sin(Radians(F("latitude") - Value(place.latitude)) / 2.0), 2)
    across = Power(Sin(Radians(F("longitude") - Value(place.longitude)) / 2.0), 2)
    part = up + across * Cos(Radians(F("latitude"))) * Value(cos(radians(place.latitude)))
    way = ASin(Least(Value(1.0), Sqrt(part)), output_field=FloatField()) * Value(2 * EARTH_KM)
    rows = own.filter(  # type: ignore[attr-defined]
        latitude__range=(box.south, box.north), longitude__range=(box.west, box.east)
    )
    return Q(Exists(rows.alias(way=way).filter(way__lte=radius)))


def warm(asked: Condition, searcher: Searcher) -> Q:
    """The score as it is now, a whole number: compared as stored heat, which an index knows."""
    now = timezone.now()
    scores = sorted(amount_of(value)[0] for value in asked.values)
    found = EVERYBODY
    if asked.operator in {"at_least", "between", "equals"}:
        found &= _from(ceil(scores[0]), now)
    if asked.operator in {"at_most", "between", "equals"}:
        found &= ~_from(floor(scores[-1]) + 1, now)
    return found


def _from(score: int, now: datetime) -> Q:
    """Who has this score or more: everybody has 0, nobody above 100."""
    if score <= 0:
        return EVERYBODY
    return Q(heat__gte=heat_of(score, now)) if score <= 100 else NOBODY
