"""The caps, as one set of rules: followed when mail goes, and replayed when its days are foretold.

What has gone is asked of a ledger: the database's when it counts, one in memory when a plan is made.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from campaigns.models import Enrollment, Message, Sender, SendingRules, Sequence
from candidates.public_mail import PUBLIC_MAIL
from crm.tenancy.bulk import among

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
# What is counted: mails of a sender, to a domain, to a person, of everybody; people who start a sequence.
Key = tuple[str, Any]
EVERYBODY: Key = ("organization", None)


class Ledger(Protocol):
    """Knows when things happened."""

    def latest(self, key: Key, count: int, since: datetime) -> list[datetime]:
        """The latest `count` moments after `since`, the latest first."""

    def nth(self, key: Key, number: int, since: datetime) -> datetime | None:
        """The `number`th latest moment after `since`, if there are as many."""


class DatabaseLedger:
    """What has really gone: counted to the second, whatever was restarted meanwhile."""

    def latest(self, key: Key, count: int, since: datetime) -> list[datetime]:
        return list(self._moments(key, since)[:count])

    def nth(self, key: Key, number: int, since: datetime) -> datetime | None:
        found = list(self._moments(key, since)[number - 1 : number])
        return found[0] if found else None

    def _moments(self, key: Key, since: datetime) -> Any:
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


def free_at(ledger: Ledger, key: Key, cap: int | None, span: timedelta, now: datetime) -> datetime:
    """When the `span` before it holds fewer than `cap`; `now` if it does already."""
    if cap is None:
        return now
    if cap == 0:
        return now + span
    # Among the latest `cap`, the first one makes room for the next.
    full = ledger.nth(key, cap, now - span)
    return full + span if full else now


def wait_of_organization(rules: SendingRules, ledger: Ledger, now: datetime) -> Wait | None:
    free = free_at(ledger, EVERYBODY, rules.daily_cap, DAY, now)
    because = f"The organization's cap of {rules.daily_cap} in 24 hours"
    return Wait(free, because, EVERYBODY) if free > now else None


def wait_of_sender(sender: Sender, ledger: Ledger, now: datetime) -> Wait | None:
    key = ("sender", sender.pk)
    daily = free_at(ledger, key, sender.daily_cap, DAY, now)
    hourly = free_at(ledger, key, sender.hourly_cap, HOUR, now)
    if max(daily, hourly) <= now:
        return None
    if daily >= hourly:
        return Wait(daily, f"The sender's cap of {sender.daily_cap} in 24 hours", key)
    return Wait(hourly, f"The sender's cap of {sender.hourly_cap} in an hour", key)


def wait_of_domain(domain: str, rules: SendingRules, ledger: Ledger, now: datetime) -> Wait | None:
    """One company does not get everybody's mail on one day. Public mail services are no company."""
    if not domain or domain in PUBLIC_MAIL:
        return None
    free = free_at(ledger, ("domain", domain), rules.domain_cap, DAY, now)
    because = f"{rules.domain_cap} mails to {domain} in 24 hours"
    return Wait(free, because, ("domain", domain)) if free > now else None


def wait_of_person(
    candidate_id: int, rules: SendingRules, ledger: Ledger, now: datetime
) -> Wait | None:
    """The contact budget: what one person gets from everybody together."""
    span = timedelta(days=rules.budget_days)
    key = ("candidate", candidate_id)
    free = free_at(ledger, key, rules.budget_mails, span, now)
    because = f"Contact budget: {rules.budget_mails} mails in {rules.budget_days} days"
    return Wait(free, because, key) if free > now else None


class Line(Protocol):
    """Who stands in line already."""

    def on_the_way(self, sender_id: int) -> int:
        """Mails of a sender that are queued and have not gone."""

    def waiting(self, sequence: Sequence, before: int) -> tuple[int, int]:
        """People who wait to start, and came before number `before`: on this sequence, and on all of its sender."""


class StartGate:
    """Lets as many people start as the caps have room for at one moment; the others wait in their order.

    Follow-ups are not asked: they go before new starts, so that nobody waits weeks for a second mail
    because hundreds of first ones stand before it.
    """

    def __init__(self, ledger: Ledger, line: Line, now: datetime) -> None:
        self.ledger, self.line, self.now = ledger, line, now
        self._starts: dict[int, list[datetime]] = {}
        self._handed: dict[int, list[datetime]] = {}
        self._refused: dict[Key, int] = {}

    def take_place(self, sender: Sender) -> None:
        """A follow-up goes first: one place of the sender less for those who start."""
        self._handed_of(sender).append(self.now)

    def admit(
        self, sequence: Sequence, sender: Sender, *, number: int, is_mail: bool
    ) -> Wait | None:
        """None if the next one in line may start now: it then counts. `number` tells who came first."""
        starts = self._starts_of(sequence)
        handed = self._handed_of(sender)
        waits: list[Wait] = []
        cap = sequence.starts_per_day
        if cap is not None and len(starts) >= cap:
            because = f"{cap} people start in 24 hours"
            key = ("starts", sequence.pk)
            waits.append(self._place(starts, cap, because, key, sequence, number))
        if is_mail and len(handed) >= sender.daily_cap:
            because = f"The sender's cap of {sender.daily_cap} in 24 hours"
            key = ("sender", sender.pk)
            waits.append(self._place(handed, sender.daily_cap, because, key, sequence, number))
        if waits:
            return max(waits, key=lambda wait: wait.until)
        starts.append(self.now)
        if is_mail:
            handed.append(self.now)
        return None

    def _starts_of(self, sequence: Sequence) -> list[datetime]:
        if sequence.pk not in self._starts:
            key = ("starts", sequence.pk)
            self._starts[sequence.pk] = self._latest(key, sequence.starts_per_day or 0)
        return self._starts[sequence.pk]

    def _handed_of(self, sender: Sender) -> list[datetime]:
        if sender.pk not in self._handed:
            handed = self._latest(("sender", sender.pk), sender.daily_cap)
            self._handed[sender.pk] = handed + [self.now] * self.line.on_the_way(sender.pk)
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
    ) -> Wait:
        """When a place is free for whoever stands behind all that wait already."""
        if key not in self._refused:
            of_sequence, of_sender = self.line.waiting(sequence, number)
            self._refused[key] = of_sequence if key[0] == "starts" else of_sender
        behind = self._refused[key]
        self._refused[key] += 1
        if cap == 0:
            return Wait(self.now + DAY, because, key)
        rounds, place = divmod(behind, cap)
        return Wait(taken[-cap:][place] + DAY * (rounds + 1), because, key)
