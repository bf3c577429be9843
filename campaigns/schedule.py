"""When a sender may send: windows in wall time, kept over changes of the clock; waits in business days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.models import Sender, weekdays


@dataclass(frozen=True)
class Window:
    """The hours of a sender: days as `date.weekday()` counts them, and wall times in a zone."""

    days: tuple[int, ...]
    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def of(cls, sender: Sender) -> "Window":
        days = tuple(sorted({day for day in sender.window_days if 0 <= day <= 6}))
        return cls(
            days or tuple(weekdays()),
            sender.window_start,
            sender.window_end,
            ZoneInfo(sender.time_zone),
        )

    def opening(self, day: date) -> tuple[datetime, datetime]:
        """The moments, in UTC, between which mail may go on `day`.

        A wall time that the clock skips counts as the moment after the gap that is as late; one that
        comes twice counts once, the first time.
        """
        until = day if self.end > self.start else day + timedelta(days=1)
        end = self.end if self.end > self.start else time(0)
        return self._instant(day, self.start), self._instant(until, end)

    def _instant(self, day: date, wall: time) -> datetime:
        # Through UTC: aware datetimes of one zone are compared and subtracted by wall time.
        return datetime.combine(day, wall, tzinfo=self.zone).astimezone(UTC)


def next_open(at: datetime, window: Window) -> datetime:
    """The first moment from `at` on at which mail may go, in UTC."""
    day = at.astimezone(window.zone).date() - timedelta(days=1)
    while True:
        if day.weekday() in window.days:
            opens, closes = window.opening(day)
            if at < closes and opens < closes:
                return max(at.astimezone(UTC), opens)
        day += timedelta(days=1)


def after_business_days(at: datetime, count: int, window: Window) -> datetime:
    """The first open moment `count` business days after `at`, at the same time of day where that is open.

    Business days are the sender's own: a window from Sunday to Thursday counts those.
    """
    if count <= 0:
        return next_open(at, window)
    local = at.astimezone(window.zone)
    day, left = local.date(), count
    while left:
        day += timedelta(days=1)
        left -= day.weekday() in window.days
    moment = datetime.combine(day, local.time(), tzinfo=window.zone).astimezone(UTC)
    opens, closes = window.opening(day)
    return next_open(moment if opens <= moment < closes else opens, window)
