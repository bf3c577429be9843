"""Time zones to choose from."""

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones() -> list[tuple[str, str]]:
    """The zones of the tz database that are named after places, and UTC."""
    places = {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *sorted(places)]]
