"""Time zones to choose from, and a validator for names of them."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def time_zones() -> list[tuple[str, str]]:
    """The zones of the tz database that are named after places, and UTC."""
    places = {zone for zone in _known() if "/" in zone and not zone.startswith("Etc/")}
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *sorted(places)]]


def refuse_unknown_zone(name: str) -> None:
    """Raise ValidationError where `name` is not a zone of the tz database, letter by letter."""
    if name not in _known():
        raise ValidationError(f"“{name}” is no time zone. Give a name such as Europe/Berlin.")
