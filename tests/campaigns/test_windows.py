"""Three years in twelve zones: no mail outside of the hours, none skipped, none twice, whatever the clocks do."""

import os
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.schedule import Quiet, Window, after_business_days, next_open, opening_on
from campaigns.services.locating import zone_of_country

# `make soak` tries a hundred times as many.
TIMES = 100 if os.environ.get("SOAK") else 1
# Both hemispheres, half hours, a quarter, half an hour of summer time, none, and Samoa's lost day's heirs.
ZONES = [
    ZoneInfo(name)
    for name in (
        *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles"),
        *("America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata", "Asia/Kathmandu"),
        *("Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia", "America/St_Johns"),
    )
]
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
WORK = {"days": (0, 1, 2, 3, 4), "start": time(9), "end": time(18)}


def is_open(at: datetime, window: Window) -> bool:
    local = at.astimezone(window.zone)
    return window.is_open_on(local.date()) and window.start <= local.time() < window.end


@given(
    at=MOMENTS, zone=st.sampled_from(ZONES), country=st.sampled_from(["", "DE", "US", "BR", "NZ"])
)
@settings(max_examples=600 * TIMES)
def test_mail_goes_within_the_hours_and_not_later_than_it_could(at, zone, country):
    window = Window(**WORK, zone=zone, country=country)

    moment = next_open(at, window)

    assert moment >= at
    assert is_open(moment, window)
    # Nothing before it was open: it is `at` itself, or the opening of its day.
    if moment != at:
        opening, _ = window.opening(moment.astimezone(zone).date())
        assert moment == opening
        assert not is_open(at, window)


@given(at=MOMENTS, zone=st.sampled_from(ZONES), count=st.integers(1, 12))
@settings(max_examples=400 * TIMES)
def test_a_wait_counts_business_days_by_the_calendar(at, zone, count):
    window = Window(**WORK, zone=zone)
    at = next_open(at, window)

    moment = after_business_days(at, count, window)

    assert is_open(moment, window)
    begin, end = at.astimezone(zone).date(), moment.astimezone(zone).date()
    days = [begin + timedelta(days=number) for number in range(1, (end - begin).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == count


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_daily_step_comes_on_each_business_day_of_three_years_once(zone):
    """Both changes of the clock, the 29th of February, and every weekend."""
    window = Window(**WORK, zone=zone, country="DE")
    moment, seen = next_open(START, window), []
    while moment < START + timedelta(days=3 * 365):
        seen.append(moment.astimezone(zone).date())
        assert is_open(moment, window)
        moment = after_business_days(moment, 1, window)

    wanted = [
        day
        for number in range((seen[-1] - seen[0]).days + 1)
        if window.is_open_on(day := seen[0] + timedelta(days=number))
    ]
    assert seen == wanted


@given(
    at=MOMENTS,
    zone=st.sampled_from(ZONES),
    theirs=st.sampled_from(ZONES),
    hours=st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda pair: pair[0] != pair[1]),
)
@settings(max_examples=400 * TIMES)
def test_nobody_is_written_to_in_their_quiet_hours(at, zone, theirs, hours):
    quiet = Quiet(time(hours[0]), time(hours[1]), theirs)

    moment = next_open(at, Window(**WORK, zone=zone), quiet)

    assert moment >= at
    assert quiet.until(moment) == moment


def test_a_person_who_moves_is_written_to_by_their_new_clock():
    at = datetime(2026, 7, 6, 12, tzinfo=UTC)

    in_berlin = next_open(at, Window(**WORK, zone=ZoneInfo("Europe/Berlin")))
    in_auckland = next_open(at, Window(**WORK, zone=ZoneInfo("Pacific/Auckland")))

    assert in_berlin == at
    assert in_auckland == datetime(2026, 7, 6, 21, tzinfo=UTC)


def test_a_holiday_on_a_monday_waits_for_tuesday():
    """Easter Monday 2027."""
    window = Window(**WORK, zone=ZoneInfo("Europe/Berlin"), country="DE")
    friday = datetime(2027, 3, 25, 15, tzinfo=UTC)

    assert after_business_days(friday, 1, window).date() == date(2027, 3, 30)


def test_a_fixed_day_that_is_closed_goes_to_the_next_open_one():
    window = Window(**WORK, zone=ZoneInfo("Europe/Berlin"), country="DE")

    moment = opening_on(date(2026, 12, 25), datetime(2026, 12, 1, tzinfo=UTC), window)

    assert moment == datetime(2026, 12, 28, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("PL", "Europe/Warsaw"),
        ("IN", "Asia/Kolkata"),
        ("DE", "Europe/Berlin"),
        ("US", ""),
        ("", ""),
    ],
)
def test_a_country_has_a_zone_only_where_everybodys_clock_shows_the_same(country, zone):
    assert zone_of_country(country) == zone
