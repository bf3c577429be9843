"""Calendar data (RFC 5545) and what invites, changes, takes back and answers by mail (iTIP, RFC 5546).

An entry keeps its UID for life; SEQUENCE rises with every change of time and with the cancellation, so that
calendars know which of two mails is the later one whatever the order they arrive in. Times are in UTC: no
calendar has to know our time zones, and none can be an hour off when clocks change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Component, Event, vCalAddress, vDuration, vText

PRODUCT = "-//Rapport//Interviews//EN"
# How often calendars may look whether a feed has changed.
FEED_REFRESH = timedelta(hours=1)


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"
    REPLY = "REPLY"


@dataclass(frozen=True)
class Party:
    """Somebody with a name and an address."""

    name: str
    address: str


@dataclass(frozen=True)
class Entry:
    """One appointment as a calendar shows it."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str = ""
    place: str = ""
    url: str = ""
    is_cancelled: bool = False


def invitation(entry: Entry, *, organizer: Party, guest: Party, now: datetime) -> str:
    """METHOD:REQUEST for one guest: a new entry, or the change of one with the same UID."""
    event = _event(entry, now)
    event.add("organizer", _address(organizer))
    event.add("attendee", _guest(guest), encode=False)
    return _text(Method.REQUEST, [event])


def cancellation(entry: Entry, *, organizer: Party, guest: Party, now: datetime) -> str:
    """METHOD:CANCEL for one guest, who has the entry from an earlier invitation."""
    event = _event(entry, now)
    event["status"] = vText("CANCELLED")
    event.add("organizer", _address(organizer))
    event.add("attendee", _guest(guest), encode=False)
    return _text(Method.CANCEL, [event])


@dataclass(frozen=True)
class Reply:
    """What somebody's calendar answered to an invitation: `answer` is a PARTSTAT, such as DECLINED.

    `said_at` tells two answers to the same invitation apart, `comment` is what the person wrote beside it.
    """

    uid: str
    address: str
    answer: str
    sequence: int
    said_at: str = ""
    comment: str = ""


def read_reply(text: str) -> Reply | None:
    """The answer in a calendar from outside; None where it is none, or cannot be read."""
    try:
        calendar = Calendar.from_ical(text)
        event = next(iter(calendar.walk("VEVENT")), None)
        if event is None or str(calendar.get("method", "")).upper() != Method.REPLY:
            return None
        attendee = event.get("attendee")
        # A reply names the one who answers (RFC 5546, 3.2.3).
        if isinstance(attendee, list) or not attendee:
            return None
        said_at = event.get("dtstamp")
        return Reply(
            uid=str(event.get("uid", "")),
            address=str(attendee).lower().removeprefix("mailto:").strip(),
            answer=str(attendee.params.get("PARTSTAT", "")).upper(),
            sequence=int(event.get("sequence", 0)),
            said_at=str(said_at.to_ical(), "utf-8")[:20] if said_at else "",
            comment=_comment(event),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _comment(event: Component) -> str:
    """What was written beside an answer; it may stand there several times (RFC 5545, 3.8.1.4)."""
    found = event.get("comment", [])
    return _line(" ".join(map(str, found if isinstance(found, list) else [found])))


def read_entry(text: str) -> tuple[str, Entry] | None:
    """The method and the first entry of a calendar as one of ours is written; None where it cannot be read."""
    try:
        calendar = Calendar.from_ical(text)
        event = next(iter(calendar.walk("VEVENT")))
        return str(calendar.get("method", "")).upper(), Entry(
            uid=str(event.get("uid", "")),
            sequence=int(event.get("sequence", 0)),
            starts_at=event.decoded("dtstart"),
            ends_at=event.decoded("dtend"),
            summary=str(event.get("summary", "")),
            description=str(event.get("description", "")),
            place=str(event.get("location", "")),
            url=str(event.get("url", "")),
            is_cancelled=event.get("status") == "CANCELLED",
        )
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError):
        return None


def feed(name: str, entries: Iterable[Entry], *, now: datetime) -> str:
    """METHOD:PUBLISH: entries that a calendar subscribes to."""
    calendar = _calendar(Method.PUBLISH)
    calendar.add("x-wr-calname", name)
    calendar.add("name", name)
    calendar.add("refresh-interval", vDuration(FEED_REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(FEED_REFRESH))
    for entry in entries:
        calendar.add_component(_event(entry, now))
    return str(calendar.to_ical(), "utf-8")


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _text(method: Method, events: Iterable[Event]) -> str:
    calendar = _calendar(method)
    for event in events:
        calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _event(entry: Entry, now: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("summary", _line(entry.summary))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.is_cancelled else "OPAQUE")
    for name, value in (("description", entry.description), ("location", _line(entry.place))):
        if value:
            event.add(name, value)
    if entry.url:
        event.add("url", entry.url)
    return event


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.address}")
    name = _name(party.name)
    if name:
        address.params["CN"] = vText(name)
    return address


def _guest(party: Party) -> vCalAddress:
    address = _address(party)
    address.params["CUTYPE"] = vText("INDIVIDUAL")
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText("NEEDS-ACTION")
    address.params["RSVP"] = vText("TRUE")
    return address


def _line(text: str) -> str:
    return " ".join(text.split())


def _name(text: str) -> str:
    """A parameter's value can hold neither a double quote nor a control character (RFC 5545, 3.1)."""
    return "".join(letter for letter in _line(text) if letter != '"' and letter.isprintable())
