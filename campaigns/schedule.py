"""When mail may go: windows in wall time, kept over changes of the clock; waits in business days; holidays."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from campaigns.models import Sender, weekdays

MIDNIGHT = time(0)
# Hours that leave no minute of a year are a mistake in the settings, not a reason to search on.
LONGEST_SEARCH = 400


@lru_cache(maxsize=512)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166-1 alpha-2) in a year; none where they are not known."""
    if country not in countries_with_holidays():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


@lru_cache(maxsize=1)
def countries_with_holidays() -> frozenset[str]:
    return frozenset(code for code in holidays.list_supported_countries() if len(code) == 2)


@dataclass(frozen=True)
class Window:
    """Hours in which mail goes: days as `date.weekday()` counts them, wall times in a zone, without holidays."""

    days: tuple[int, ...]
    start: time
    end: time
    zone: ZoneInfo
    country: str = ""

    @classmethod
    def of(cls, sender: Sender) -> "Window":
        days = tuple(sorted({day for day in sender.window_days if 0 <= day <= 6}))
        return cls(
            days or tuple(weekdays()),
            sender.window_start,
            sender.window_end,
            ZoneInfo(sender.time_zone),
        )

    def is_open_on(self, day: date) -> bool:
        """Whether `day` is a business day here."""
        if day.weekday() not in self.days:
            return False
        return not self.country or day not in holidays_of(self.country, day.year)

    def opening(self, day: date) -> tuple[datetime, datetime]:
        """The moments, in UTC, between which mail may go on `day`.

        A wall time that the clock skips counts as the moment after the gap that is as late; one that
        comes twice counts once, the first time.
        """
        return _opening(day, self.start, self.end, self.zone)


@lru_cache(maxsize=4096)
def _opening(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    until = day if end > start else day + timedelta(days=1)
    return _instant(day, start, zone), _instant(until, end if end > start else MIDNIGHT, zone)


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    # Through UTC: aware datetimes of one zone are compared and subtracted by wall time.
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True)
class Quiet:
    """Hours in which nobody is written to, by their own clock: from `start` to `end`, over midnight or not."""

    start: time
    end: time
    zone: ZoneInfo

    def until(self, at: datetime) -> datetime:
        """When the quiet that holds at `at` ends, in UTC; `at` itself where it is not quiet."""
        local = at.astimezone(self.zone)
        for day in (local.date() - timedelta(days=1), local.date()):
            begins, ends = self._hours(day)
            if begins <= at < ends:
                return ends
        return at

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        last = day if self.end > self.start else day + timedelta(days=1)
        return (
            datetime.combine(day, self.start, tzinfo=self.zone).astimezone(UTC),
            datetime.combine(last, self.end, tzinfo=self.zone).astimezone(UTC),
        )


def next_open(at: datetime, window: Window, quiet: Quiet | None = None) -> datetime:
    """The first moment from `at` on at which mail may go, in UTC."""
    moment = _next_open(at, window)
    for _ in range(LONGEST_SEARCH):
        if quiet is None:
            return moment
        loud = quiet.until(moment)
        if loud == moment:
            return moment
        moment = _next_open(loud, window)
    # The window lies within the quiet hours: the people's rest comes first.
    return quiet.until(moment) if quiet else moment


def _next_open(at: datetime, window: Window) -> datetime:
    day = at.astimezone(window.zone).date() - timedelta(days=1)
    for _ in range(LONGEST_SEARCH):
        if window.is_open_on(day):
            opens, closes = window.opening(day)
            if at < closes and opens < closes:
                return max(at.astimezone(UTC), opens)
        day += timedelta(days=1)
    return _next_open(at, replace(window, days=tuple(range(7)), country=""))


def after_business_days(
    at: datetime, count: int, window: Window, quiet: Quiet | None = None
) -> datetime:
    """The first open moment `count` business days after `at`, at the same time of day where that is open.

    Business days are the window's own: one from Sunday to Thursday counts those, and no holiday counts.
    """
    if count <= 0:
        return next_open(at, window, quiet)
    local = at.astimezone(window.zone)
    day, left = local.date(), count
    if not window.country:
        # Every week has as many of them: of months of days only the rest is gone through.
        weeks, left = divmod(left - 1, len(window.days))
        day, left = day + timedelta(weeks=weeks), left + 1
    while left:
        day += timedelta(days=1)
        left -= window.is_open_on(day)
    moment = datetime.combine(day, local.time(), tzinfo=window.zone).astimezone(UTC)
    opens, closes = window.opening(day)
    return next_open(moment if opens <= moment < closes else opens, window, quiet)


def opening_on(day: date, at: datetime, window: Window, quiet: Quiet | None = None) -> datetime:
    """The first open moment on `day` or after it, never before `at`."""
    begins = datetime.combine(day, MIDNIGHT, tzinfo=window.zone).astimezone(UTC)
    return next_open(max(begins, at), window, quiet)
