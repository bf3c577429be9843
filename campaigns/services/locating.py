"""Where people are, as far as their hours and holidays are concerned."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from campaigns.models import Sender, SendingRules, Sequence
from campaigns.schedule import Quiet, Window
from candidates.models import Candidate, CandidatePreference
from crm.tenancy.bulk import among

# A holiday calendar that is the recipient's own.
RECIPIENT = "recipient"


@dataclass(frozen=True)
class Place:
    """A person's clock and country; empty where neither is known."""

    zone: str = ""
    country: str = ""


NOWHERE = Place()


def locate(candidates: Iterable[Candidate]) -> dict[int, Place]:
    """Each candidate's place: the zone they told, else the one zone of their country; one query for all."""
    candidates = list(candidates)
    told = dict(
        CandidatePreference.objects.filter(
            candidate__in=among(candidate.pk for candidate in candidates)
        )
        .exclude(time_zone="")
        .values_list("candidate_id", "time_zone")
    )
    known = available_zones()
    return {
        candidate.pk: Place(
            told[candidate.pk]
            if told.get(candidate.pk) in known
            else zone_of_country(candidate.country),
            candidate.country,
        )
        for candidate in candidates
    }


def locate_if_asked(
    candidates: Iterable[Candidate], sequences: Iterable[Sequence], rules: SendingRules
) -> dict[int, Place]:
    """The same, without a query where no clock, holiday or quiet hour of these sequences depends on the place."""
    is_asked = rules.has_quiet_hours or any(
        sequence.zone_of == Sequence.ZoneOf.RECIPIENT or sequence.holidays == RECIPIENT
        for sequence in sequences
    )
    if is_asked:
        return locate(candidates)
    return {candidate.pk: NOWHERE for candidate in candidates}


@lru_cache(maxsize=1)
def available_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _zones_of_countries() -> dict[str, list[str]]:
    """The zones of each country, as tz's own table lists them, the most populous first."""
    zones: dict[str, list[str]] = defaultdict(list)
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones[country].append(zone)
    return zones


@lru_cache(maxsize=512)
def zone_of_country(country: str) -> str:
    """The zone of a country where everybody's clock shows the same; "" where it does not, or is unknown."""
    zones = _zones_of_countries().get(country, [])
    return zones[0] if zones and len({_clock(zone) for zone in zones}) == 1 else ""


def _clock(zone: str) -> tuple[timedelta | None, ...]:
    """How the clock stands in the middle of each month of a year: enough to tell zones apart."""
    year = datetime.now(UTC).year
    clock = ZoneInfo(zone)
    return tuple(datetime(year, month, 15, 12, tzinfo=clock).utcoffset() for month in range(1, 13))


@dataclass(frozen=True)
class Hours:
    """When one person may be written to on one sequence."""

    window: Window
    quiet: Quiet | None = None
    # Whose clock it is: said where a mail waits for it.
    of_recipient: bool = False


def hours_of(sequence: Sequence, sender: Sender, place: Place, rules: SendingRules) -> Hours:
    """The sequence's hours, else the sender's, by the clock and holidays that the sequence counts by."""
    of_recipient = sequence.zone_of == Sequence.ZoneOf.RECIPIENT and bool(place.zone)
    return _hours(
        tuple(sequence.window_days or sender.window_days),
        sender.window_start if sequence.window_start is None else sequence.window_start,
        sender.window_end if sequence.window_end is None else sequence.window_end,
        place.zone if of_recipient else sender.time_zone,
        place.country if sequence.holidays == RECIPIENT else sequence.holidays,
        (rules.quiet_start, rules.quiet_end, place.zone or sender.time_zone),
        of_recipient=of_recipient,
    )


@lru_cache(maxsize=4096)
def _hours(
    days: tuple[int, ...],
    start: time,
    end: time,
    zone: str,
    country: str,
    quiet: tuple[time | None, time | None, str],
    *,
    of_recipient: bool,
) -> Hours:
    """Made once for everybody of one clock and country: hundreds of a batch share it."""
    begins, ends, quiet_zone = quiet
    open_days = tuple(sorted({day for day in days if 0 <= day <= 6})) or tuple(range(5))
    return Hours(
        Window(open_days, start, end, ZoneInfo(zone), country),
        Quiet(begins, ends, ZoneInfo(quiet_zone))
        if begins is not None and ends is not None and begins != ends
        else None,
        of_recipient,
    )


def zone_of_sender(sender: Sender) -> ZoneInfo:
    return ZoneInfo(sender.time_zone)
