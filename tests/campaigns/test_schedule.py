from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.models import Sender
from campaigns.schedule import Window, after_business_days, next_open

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Window((0, 1, 2, 3, 4), time(9), time(18), BERLIN)

# Both hemispheres, half hours, half-hour changes (Lord Howe), changes at midnight (Santiago), a zone that
# skipped a day (Apia), and one without changes.
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Auckland",
]


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2026-11-23 10:30", "2026-11-23 10:30"),
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 18:00", "2026-11-24 09:00"),
        ("2026-11-20 18:00", "2026-11-23 09:00"),
        ("2026-11-22 12:00", "2026-11-23 09:00"),
        # Friday evening before the clocks change: 9:00 stays 9:00 on the wall.
        ("2026-03-27 19:00", "2026-03-30 09:00"),
        ("2026-10-23 19:00", "2026-10-26 09:00"),
        ("2028-02-28 19:00", "2028-02-29 09:00"),
    ],
)
def test_next_open(asked, expected):
    assert next_open(at(asked), OFFICE) == at(expected)


def test_next_open_moves_a_skipped_hour_forward():
    night = Window((6,), time(2, 15), time(4), BERLIN)

    # On 2026-03-29 the clock goes from 2:00 to 3:00.
    assert next_open(at("2026-03-28 12:00"), night) == at("2026-03-29 03:15")


def test_next_open_uses_a_repeated_hour_once():
    night = Window((6,), time(2), time(2, 30), BERLIN)
    # On 2026-10-25 the clock goes from 3:00 (UTC+2) back to 2:00 (UTC+1).
    first, second = (
        datetime(2026, 10, 25, 0, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 10, tzinfo=UTC),
    )

    assert next_open(at("2026-10-25 00:00"), night) == first
    assert next_open(second, night) == at("2026-11-01 02:00")


def test_a_window_until_midnight_or_past_it_ends_with_the_day():
    late = Window((0,), time(20), time(0), BERLIN)

    assert late.opening(date(2026, 11, 23)) == (at("2026-11-23 20:00"), at("2026-11-24 00:00"))


@pytest.mark.parametrize(
    ("asked", "days", "expected"),
    [
        ("2026-11-23 10:30", 0, "2026-11-23 10:30"),
        ("2026-11-23 10:30", 3, "2026-11-26 10:30"),
        ("2026-11-26 10:30", 3, "2026-12-01 10:30"),
        ("2026-11-27 10:30", 1, "2026-11-30 10:30"),
        ("2026-11-28 10:30", 1, "2026-11-30 10:30"),
        ("2026-11-23 20:00", 1, "2026-11-24 09:00"),
        ("2026-11-23 07:00", 1, "2026-11-24 09:00"),
        ("2026-03-27 10:30", 1, "2026-03-30 10:30"),
    ],
)
def test_after_business_days(asked, days, expected):
    assert after_business_days(at(asked), days, OFFICE) == at(expected)


def test_business_days_are_the_windows_own():
    gulf = Window((6, 0, 1, 2, 3), time(9), time(17), ZoneInfo("Asia/Dubai"))
    thursday = at("2026-11-26 10:00", gulf.zone)

    assert after_business_days(thursday, 1, gulf) == at("2026-11-29 10:00", gulf.zone)


minutes = st.integers(min_value=0, max_value=24 * 60 - 1).map(lambda n: time(n // 60, n % 60))
windows = st.builds(
    Window,
    st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple),
    minutes,
    minutes,
    st.sampled_from(ZONES).map(ZoneInfo),
)
moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def is_open(moment: datetime, window: Window) -> bool:
    """By the wall, independent of the code under test; both readings of a repeated hour count."""
    local = moment.astimezone(window.zone)
    if local.weekday() not in window.days:
        return False
    end = window.end if window.end > window.start else time.max
    return window.start <= local.time() <= end


def is_near_a_change(moment: datetime, zone: ZoneInfo) -> bool:
    offsets = {
        (moment + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in range(-26, 27)
    }
    return len(offsets) > 1


@settings(max_examples=400)
@given(moments, windows)
def test_next_open_is_open_and_the_first(moment, window):
    opened = next_open(moment, window)

    assert opened >= moment
    assert opened - moment < timedelta(days=16)
    assert next_open(opened, window) == opened
    if not is_near_a_change(opened, window.zone):
        assert is_open(opened, window)
    # Nothing open was passed over, but for the second pass of a repeated hour.
    for step in range(1, 40):
        earlier = moment + (opened - moment) * step / 40
        if earlier < opened and not is_near_a_change(earlier, window.zone):
            assert not is_open(earlier, window) or earlier == moment


@settings(max_examples=300)
@given(moments, windows, st.integers(0, 30))
def test_waits_count_business_days_and_never_run_backwards(moment, window, days):
    due = after_business_days(moment, days, window)

    assert due >= moment
    assert next_open(due, window) == due
    later = after_business_days(moment, days + 1, window)
    # From a day off, no wait and one day's wait both end on the next business day.
    assert later > due or (later == due and days == 0)


def test_no_path_stores_a_sender_with_an_unknown_time_zone():
    with pytest.raises(ValidationError, match="no time zone"):
        Sender(time_zone="Mars/Olympus").clean_fields(exclude={"organization", "name", "address"})
