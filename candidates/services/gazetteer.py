"""Where towns are, without a network: names to coordinates and time zones, from candidates/places.tsv (GeoNames, CC BY 4.0)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from candidates.services.identifying import fold

_FILE = Path(__file__).resolve().parent.parent / "places.tsv"
EARTH_KM = 6371.0
# A little less than they are, so that a box never lacks what lies just within.
_KM_OF_A_DEGREE = 111.1
# Of several towns of one name the largest is meant if it has so many times the people of the next.
_CLEARLY_LARGER = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A town: where it is (degrees), how many live there (thousands), and its time zone."""

    name: str
    country: str
    latitude: float
    longitude: float
    thousands: int
    time_zone: str

    def __str__(self) -> str:
        return f"{self.name}, {self.country}"


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees between which everything near lies: what an index can be asked before distances are counted."""

    south: float
    north: float
    west: float
    east: float


@cache
def _towns() -> dict[str, tuple[Place, ...]]:
    """Every name, folded, to the towns that are called so, the largest first."""
    found: dict[str, list[Place]] = {}
    with _FILE.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            name, country, latitude, longitude, people, zone, *others = line.rstrip("\n").split(
                "\t"
            )
            place = Place(name, country, float(latitude), float(longitude), int(people), zone)
            for word in {fold(name), *map(fold, others[0].split("|") if others else ())}:
                found.setdefault(word, []).append(place)
    return {word: tuple(places) for word, places in found.items()}


def places_called(name: str, country: str = "") -> tuple[Place, ...]:
    """Towns of this name in any language, the largest first; of one country (two letters) where it is known."""
    places = _towns().get(fold(name), ())
    return tuple(place for place in places if not country or place.country == country.upper())


def find_place(name: str, country: str = "") -> Place | None:
    """The town that is meant by this name; None where nobody can know which.

    "Berlin, Germany" and "Greater Berlin area" are read as Berlin.
    """
    for words in _readings(name):
        places = places_called(words, country)
        if len(places) > 1 and places[0].thousands < _CLEARLY_LARGER * places[1].thousands:
            # One that bears the name itself goes before those that are also called so.
            own = [place for place in places if fold(place.name) == fold(words)]
            return own[0] if len(own) == 1 else (places[0] if country else None)
        if places:
            return places[0]
    return None


def _readings(name: str) -> Iterator[str]:
    yield name
    head = name.partition(",")[0].partition("(")[0].partition("/")[0].strip()
    yield head
    folded = fold(head)
    for before in ("greater ", "metropolregion ", "grossraum ", "area of ", "city of "):
        folded = folded.removeprefix(before)
    for after in (" metropolitan area", " metropolitan region", " area", " region", " city"):
        folded = folded.removesuffix(after)
    yield folded


def kilometers(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """The way through the air between two points given in degrees (haversine; the earth as a ball)."""
    here, there = radians(latitude), radians(to_latitude)
    across = radians(to_longitude - longitude)
    part = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(across / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(part)))


def box_around(latitude: float, longitude: float, radius_km: float) -> Box:
    """The degrees within which everything nearer than the radius lies, and some more.

    Across the date line and at the poles it spans all longitudes.
    """
    up = radius_km / _KM_OF_A_DEGREE
    widest = min(abs(latitude) + up, 89.9)
    across = radius_km / (_KM_OF_A_DEGREE * cos(radians(widest)))
    west, east = longitude - across, longitude + across
    if west < -180 or east > 180:
        west, east = -180.0, 180.0
    return Box(latitude - up, latitude + up, west, east)
