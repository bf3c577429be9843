"""What becomes of a batch of due steps: mails, tasks, pools, waits, or an end, in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import Case, Count, F, Q, Value, When

from campaigns.models import Enrollment, Message, SendingRules, Sequence, Step
from campaigns.schedule import next_open
from campaigns.services import (
    composing,
    enrolling,
    limits,
    locating,
    pacing,
    stopping,
    threads,
    timing,
    wording,
)
from campaigns.services.holding import note_holds
from campaigns.services.locating import Hours
from campaigns.services.reaching import Address, Obstacle, reach
from campaigns.services.rendering import Sources, render
from candidates.models import Candidate, Task, Touchpoint
from candidates.services.pools import join_pool, remove_from_pool
from crm.tenancy.bulk import among, insert_rows

_VERBS = {Step.Kind.CALL: "Call", Step.Kind.TEXT: "Text"}
# What a batch reads of people: to name them, to find out whether and when they may be written to, and whose they are.
READ_OF_PEOPLE = (
    *("full_name", "preferred_name", "company", "headline", "city"),
    *("country", "status", "owner"),
)


@dataclass
class DispatchReport:
    """What a sweep did. A full batch means that more may be due."""

    organizations: int = 0
    queued: int = 0
    tasks: int = 0
    held: int = 0
    stopped: int = 0
    # People whose start was put off, because a cap has no room for it.
    put_off: int = 0
    is_full: bool = False

    def add(self, other: "DispatchReport") -> None:
        self.queued += other.queued
        self.tasks += other.tasks
        self.held += other.held
        self.stopped += other.stopped
        self.put_off += other.put_off


class Due(NamedTuple):
    """A locked enrollment with its person, sequence and hours, the step that is due, and the one after it."""

    enrollment: Enrollment
    candidate: Candidate
    sequence: Sequence
    step: Step
    following: Step | None
    hours: Hours


class Mail(NamedTuple):
    """A mail that becomes a row of the outbox."""

    due: Due
    to_address: str
    draft: composing.Draft
    due_at: datetime
    # What it waits for, where its window is closed or its sender is paused.
    waits_for: str = ""


class Batch:
    """Due enrollments of one organization, and what becomes of each."""

    def __init__(self, enrollments: list[Enrollment], now: datetime, rules: SendingRules) -> None:
        self.now, self.rules = now, rules
        self.report = DispatchReport()
        self.due = list(gather(enrollments, rules))
        self.sources = Sources(due.candidate.pk for due in self.due)
        self.gate = limits.StartGate(limits.DatabaseLedger(), _Line(now, rules), now)
        self.mails: list[Mail] = []
        self.tasks: list[Due] = []
        self.passed: list[Due] = []
        self.pooled: dict[Step, list[Due]] = defaultdict(list)
        self.stops: dict[Enrollment.StopReason, list[int]] = defaultdict(list)
        self.put_off: list[Due] = []
        self.holds: list[tuple[int, str, datetime | None]] = []
        self.openings: dict[Hours, datetime] = {}
        self.starting: set[int] = set()

    def run(self) -> DispatchReport:
        if not self.due:
            return self.report
        reached = reach([due.candidate for due in self.due])
        # Whoever is on their way goes before those who start.
        for due in sorted(self.due, key=lambda due: due.enrollment.started_at is None):
            found = reached[due.candidate.pk]
            if (due.enrollment.pk, due.step.lineage) in self.written:
                # The steps were rearranged after this one went out: once is enough.
                self.passed.append(due)
            elif timing.has_passed(due.step, self.now, due.hours):
                self.passed.append(due)
                self.holds.append((due.enrollment.pk, timing.passed_words(due.step), None))
            elif isinstance(found, Obstacle) and found.reason == Enrollment.StopReason.NOT_TOLD:
                enrolling.hold_until_told(due.enrollment, found.sentence)
                self.holds.append((due.enrollment.pk, found.sentence, None))
                self.report.held += 1
            elif stopping.waits_for_address(due.sequence, found):
                enrolling.hold_for_data(due.enrollment, [stopping.ADDRESS])
                self.holds.append((due.enrollment.pk, due.enrollment.waits_for, None))
                self.report.held += 1
            elif isinstance(found, Obstacle):
                self.stops[found.reason].append(due.enrollment.pk)
            elif due.step.paused_at:
                enrolling.hold_at_step(due.enrollment, due.step)
                self.holds.append((due.enrollment.pk, due.enrollment.waits_for, None))
                self.report.held += 1
            elif self._may_start(due, composing.domain_of(found.address)):
                self._take(due, found)
        self._write()
        return self.report

    @cached_property
    def written(self) -> set[tuple[int, object]]:
        """Which steps, in whatever version, these people have got; None for a mail of no step."""
        mails = Message.objects.filter(
            direction=Message.Direction.OUT,
            enrollment__in=among(due.enrollment.pk for due in self.due),
        )
        return set(mails.values_list("enrollment", "step__lineage"))

    @cached_property
    def before(self) -> dict[int, Message]:
        """The mail that each of these people got last, for those who get an answer to it."""
        have_mail = {enrollment_id for enrollment_id, _ in self.written}
        return composing.last_sent(
            due.enrollment
            for due in self.due
            if due.step.kind == Step.Kind.MAIL
            and (due.enrollment.pk in have_mail or due.enrollment.takes_up_id)
        )

    @cached_property
    def words(self) -> dict[tuple[int, int], wording.Wording]:
        return wording.wordings(
            (due.step, due.candidate.pk) for due in self.due if due.step.kind == Step.Kind.MAIL
        )

    def _may_start(self, due: Due, domain: str) -> bool:
        if due.enrollment.started_at:
            if due.step.kind == Step.Kind.MAIL:
                self.gate.take_place(due.sequence.sender, domain)
            return True
        is_mail = due.step.kind == Step.Kind.MAIL
        wait = self.gate.admit(
            due.sequence,
            due.sequence.sender,
            number=due.enrollment.pk,
            is_mail=is_mail,
            hours=due.hours,
        )
        if wait is None:
            due.enrollment.started_at = self.now
            self.starting.add(due.enrollment.pk)
            return True
        due.enrollment.next_at = wait.until
        local = wait.until.astimezone(due.hours.window.zone)
        starts = f"{Enrollment.STARTS}{local:%a %d %b, %H:%M} at the earliest"
        due.enrollment.waits_for = f"{wait.because}{starts}"[:200]
        self.put_off.append(due)
        self.holds.append((due.enrollment.pk, wait.because, wait.until))
        return False

    def _take(self, due: Due, address: Address) -> None:
        if due.step.kind in Step.BY_HAND:
            self.tasks.append(due)
        elif due.step.kind == Step.Kind.MAIL:
            self._draft(due, address)
        else:
            if due.step.kind == Step.Kind.POOL:
                self.pooled[due.step].append(due)
            self.passed.append(due)

    def _draft(self, due: Due, address: Address) -> None:
        draft = composing.draft(
            self.words[due.step.pk, due.candidate.pk],
            due.candidate,
            due.sequence.sender,
            before=self.before.get(due.enrollment.pk),
            sources=self.sources,
        )
        if draft.missing:
            enrolling.hold_for_data(due.enrollment, draft.missing)
            self.holds.append((due.enrollment.pk, due.enrollment.waits_for, None))
            self.report.held += 1
            return
        opens = self._opening(due.hours)
        if opens <= self.now or not pacing.keeps_hours():
            sender = due.sequence.sender
            because = pacing.why_paused(sender) or pacing.why_full(self.rules, sender, self.now)
            self.mails.append(Mail(due, address.address, draft, self.now, because))
            return
        waits_for = pacing.until_words(due.sequence.sender, opens, pacing.outside(due.hours))
        self.mails.append(Mail(due, address.address, draft, opens, waits_for))

    def _opening(self, hours: Hours) -> datetime:
        """When mail may go next in these hours, which most of a batch share."""
        if hours not in self.openings:
            self.openings[hours] = next_open(self.now, hours.window, hours.quiet)
        return self.openings[hours]

    def _write(self) -> None:
        for reason, ids in self.stops.items():
            self.report.stopped += enrolling.end(ids, reason)
        self._queue()
        self._give_tasks()
        for step, dues in self.pooled.items():
            _move_pool(step, dues)
        for due in (*self.tasks, *self.passed):
            enrolling.plan(due.enrollment, due.following, due.hours)
        moved = [due.enrollment for due in (*self.tasks, *self.passed, *self.put_off)]
        Enrollment.objects.bulk_update(
            moved, ["next_step", "next_at", "state", "ended_at", "waits_for", "started_at"]
        )
        note_holds(self.holds, at=self.now)
        self.report.put_off = len(self.put_off)

    def _queue(self) -> None:
        """The rows, and the advance: the next wait counts from when the mail has gone."""
        # A mail is as private as the one that it follows.
        mates = [self.before.get(mail.due.enrollment.pk) for mail in self.mails]
        insert_rows(
            Message,
            {
                "candidate_id": [mail.due.candidate.pk for mail in self.mails],
                "enrollment_id": [mail.due.enrollment.pk for mail in self.mails],
                "step_id": [mail.due.step.pk for mail in self.mails],
                "sender_id": [mail.due.sequence.sender_id for mail in self.mails],
                "from_address": [mail.due.sequence.sender.address for mail in self.mails],
                "to_address": [mail.to_address for mail in self.mails],
                "to_domain": [composing.domain_of(mail.to_address) for mail in self.mails],
                "variant": [mail.draft.variant for mail in self.mails],
                "subject": [mail.draft.subject for mail in self.mails],
                "body_text": [mail.draft.body_text for mail in self.mails],
                "in_reply_to": [mail.draft.in_reply_to for mail in self.mails],
                "references": [mail.draft.references for mail in self.mails],
                "due_at": [mail.due_at for mail in self.mails],
                "waits_for": [mail.waits_for for mail in self.mails],
                "is_private": [bool(mate and mate.is_private) for mate in mates],
                "member_id": [
                    mate.member_id if mate and mate.is_private else None for mate in mates
                ],
            },
            direction=Message.Direction.OUT,
            state=Message.State.QUEUED,
            created_at=self.now,
        )
        threads.let_read_follow_ups(
            {
                mail.due.enrollment.pk: mate
                for mail, mate in zip(self.mails, mates, strict=True)
                if mate and mate.is_private
            }
        )
        advance: dict[tuple[Step | None, bool], list[int]] = defaultdict(list)
        for mail in self.mails:
            enrollment_id = mail.due.enrollment.pk
            advance[mail.due.following, enrollment_id in self.starting].append(enrollment_id)
        for (following, is_start), ids in advance.items():
            started = {"started_at": self.now} if is_start else {}
            Enrollment.objects.filter(pk__in=among(ids)).update(
                next_step=following, next_at=None, waits_for="", **started
            )
        self.report.queued = len(self.mails)

    def _give_tasks(self) -> None:
        titles = {due.enrollment.pk: self._title(due) for due in self.tasks}
        Task.objects.bulk_create(
            Task(
                candidate=due.candidate,
                title=titles[due.enrollment.pk],
                due_on=self.now.astimezone(due.hours.window.zone).date(),
                assignee_id=due.sequence.owner_id or due.candidate.owner_id,
                origin=Task.Origin.SEQUENCE,
            )
            for due in self.tasks
        )
        Touchpoint.objects.bulk_create(
            Touchpoint(
                candidate=due.candidate,
                kind=Touchpoint.Kind.TASK,
                summary=f"Task: {titles[due.enrollment.pk]}"[:200],
                body=self._filled(due.step.body, due),
                link=f"sequences/{due.sequence.pk}/",
            )
            for due in self.tasks
        )
        self.report.tasks = len(self.tasks)

    def _title(self, due: Due) -> str:
        """What the task asks for: a call and a text message say whom."""
        title = self._filled(due.step.task_title, due)
        verb = _VERBS.get(Step.Kind(due.step.kind), "")
        if verb:
            title = f"{verb} {due.candidate}{f': {title}' if title else ''}"
        return (title or f"Get in touch with {due.candidate}")[:200]

    def _filled(self, text: str, due: Due) -> str:
        """A task's title, or what to say: on the timeline, where it can be copied."""
        sender = due.sequence.sender
        return render(text, due.candidate, sender=sender, sources=self.sources).text.strip()


class _Line:
    """Who stands before those of this batch, asked of the database once each."""

    def __init__(self, now: datetime, rules: SendingRules) -> None:
        self.now, self.rules = now, rules

    def on_the_way(self, sender_id: int, now: datetime, followed: Counter[str]) -> int:
        # As `limits.rests` says.
        awake = Q(enrollment__waits_for="") & ~Q(waits_for__startswith=limits.BUDGET)
        of_steps = Q(
            Q(due_at__lte=now) | awake,
            enrollment__state=Enrollment.State.ACTIVE,
            enrollment__sequence__state=Sequence.State.ACTIVE,
        )
        # Mail that is no step's keeps to no company's cap.
        domain = Case(When(enrollment=None, then=Value("")), default=F("to_domain"))
        queued = Message.objects.filter(
            of_steps | Q(enrollment=None, due_at__lte=now + limits.DAY),
            sender=sender_id,
            state__in=enrolling.IN_FLIGHT,
            handed_at=None,
        )
        grouped = queued.order_by().annotate(domain=domain).values_list("domain")
        counts = Counter(dict(grouped.annotate(Count("pk")))) + followed
        caps = {domain: cap for domain in counts for cap in limits.of_domain(domain, self.rules)}
        handed = self._handed_to(caps, now) if caps else {}
        beyond = sum(
            limits.without_place(counts[domain], cap, handed.get(domain, 0))
            for domain, cap in caps.items()
        )
        return counts.total() - beyond

    def _handed_to(self, domains: Iterable[str], now: datetime) -> dict[str, int]:
        """How many mails these companies got lately."""
        recent = Message.objects.filter(
            direction=Message.Direction.OUT,
            to_domain__in=list(domains),
            handed_at__gt=now - limits.DAY,
        )
        return dict(recent.order_by().values_list("to_domain").annotate(Count("pk")))

    def waiting(self, sequence: Sequence, before: int) -> tuple[int, int]:
        late = Enrollment.objects.filter(
            sequence__sender=sequence.sender_id,
            sequence__state=Sequence.State.ACTIVE,
            state=Enrollment.State.ACTIVE,
            started_at=None,
            next_at__gt=self.now,
            pk__lt=before,
            waits_for__contains=Enrollment.STARTS,
        )
        counts = late.aggregate(here=Count("pk", filter=Q(sequence=sequence.pk)), all=Count("pk"))
        return counts["here"], counts["all"]


def _move_pool(step: Step, dues: list[Due]) -> None:
    """Into the pool or out of it; a pool that is gone or put away is passed over."""
    if step.pool is None or step.pool.archived_at:
        return
    people = [due.candidate.pk for due in dues]
    if step.pool_act == Step.PoolAct.REMOVE:
        remove_from_pool(step.pool, people, by=None)
    else:
        join_pool(step.pool, people, by=None, reason=f"Sequence “{dues[0].sequence}”")


def gather(enrollments: list[Enrollment], rules: SendingRules) -> Iterator[Due]:
    """What dispatching reads of locked enrollments: three queries for all, four where it matters where people are."""
    # Hundreds of ids as one value: as so many of their own they cost more than the rows.
    wanted = among({enrollment.candidate_id for enrollment in enrollments})
    found = Candidate.objects.only("organization", *READ_OF_PEOPLE).filter(pk__in=wanted).order_by()
    people = {candidate.pk: candidate for candidate in found}
    sequences = Sequence.objects.select_related("sender").in_bulk(
        {enrollment.sequence_id for enrollment in enrollments}
    )
    steps: dict[tuple[int, int], list[Step]] = defaultdict(list)
    versions = {enrollment.version for enrollment in enrollments}
    planned = Step.objects.filter(sequence__in=sequences, version__in=versions)
    for step in planned.select_related("pool").order_by("position"):
        steps[step.sequence_id, step.version].append(step)
    places = locating.locate_if_asked(people.values(), sequences.values(), rules)
    for enrollment in enrollments:
        sequence = sequences[enrollment.sequence_id]
        candidate = people[enrollment.candidate_id]
        own = steps[sequence.pk, enrollment.version]
        place = next(
            (place for place, step in enumerate(own) if step.pk == enrollment.next_step_id), None
        )
        if place is not None:
            following = own[place + 1] if place + 1 < len(own) else None
            hours = locating.hours_of(sequence, sequence.sender, places[candidate.pk], rules)
            yield Due(enrollment, candidate, sequence, own[place], following, hours)
