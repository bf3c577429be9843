"""The caps, as one set of rules: followed when mail goes, and replayed when its days are foretold.

What has gone is asked of a ledger: the database's when it counts, one in memory when a plan is made.
"""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from django.contrib.postgres.expressions import ArraySubquery

from campaigns.models import Enrollment, Message, Sender, SendingRules, Sequence
from campaigns.schedule import after_business_days, next_open
from campaigns.services.locating import Hours
from candidates.public_mail import PUBLIC_MAIL
from crm.tenancy.bulk import among

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
# What is counted: mails of a sender, to a domain, to a person, of everybody; people who start a sequence.
Key = tuple[str, Any]
EVERYBODY: Key = ("organization", None)
# How the words begin of a mail that waits for its person's sake.
BUDGET = "Contact budget"


class Ledger(Protocol):
    """Knows when things happened."""

    def nth(self, key: Key, number: int, since: datetime) -> datetime | None:
        """The `number`th latest moment after `since`, if there are as many."""


class Latest(Protocol):
    """Knows when the latest things happened."""

    def latest(self, key: Key, count: int, since: datetime) -> list[datetime]:
        """The latest `count` moments after `since`, the latest first."""


class DatabaseLedger:
    """What has really gone: counted to the second, whatever was restarted meanwhile."""

    def latest(self, key: Key, count: int, since: datetime) -> list[datetime]:
        return list(_moments(key, since)[:count])


def _moments(key: Key, since: datetime) -> Any:
    kind, of = key
    if kind == "starts":
        started = Enrollment.objects.filter(sequence=of, started_at__gt=since)
        return started.order_by("-started_at").values_list("started_at", flat=True)
    mails = Message.objects.filter(direction=Message.Direction.OUT, handed_at__gt=since)
    wanted = {
        "sender": {"sender": of},
        "domain": {"to_domain": of},
        "candidate": {"candidate": of},
        "organization": {},
    }[kind]
    return mails.filter(**wanted).order_by("-handed_at").values_list("handed_at", flat=True)


@dataclass(frozen=True)
class Cap:
    """At most `most` of `key` in any `span`."""

    key: Key
    most: int
    span: timedelta
    because: str


class MailLedger:
    """What the caps of one mail must know of all that has gone: one statement, when it is first asked, for all of them.

    A cap asks for one moment alone, and once the mail itself counts, for the moment after it: both are read.
    The organization's rules are there, and locked: nothing else is counted meanwhile.
    """

    def __init__(self, caps: Iterable[Cap], now: datetime) -> None:
        # Of two caps with the same number the longer one last: it reads what both have to know.
        self.caps = sorted((cap for cap in caps if cap.most), key=lambda cap: cap.span)
        self.now = now
        self.is_counted = False

    def count(self) -> None:
        """The mail itself goes."""
        self.is_counted = True

    def nth(self, key: Key, number: int, since: datetime) -> datetime | None:
        place = number - self.is_counted
        at = self._places[key, number].get(place) if place else self.now
        return at if at and at > since else None

    @cached_property
    def _places(self) -> dict[tuple[Key, int], dict[int, datetime]]:
        """Of each cap the moments that it may ask for, by their place from the latest on."""
        asked = {
            f"of_{number}": ArraySubquery(
                _moments(cap.key, self.now - cap.span)[max(cap.most - 2, 0) : cap.most]
            )
            for number, cap in enumerate(self.caps)
        }
        found = SendingRules.objects.values_list(*asked.values()).get()
        return {
            (cap.key, cap.most): dict(enumerate(moments, start=max(cap.most - 1, 1)))
            for cap, moments in zip(self.caps, found, strict=True)
        }


@dataclass
class MemoryLedger:
    """What a plan supposes to have gone."""

    moments: dict[Key, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: Key, at: datetime | None) -> None:
        if at is None:
            return
        moments = self.moments[key]
        if moments and at < moments[-1]:
            insort(moments, at)
        else:
            moments.append(at)

    def latest(self, key: Key, count: int, since: datetime) -> list[datetime]:
        moments = self.moments.get(key, [])
        return [at for at in reversed(moments[-count:]) if at > since] if count else []

    def nth(self, key: Key, number: int, since: datetime) -> datetime | None:
        moments = self.moments.get(key, [])
        at = moments[-number] if 0 < number <= len(moments) else None
        return at if at and at > since else None

    @classmethod
    def of_database(
        cls,
        now: datetime,
        *,
        senders: Iterable[int],
        candidates: Iterable[int],
        sequence: int,
        budget: timedelta,
    ) -> "MemoryLedger":
        """What the caps of the days ahead count of the days before `now`."""
        ledger = cls()
        out = Message.objects.filter(direction=Message.Direction.OUT)
        recent = out.filter(handed_at__gt=now - DAY).order_by("handed_at")
        senders = set(senders)
        for handed_at, sender, domain in recent.values_list("handed_at", "sender", "to_domain"):
            ledger.add(EVERYBODY, handed_at)
            ledger.add(("domain", domain), handed_at)
            if sender in senders:
                ledger.add(("sender", sender), handed_at)
        theirs = out.filter(candidate__in=among(candidates), handed_at__gt=now - budget)
        for handed_at, candidate in theirs.order_by("handed_at").values_list(
            "handed_at", "candidate"
        ):
            ledger.add(("candidate", candidate), handed_at)
        starts = Enrollment.objects.filter(sequence=sequence, started_at__gt=now - DAY)
        for started_at in starts.order_by("started_at").values_list("started_at", flat=True):
            ledger.add(("starts", sequence), started_at)
        return ledger


@dataclass(frozen=True)
class Wait:
    """Until when something waits, why, and which key is full."""

    until: datetime
    because: str
    key: Key


def of_organization(rules: SendingRules) -> list[Cap]:
    if rules.daily_cap is None:
        return []
    because = f"The organization's cap of {rules.daily_cap} in 24 hours"
    return [Cap(EVERYBODY, rules.daily_cap, DAY, because)]


def of_sender(sender: Sender) -> list[Cap]:
    key = ("sender", sender.pk)
    words = "The sender's cap of"
    caps = [Cap(key, sender.daily_cap, DAY, f"{words} {sender.daily_cap} in 24 hours")]
    if sender.hourly_cap is not None:
        caps.append(Cap(key, sender.hourly_cap, HOUR, f"{words} {sender.hourly_cap} in an hour"))
    return caps


def of_domain(domain: str, rules: SendingRules) -> list[Cap]:
    """One company does not get everybody's mail on one day. Public mail services are no company."""
    if not domain or domain in PUBLIC_MAIL:
        return []
    because = f"{rules.domain_cap} mails to {domain} in 24 hours"
    return [Cap(("domain", domain), rules.domain_cap, DAY, because)]


def of_person(candidate_id: int | None, rules: SendingRules) -> list[Cap]:
    """The contact budget: what one person gets from everybody together."""
    because = f"{BUDGET}: {rules.budget_mails} mails in {rules.budget_days} days"
    span = timedelta(days=rules.budget_days)
    return [Cap(("candidate", candidate_id), rules.budget_mails, span, because)]


def wait_of(caps: Iterable[Cap], ledger: Ledger, now: datetime) -> Wait | None:
    """The longest wait for one of these caps; None where all have room."""
    waits = [
        Wait(free, cap.because, cap.key)
        for cap in caps
        if (free := _free_at(cap, ledger, now)) > now
    ]
    return max(waits, key=lambda wait: wait.until, default=None)


def _free_at(cap: Cap, ledger: Ledger, now: datetime) -> datetime:
    """When the span before it holds fewer than the most; `now` if it does already."""
    if cap.most == 0:
        return now + cap.span
    # Among the latest `most`, the first one makes room for the next.
    full = ledger.nth(cap.key, cap.most, now - cap.span)
    return full + cap.span if full else now


def rests(mail: Message, enrollment: Enrollment) -> bool:
    """Whether a queued mail of a sequence that is not due yet waits for its person's sake: the sender does not."""
    return bool(enrollment.waits_for) or mail.waits_for.startswith(BUDGET)


def without_place(queued: int, cap: Cap, handed: int) -> int:
    """How many of the mails that are queued for one company its cap keeps from going within its span."""
    return max(queued - max(cap.most - handed, 0), 0)


class Line(Protocol):
    """Who stands in line already."""

    def on_the_way(self, sender_id: int, now: datetime, followed: Counter[str]) -> int:
        """Queued mails that take a place of a sender: not those of whom is paused or away, or beyond a company's cap.

        `followed`: by domain how many follow-ups come into the queue at this moment.
        """

    def waiting(self, sequence: Sequence, before: int) -> tuple[int, int]:
        """People who wait to start, and came before number `before`: on this sequence, and on all of its sender."""


class StartGate:
    """Lets as many people start as the caps have room for at one moment; the others wait in their order.

    Follow-ups are not asked: they go before new starts, so that nobody waits weeks for a second mail
    because hundreds of first ones stand before it.
    """

    def __init__(self, ledger: Latest, line: Line, now: datetime) -> None:
        self.ledger, self.line, self.now = ledger, line, now
        self._starts: dict[int, list[datetime]] = {}
        self._handed: dict[int, list[datetime]] = {}
        self._followed: dict[int, Counter[str]] = defaultdict(Counter)
        self._refused: dict[Key, int] = {}
        self._openings: dict[tuple[datetime, int, Hours], datetime] = {}

    def take_place(self, sender: Sender, domain: str) -> None:
        """A follow-up goes first, and is told before anybody asks to start: one place of the sender less for them."""
        self._followed[sender.pk][domain] += 1

    def admit(
        self, sequence: Sequence, sender: Sender, *, number: int, is_mail: bool, hours: Hours
    ) -> Wait | None:
        """None if the next one in line may start now: it then counts. `number` tells who came first.

        A wait ends within `hours`, at the earliest moment at which there may be a place: follow-ups take some till then.
        """
        # What is in the queue by now goes then.
        opens = self._open(self.now, 0, hours)
        starts = self._starts_of(sequence)
        handed = self._handed_of(sender, opens)
        waits: list[Wait] = []
        cap = sequence.starts_per_day
        if cap is not None and len(starts) >= cap:
            because = f"{cap} people start in 24 hours"
            key = ("starts", sequence.pk)
            waits.append(self._place(starts, cap, because, key, sequence, number, hours))
        if is_mail and len(handed) >= sender.daily_cap:
            because = f"The sender's cap of {sender.daily_cap} in 24 hours"
            key = ("sender", sender.pk)
            waits.append(
                self._place(handed, sender.daily_cap, because, key, sequence, number, hours)
            )
        if waits:
            return max(waits, key=lambda wait: wait.until)
        starts.append(self.now)
        if is_mail:
            handed.append(opens)
        return None

    def _starts_of(self, sequence: Sequence) -> list[datetime]:
        if sequence.pk not in self._starts:
            key = ("starts", sequence.pk)
            self._starts[sequence.pk] = self._latest(key, sequence.starts_per_day or 0)
        return self._starts[sequence.pk]

    def _handed_of(self, sender: Sender, opens: datetime) -> list[datetime]:
        if sender.pk not in self._handed:
            handed = self._latest(("sender", sender.pk), sender.daily_cap)
            going = self.line.on_the_way(sender.pk, self.now, self._followed[sender.pk])
            self._handed[sender.pk] = handed + [opens] * going
        return self._handed[sender.pk]

    def _latest(self, key: Key, count: int) -> list[datetime]:
        return list(reversed(self.ledger.latest(key, count, self.now - DAY)))

    def _place(
        self,
        taken: list[datetime],
        cap: int,
        because: str,
        key: Key,
        sequence: Sequence,
        number: int,
        hours: Hours,
    ) -> Wait:
        """When a place is free for whoever stands behind all that wait already."""
        if key not in self._refused:
            of_sequence, of_sender = self.line.waiting(sequence, number)
            self._refused[key] = of_sequence if key[0] == "starts" else of_sender
        behind = self._refused[key]
        self._refused[key] += 1
        rounds, place = divmod(behind, cap) if cap else (0, 0)
        free = (taken[-cap:][place] if cap else self.now) + DAY
        # A place a day for each, on days on which mail goes.
        return Wait(self._open(free, rounds, hours), because, key)

    def _open(self, at: datetime, days: int, hours: Hours) -> datetime:
        """The first open moment from `at` on, or so many of its days later: asked once for all who share it."""
        asked = (at, days, hours)
        if asked not in self._openings:
            first = next_open(at, hours.window, hours.quiet)
            self._openings[asked] = after_business_days(first, days, hours.window, hours.quiet)
        return self._openings[asked]
