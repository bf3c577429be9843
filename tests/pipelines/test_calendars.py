"""Calendar data against the rules of RFC 5545 and RFC 5546, read back by a second parser."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from pipelines.calendars import Entry, Party, cancellation, feed, invitation

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ROBIN = Party('Robin "Rob" Roe', "robin@acme.example")
ANA = Party("Ana Sousa; Ph.D., MBA", "ana@example.com")


def entry(**more) -> Entry:
    start = datetime(2026, 3, 29, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    values = {
        "uid": "b2a6a1e0-3f0e-4b7f-9d0e-000000000001",
        "sequence": 0,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=45),
        "summary": "Technical interview",
    }
    return Entry(**values | more)


def lines(text: str) -> list[str]:
    """Content lines, unfolded (RFC 5545, 3.1)."""
    return text.replace("\r\n ", "").split("\r\n")


def assert_well_formed(text: str) -> None:
    """What RFC 5545, 3.1 and 3.6 ask of every stream."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75, line
    unfolded = lines(text)
    assert unfolded[0] == "BEGIN:VCALENDAR"
    assert unfolded[-2] == "END:VCALENDAR"
    for name in ("VERSION:2.0", "PRODID:-//Rapport//Interviews//EN"):
        assert unfolded.count(name) == 1
    assert sum(line.startswith("METHOD:") for line in unfolded) == 1
    events = text.count("BEGIN:VEVENT")
    for name in ("UID", "DTSTAMP", "DTSTART"):
        found = [line for line in unfolded if line.split(":")[0].split(";")[0] == name]
        assert len(found) == events, name


def read(text: str):
    return vobject.readOne(text)


def test_invitation_is_a_request_that_any_calendar_reads():
    text = invitation(
        entry(place="Room 4; second floor, left", description="Line one\nLine two, with; signs"),
        organizer=ROBIN,
        guest=ANA,
        now=NOW,
    )

    assert_well_formed(text)
    calendar = read(text)
    event = calendar.vevent
    assert calendar.method.value == "REQUEST"
    assert event.uid.value == "b2a6a1e0-3f0e-4b7f-9d0e-000000000001"
    assert event.sequence.value == "0"
    assert event.status.value == "CONFIRMED"
    assert event.location.value == "Room 4; second floor, left"
    assert event.description.value == "Line one\nLine two, with; signs"
    assert event.organizer.value == "mailto:robin@acme.example"
    assert event.organizer.params["CN"] == ["Robin Rob Roe"]
    assert event.attendee.value == "mailto:ana@example.com"
    assert event.attendee.params["CN"] == ["Ana Sousa; Ph.D., MBA"]
    assert event.attendee.params["PARTSTAT"] == ["NEEDS-ACTION"]
    assert event.attendee.params["RSVP"] == ["TRUE"]
    assert event.dtstamp.value == NOW


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # Clocks go forward in Berlin at 02:00 on 29 March 2026, and back at 03:00 on 25 October.
        (datetime(2026, 3, 28, 10, tzinfo=BERLIN), "20260328T090000Z"),
        (datetime(2026, 3, 29, 10, tzinfo=BERLIN), "20260329T080000Z"),
        (datetime(2026, 10, 25, 1, tzinfo=BERLIN), "20261024T230000Z"),
        (datetime(2026, 10, 25, 10, tzinfo=BERLIN), "20261025T090000Z"),
    ],
)
def test_times_are_right_around_changes_of_clocks(start, expected):

    text = invitation(
        entry(starts_at=start, ends_at=start + timedelta(hours=1)),
        organizer=ROBIN,
        guest=ANA,
        now=NOW,
    )

    assert f"DTSTART:{expected}" in lines(text)


def test_cancellation_names_the_same_entry_in_a_later_state():
    invited = read(invitation(entry(), organizer=ROBIN, guest=ANA, now=NOW)).vevent
    text = cancellation(entry(sequence=1), organizer=ROBIN, guest=ANA, now=NOW)

    assert_well_formed(text)
    calendar = read(text)
    cancelled = calendar.vevent
    assert calendar.method.value == "CANCEL"
    assert cancelled.status.value == "CANCELLED"
    assert cancelled.uid.value == invited.uid.value
    assert int(cancelled.sequence.value) > int(invited.sequence.value)
    # RFC 5546, 3.2.5: organizer, and the attendee who is told.
    assert cancelled.organizer.value == invited.organizer.value
    assert cancelled.attendee.value == invited.attendee.value


def test_feed_holds_entries_without_guests():
    text = feed(
        "Interviews at Acme",
        [entry(), entry(uid="other", is_cancelled=True)],
        now=NOW,
    )

    assert_well_formed(text)
    calendar = read(text)
    assert calendar.method.value == "PUBLISH"
    assert calendar.contents["x-wr-calname"][0].value == "Interviews at Acme"
    first, second = calendar.vevent_list
    assert (first.status.value, second.status.value) == ("CONFIRMED", "CANCELLED")
    # RFC 5546, 3.2.1: a published entry has no attendees.
    assert "attendee" not in first.contents
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines(text)


def test_empty_feed_is_still_a_calendar():
    assert lines(feed("Nothing", [], now=NOW))[0] == "BEGIN:VCALENDAR"


WORDS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029"),
    max_size=120,
)


@given(summary=WORDS, description=WORDS, place=WORDS, name=WORDS, minutes=st.integers(-840, 840))
def test_no_text_breaks_the_stream(summary, description, place, name, minutes):
    start = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(minutes=minutes)))

    text = invitation(
        entry(
            summary=summary,
            description=description,
            place=place,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
        ),
        organizer=Party(name, "robin@acme.example"),
        guest=ANA,
        now=NOW,
    )

    assert_well_formed(text)
    event = read(text).vevent
    assert event.summary.value == " ".join(summary.split())
    assert event.dtstart.value == start
    assert event.organizer.value == "mailto:robin@acme.example"


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r"])
def test_nothing_can_be_smuggled_in(break_):
    hostile = f"x{break_}ATTENDEE:mailto:victim@example.com"

    text = invitation(
        entry(summary=hostile, place=hostile, description=hostile),
        organizer=Party(hostile, "robin@acme.example"),
        guest=ANA,
        now=NOW,
    )

    assert_well_formed(text)
    assert len(read(text).vevent.attendee_list) == 1
