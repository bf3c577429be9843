"""The days ahead: the scheduler's own rules, replayed in memory for people who are not enrolled yet.

Steps fall due, starts pass the gate, mails wait for hours, caps and budgets exactly as they will, beside
everything that is planned already; only that nobody answers is supposed, and the usual gap between mails.
"""

import heapq
from bisect import bisect_left, insort
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from collections.abc import Sequence as Rows
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from time import perf_counter

from django.db.models import Exists, OuterRef

from campaigns import clock
from campaigns.models import Enrollment, Message, Sender, SendingRules, Sequence, Step
from campaigns.schedule import after_business_days, next_open
from campaigns.services import composing, enrolling, limits, locating, pacing, timing
from campaigns.services.locating import Hours
from campaigns.services.plans import Day, Plan
from campaigns.services.sending_rules import sending_rules
from candidates.models import Candidate, EmailAddress
from crm.tenancy.bulk import among

HORIZON = timedelta(days=3 * 365)
# Work of other sequences and people that is looked at beside the new ones.
MOST_OTHERS = 20_000
# Of more people the first are played through: the page says so.
MOST_PLAYED = 3000
# Turns of anybody that are played, and seconds: somebody waits. Of what is not over by then the page says so, too.
MOST_TURNS, MOST_SECONDS = 600_000, 8.0
USUAL_GAP = (1 + pacing.LONGEST_GAP) / 2


@dataclass
class _Walker:
    """Somebody on their way through a sequence."""

    candidate_id: int
    sequence: Sequence
    steps: Rows[Step]
    place: int
    hours: Hours
    domain: str
    is_new: bool
    started: bool = False
    # Who came first has the lower one.
    number: int = 0
    # The mail of the step stands in the queue; `rests`: until a day of its own, and takes no place of the sender.
    has_mail: bool = False
    rests: bool = False
    # Was sent back by the gate.
    is_late: bool = False


def foretell(
    sequence: Sequence,
    candidates: Rows[Candidate],
    *,
    now: datetime | None = None,
    seconds: float | None = None,
) -> Plan:
    """How `candidates` would go through `sequence` if they were enrolled now, as far as that is found out in so many
    seconds (MOST_SECONDS unless told). Changes nothing.
    """
    now = now or clock.now()
    return _Replay(sequence, now).run(candidates, MOST_SECONDS if seconds is None else seconds)


class _Replay:
    def __init__(self, sequence: Sequence, now: datetime) -> None:
        self.sequence, self.now = sequence, now
        self.sender: Sender = sequence.sender
        self.rules: SendingRules = sending_rules()
        self.of_organization = limits.of_organization(self.rules)
        self.of_sender = limits.of_sender(self.sender)
        self.plan = Plan()
        self.days: dict[date, Day] = {}
        self.events: list[tuple[datetime, int, _Walker]] = []
        self.order, self.numbers = count(), count()
        self.sender_free_at = max(now, self.sender.blocked_until or now)
        # Mails that take a place of the sender, in all and by domain, and the domains whose cap may count.
        self.queued = 0
        self.queued_to: Counter[str] = Counter()
        self.crowded: list[str] = []
        # Mails that wait for the sender, in their order; the first is called when it is free.
        self.line: deque[_Walker] = deque()
        self.called: _Walker | None = None
        # The numbers of those whom the gate sent back, in their order.
        self.late: dict[int, list[int]] = defaultdict(list)
        self.sent_back: list[_Walker] = []
        # New people who have not started, and who are not done.
        self.starting = self.left = 0

    def run(self, candidates: Rows[Candidate], seconds: float) -> Plan:
        if not candidates:
            return self.plan
        others = self._others()
        self.ledger = limits.MemoryLedger.of_database(
            self.now,
            senders=[self.sender.pk],
            candidates=[one.pk for one in candidates] + [one.candidate_id for one in others],
            sequence=self.sequence.pk,
            budget=timedelta(days=self.rules.budget_days),
        )
        new = self._add(candidates)
        self.starting = self.left = len(new)
        self.crowded = self._crowded([*others, *new])
        turns, at, ends = 0, self.now, perf_counter() + seconds
        while self.events and self.left and turns < MOST_TURNS and perf_counter() < ends:
            at, _, walker = heapq.heappop(self.events)
            if at > self.now + HORIZON:
                break
            same = [walker]
            while self.events and self.events[0][0] == at:
                same.append(heapq.heappop(self.events)[2])
            turns += len(same)
            for one in same:
                self._wake(one)
            # As they are claimed: whoever came first, of those who start.
            same.sort(key=lambda one: (not one.started, not one.started and one.number))
            gate = limits.StartGate(self.ledger, self, at)
            for one in same:
                self._step(one, at, gate)
            for one in self.sent_back:
                self._send_back(one)
            self.sent_back.clear()
        self.plan.days = sorted(self.days.values(), key=lambda day: day.on)
        self.plan.is_cut = self.left > 0
        if self.starting:
            self.plan.started_by = None
        if self.left:
            self.plan.finished_at = None
            self.plan.not_before = self._earliest_end(new, at)
        elif self.plan.finished_at and self._is_shared():
            zone = locating.zone_of_sender(self.sender)
            self.plan.is_shared = True
            self.plan.not_before = self.plan.finished_at.astimezone(zone).date()
            self.plan.started_by = self.plan.finished_at = None
        return self.plan

    def _is_shared(self) -> bool:
        """Whether other senders, who are not played through, may take places of the organization's cap."""
        if self.rules.daily_cap is None:
            return False
        running = Enrollment.objects.filter(
            sequence__sender=OuterRef("pk"),
            sequence__state=Sequence.State.ACTIVE,
            state=Enrollment.State.ACTIVE,
        )
        others = Sender.objects.filter(Exists(running)).exclude(pk=self.sender.pk)
        caps = sum(others.values_list("daily_cap", flat=True))
        return bool(caps) and caps + self.sender.daily_cap > self.rules.daily_cap

    def _earliest_end(self, new: list[_Walker], reached: datetime) -> date | None:
        """When it is over if from `reached` on all places of the sender are theirs."""
        steps = [step for walker in new for step in walker.steps[walker.place :]]
        mails = sum(step.kind == Step.Kind.MAIL for step in steps)
        if not mails or not self.sender.daily_cap:
            return None
        window = new[0].hours.window
        last = after_business_days(reached, (mails - 1) // self.sender.daily_cap, window)
        return last.astimezone(window.zone).date()

    def _wake(self, walker: _Walker) -> None:
        if walker.is_late:
            numbers = self.late[walker.sequence.pk]
            del numbers[bisect_left(numbers, walker.number)]
            walker.is_late = False
        if walker.rests:
            walker.rests = False
            self._take_place(walker, 1)

    def _send_back(self, walker: _Walker) -> None:
        walker.is_late = True
        insort(self.late[walker.sequence.pk], walker.number)

    def _take_place(self, walker: _Walker, places: int) -> None:
        self.queued += places
        self.queued_to[walker.domain] += places

    def _crowded(self, walkers: Iterable[_Walker]) -> list[str]:
        """Companies that may get more mails in a day than their cap: all mail of their people and of yesterday counted."""
        mails: Counter[str] = Counter()
        for walker in walkers:
            mails[walker.domain] += len(walker.steps)
        return [
            domain
            for domain, number in mails.items()
            for cap in limits.of_domain(domain, self.rules)
            if number + len(self.ledger.moments.get(cap.key, ())) > cap.most
        ]

    # What the gate asks of whoever stands in line.
    def on_the_way(self, sender_id: int, now: datetime, followed: Counter[str]) -> int:
        return self.queued - sum(
            limits.without_place(
                number, cap, len(self.ledger.latest(cap.key, cap.most, now - cap.span))
            )
            for domain in self.crowded
            if (number := self.queued_to[domain])
            for cap in limits.of_domain(domain, self.rules)
        )

    def waiting(self, sequence: Sequence, before: int) -> tuple[int, int]:
        counts = {pk: bisect_left(numbers, before) for pk, numbers in self.late.items()}
        return counts.get(sequence.pk, 0), sum(counts.values())

    def _join(self, at: datetime, walker: _Walker) -> None:
        walker.number = next(self.numbers)
        self._push(at, walker)

    def _push(self, at: datetime, walker: _Walker) -> None:
        heapq.heappush(self.events, (at, next(self.order), walker))

    def _add(self, candidates: Rows[Candidate]) -> list[_Walker]:
        steps = list(self.sequence.current_steps())
        if not steps:
            return []
        walkers = []
        places = locating.locate(candidates)
        domains = _domains(one.pk for one in candidates)
        for candidate in candidates:
            hours = locating.hours_of(self.sequence, self.sender, places[candidate.pk], self.rules)
            domain = domains.get(candidate.pk, "")
            walker = _Walker(candidate.pk, self.sequence, steps, 0, hours, domain, is_new=True)
            self._join(timing.due_of(steps[0], self.now, hours), walker)
            walkers.append(walker)
        return walkers

    def _others(self) -> list[_Walker]:
        """Whoever is on the sender's sequences already, with what they still have before them."""
        running = (
            Enrollment.objects.filter(
                sequence__sender=self.sender,
                sequence__state=Sequence.State.ACTIVE,
                state=Enrollment.State.ACTIVE,
            )
            .select_related("candidate", "sequence__sender")
            .order_by("pk")
        )
        people = list(running[:MOST_OTHERS])
        steps: dict[tuple[int, int], list[Step]] = defaultdict(list)
        for step in Step.objects.filter(sequence__in={one.sequence_id for one in people}).order_by(
            "position"
        ):
            steps[step.sequence_id, step.version].append(step)
        queued = Message.objects.filter(
            enrollment__in=among(one.pk for one in people), state__in=enrolling.IN_FLIGHT
        )
        mails = {
            mail.enrollment_id: mail
            for mail in queued.only("organization", "enrollment", "due_at", "waits_for")
        }
        places = locating.locate(one.candidate for one in people)
        domains = _domains(one.candidate_id for one in people)
        return [
            walker
            for one in people
            if (walker := self._other(one, steps, mails.get(one.pk), places, domains))
        ]

    def _other(
        self,
        enrollment: Enrollment,
        steps: dict[tuple[int, int], list[Step]],
        mail: Message | None,
        places: dict[int, locating.Place],
        domains: dict[int, str],
    ) -> _Walker | None:
        own = steps[enrollment.sequence_id, enrollment.version]
        due_at = mail.due_at if mail else None
        at = due_at or enrollment.next_at
        following = next(
            (place for place, step in enumerate(own) if step.pk == enrollment.next_step_id),
            len(own),
        )
        place = following - 1 if due_at else following
        if at is None or not 0 <= place < len(own):
            return None
        person = enrollment.candidate_id
        hours = locating.hours_of(enrollment.sequence, self.sender, places[person], self.rules)
        walker = _Walker(
            person,
            enrollment.sequence,
            own,
            place,
            hours,
            domains.get(person, ""),
            is_new=False,
            started=bool(enrollment.started_at),
            has_mail=bool(due_at),
        )
        self._join(max(at, self.now), walker)
        if mail and at > self.now and limits.rests(mail, enrollment):
            walker.rests = True
        elif mail:
            self._take_place(walker, 1)
        elif Enrollment.STARTS in enrollment.waits_for:
            self._send_back(walker)
        return walker

    def _step(self, walker: _Walker, at: datetime, gate: limits.StartGate) -> None:
        step = walker.steps[walker.place]
        if walker.has_mail:
            self._hand_over(walker, at)
        elif timing.has_passed(step, at, walker.hours):
            self.plan.passed_over += walker.is_new
            self._go_on(walker, at)
        elif self._may_start(walker, step, at, gate):
            if step.kind == Step.Kind.MAIL:
                walker.has_mail = True
                self._take_place(walker, 1)
                self._push(next_open(at, walker.hours.window, walker.hours.quiet), walker)
                return
            if step.kind in Step.BY_HAND and walker.is_new:
                self._day(at).by_hand += 1
            self._go_on(walker, at)

    def _may_start(self, walker: _Walker, step: Step, at: datetime, gate: limits.StartGate) -> bool:
        if walker.started:
            return True
        wait = gate.admit(
            walker.sequence,
            self.sender,
            number=walker.number,
            is_mail=step.kind == Step.Kind.MAIL,
            hours=walker.hours,
        )
        if wait is None:
            walker.started = True
            self.starting -= walker.is_new
            self.ledger.add(("starts", walker.sequence.pk), at)
            return True
        # Stands in line once this moment is over: until then the gate counts it itself.
        self.sent_back.append(walker)
        self._note(walker, wait.because)
        self._push(wait.until, walker)
        return False

    def _hand_over(self, walker: _Walker, at: datetime) -> None:
        """Hand the mail over if it is its turn; whoever comes later stands behind those who wait for the sender."""
        if walker is self.called:
            self.called = None
        elif self.called or at < self.sender_free_at:
            self.line.append(walker)
            self._call(at)
            return
        self._check(walker, at)
        self._call(at)

    def _call(self, at: datetime) -> None:
        """The next in line has their turn when the sender is free."""
        if self.line and self.called is None:
            self.called = self.line.popleft()
            self._push(max(at, self.sender_free_at), self.called)

    def _check(self, walker: _Walker, at: datetime) -> None:
        """What the last check asks, in its order; whoever must wait comes back then."""
        if timing.has_passed(walker.steps[walker.place], at, walker.hours):
            self.plan.passed_over += walker.is_new
            self._take_place(walker, -1)
            walker.has_mail = False
            self._go_on(walker, at)
            return
        full = self._wait_of(self.of_organization, at) or self._wait_of(self.of_sender, at)
        if full:
            self._note(walker, full.because)
            self.sender_free_at = full.until
            self.line.appendleft(walker)
            return
        opens = next_open(at, walker.hours.window, walker.hours.quiet)
        wait = (
            (
                limits.Wait(opens, pacing.outside(walker.hours), ("hours", None))
                if opens > at
                else None
            )
            or self._wait_of(limits.of_domain(walker.domain, self.rules), at)
            or self._wait_of(limits.of_person(walker.candidate_id, self.rules), at)
        )
        if wait:
            self._note(walker, wait.because)
            if wait.because.startswith(limits.BUDGET):
                walker.rests = True
                self._take_place(walker, -1)
            self._push(wait.until, walker)
            return
        self._count(walker, at)
        walker.has_mail = False
        self._go_on(walker, at)

    def _wait_of(self, caps: list[limits.Cap], at: datetime) -> limits.Wait | None:
        return limits.wait_of(caps, self.ledger, at)

    def _count(self, walker: _Walker, at: datetime) -> None:
        self._take_place(walker, -1)
        for key in (
            limits.EVERYBODY,
            ("sender", self.sender.pk),
            ("domain", walker.domain),
            ("candidate", walker.candidate_id),
        ):
            self.ledger.add(key, at)
        self.sender_free_at = at + timedelta(seconds=self.sender.gap_seconds * USUAL_GAP)
        if not walker.is_new:
            return
        self.plan.mails += 1
        day = self._day(at)
        if walker.place == 0:
            day.first += 1
            self.plan.started_by = at
        else:
            day.follow_ups += 1

    def _go_on(self, walker: _Walker, at: datetime) -> None:
        walker.place += 1
        if walker.place < len(walker.steps):
            due = timing.due_of(walker.steps[walker.place], at, walker.hours)
            self._push(due, walker)
        elif walker.is_new:
            self.left -= 1
            self.plan.finished_at = max(at, self.plan.finished_at or at)

    def _day(self, at: datetime) -> Day:
        on = at.astimezone(locating.zone_of_sender(self.sender)).date()
        return self.days.setdefault(on, Day(on))

    def _note(self, walker: _Walker, because: str) -> None:
        if walker.is_new:
            self.plan.waits[because] = self.plan.waits.get(because, 0) + 1


def _domains(candidate_ids: Iterable[int]) -> dict[int, str]:
    """The domain of each person's first address; one query for all."""
    emails = EmailAddress.objects.filter(candidate__in=among(candidate_ids))
    rows = emails.order_by("is_primary", "-pk").values_list("candidate_id", "normalized")
    return {candidate_id: composing.domain_of(address) for candidate_id, address in rows}
