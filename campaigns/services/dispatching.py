"""The dispatcher: steps that are due become outbox rows, in the transaction that advances the enrollment.

Any number of dispatchers may run at any time: rows that another one holds are skipped, and a row per
enrollment and step exists only once. Work is found over all organizations by a database function that
tells their ids alone; the work itself is done inside each.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sequence, Step
from campaigns.schedule import Window
from campaigns.services import composing, enrolling
from campaigns.services.reaching import Obstacle, reach
from campaigns.services.rendering import render
from candidates.models import EmailAddress, Task, Touchpoint
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

BATCH = 200


@dataclass
class DispatchReport:
    """What a sweep did. A full batch means that more may be due."""

    organizations: int = 0
    queued: int = 0
    tasks: int = 0
    held: int = 0
    stopped: int = 0
    is_full: bool = False

    def add(self, other: "DispatchReport") -> None:
        self.queued += other.queued
        self.tasks += other.tasks
        self.held += other.held
        self.stopped += other.stopped


def organizations_with_work(now: datetime | None = None) -> list[Organization]:
    """Where a step or a mail is due. The one question that is asked over all organizations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_organizations_with_work(%s)", [now or timezone.now()])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))


def dispatch_due(now: datetime | None = None) -> DispatchReport:
    """Dispatch what is due in every organization, a batch in turns. Outside any organization."""
    now = now or timezone.now()
    report = DispatchReport()
    waiting = organizations_with_work(now)
    report.organizations = len(waiting)
    while waiting:
        left = []
        for organization in waiting:
            done = dispatch(organization, now)
            report.add(done)
            if done.is_full:
                left.append(organization)
        waiting = left
    return report


def dispatch(organization: Organization, now: datetime | None = None) -> DispatchReport:
    """Dispatch one batch of `organization`'s due steps, in one transaction."""
    now = now or timezone.now()
    with transaction.atomic(), acting_in(organization):
        if organization.sending_paused_at or organization.closed_at:
            return DispatchReport()
        due = _claim_due(now)
        return _Batch(due, now).run()


def _claim_due(now: datetime) -> list[Enrollment]:
    """A batch of due enrollments, locked, with all that dispatching reads of them.

    The lock is taken without joins: with them a planner without fresh statistics joins every due row
    before it takes the first ones.
    """
    active = Sequence.objects.filter(state=Sequence.State.ACTIVE).values_list("pk", flat=True)
    locked = list(
        Enrollment.objects.filter(
            state=Enrollment.State.ACTIVE,
            next_at__lte=now,
            next_step__isnull=False,
            sequence__in=list(active),
        )
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("next_at", "pk")[:BATCH]
    )
    prefetch_related_objects(
        locked,
        "candidate__emails",
        "candidate__owner",
        "next_step",
        "sequence__sender",
        "sequence__owner",
    )
    return locked


@dataclass(frozen=True)
class _Due:
    """A locked enrollment, the step that is due, and the one after it."""

    enrollment: Enrollment
    step: Step
    following: Step | None


class _Batch:
    """Due enrollments of one organization, and what becomes of each."""

    def __init__(self, enrollments: list[Enrollment], now: datetime) -> None:
        self.now = now
        self.due = list(_with_steps(enrollments))
        self.report = DispatchReport(is_full=len(enrollments) == BATCH)
        self.mails: list[tuple[_Due, Message]] = []
        self.tasks: list[_Due] = []
        self.stops: dict[Enrollment.StopReason, list[int]] = defaultdict(list)

    def run(self) -> DispatchReport:
        reached = reach([due.enrollment.candidate for due in self.due])
        before = composing.last_sent(
            due.enrollment.pk for due in self.due if not due.step.subject.strip()
        )
        written = set(
            Message.objects.filter(
                direction=Message.Direction.OUT,
                enrollment__in=[due.enrollment.pk for due in self.due],
            ).values_list("enrollment", "step")
        )
        for due in self.due:
            found = reached[due.enrollment.candidate_id]
            if (due.enrollment.pk, due.step.pk) in written:
                # The steps were rearranged after this one went out: once is enough.
                enrolling.plan(due.enrollment, due.following)
                due.enrollment.save()
            elif isinstance(found, Obstacle):
                self.stops[found.reason].append(due.enrollment.pk)
            elif due.step.kind == Step.Kind.TASK:
                self.tasks.append(due)
            else:
                self._write(due, found, before.get(due.enrollment.pk))
        for reason, ids in self.stops.items():
            self.report.stopped += enrolling.end(ids, reason)
        self._queue()
        self._give_tasks()
        return self.report

    def _write(self, due: _Due, address: EmailAddress, before: Message | None) -> None:
        enrollment, sender = due.enrollment, due.enrollment.sequence.sender
        message = Message(
            direction=Message.Direction.OUT,
            state=Message.State.QUEUED,
            candidate=enrollment.candidate,
            enrollment=enrollment,
            step=due.step,
            sender=sender,
            to_address=address.address,
            due_at=self.now,
        )
        missing = composing.write(message, due.step, enrollment.candidate, sender, before=before)
        if missing:
            enrolling.hold_for_data(enrollment, missing)
            self.report.held += 1
        else:
            self.mails.append((due, message))

    def _queue(self) -> None:
        """The rows, and the advance: the next wait counts from when the mail has gone."""
        Message.objects.bulk_create(message for _, message in self.mails)
        advance: dict[Step | None, list[int]] = defaultdict(list)
        for due, _ in self.mails:
            advance[due.following].append(due.enrollment.pk)
        for following, ids in advance.items():
            Enrollment.objects.filter(pk__in=ids).update(
                next_step=following, next_at=None, waits_for=""
            )
        self.report.queued = len(self.mails)

    def _give_tasks(self) -> None:
        Task.objects.bulk_create(self._task(due) for due in self.tasks)
        Touchpoint.objects.bulk_create(
            Touchpoint(
                candidate=due.enrollment.candidate,
                kind=Touchpoint.Kind.TASK,
                summary=f"Task: {_title(due)}",
                link=f"sequences/{due.enrollment.sequence_id}/",
            )
            for due in self.tasks
        )
        for due in self.tasks:
            enrolling.plan(due.enrollment, due.following)
            due.enrollment.waits_for = ""
        Enrollment.objects.bulk_update(
            [due.enrollment for due in self.tasks],
            ["next_step", "next_at", "state", "ended_at", "waits_for"],
        )
        self.report.tasks = len(self.tasks)

    def _task(self, due: _Due) -> Task:
        sequence, candidate = due.enrollment.sequence, due.enrollment.candidate
        return Task(
            candidate=candidate,
            title=_title(due),
            due_on=self.now.astimezone(Window.of(sequence.sender).zone).date(),
            assignee=sequence.owner or candidate.owner,
            origin=Task.Origin.SEQUENCE,
        )


def _title(due: _Due) -> str:
    candidate, sender = due.enrollment.candidate, due.enrollment.sequence.sender
    title = render(due.step.task_title, candidate, sender=sender).text.strip()
    return (title or f"Get in touch with {candidate}")[:200]


def _with_steps(enrollments: list[Enrollment]) -> Iterator[_Due]:
    steps: dict[int, list[Step]] = defaultdict(list)
    sequence_ids = {enrollment.sequence_id for enrollment in enrollments}
    for step in Step.objects.filter(sequence__in=sequence_ids).order_by("position"):
        steps[step.sequence_id].append(step)
    for enrollment in enrollments:
        due = enrollment.next_step
        if due:
            later = (step for step in steps[enrollment.sequence_id] if step.position > due.position)
            yield _Due(enrollment, due, next(later, None))
