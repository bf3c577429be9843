"""The dispatcher: steps that are due become outbox rows, in the transaction that advances the enrollment.

Any number of dispatchers may run at any time: rows that another one holds are skipped, and a row per
enrollment and step exists only once. Work is found over all organizations by a database function that
tells their ids alone; the work itself is done inside each.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sequence, Step
from campaigns.schedule import Window
from campaigns.services import composing, enrolling
from campaigns.services.reaching import Obstacle, reach
from campaigns.services.rendering import render
from candidates.models import Candidate, EmailAddress, Task, Touchpoint
from crm.tenancy.bulk import insert_rows
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

BATCH = 500
# Columns of a person that no mail can name: not read for hundreds at a time.
NEVER_MERGED = (
    *("search_text", "provenance"),
    *("created_at", "updated_at", "last_contacted_at", "last_replied_at"),
)


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
    with acting_in(organization):
        if organization.sending_paused_at or organization.closed_at:
            return DispatchReport()
        due = _claim_due(now)
        return _Batch(due, now).run()


def _claim_due(now: datetime) -> list[Enrollment]:
    """A batch of due enrollments, locked.

    The lock is taken without joins: with them a planner without fresh statistics joins every due row
    before it takes the first ones.
    """
    active = Sequence.objects.filter(state=Sequence.State.ACTIVE).values_list("pk", flat=True)
    return list(
        Enrollment.objects.filter(
            state=Enrollment.State.ACTIVE,
            next_at__lte=now,
            next_step__isnull=False,
            sequence__in=list(active),
        )
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("next_at", "pk")[:BATCH]
    )


@dataclass(frozen=True)
class _Due:
    """A locked enrollment with its person and sequence, the step that is due, and the one after it."""

    enrollment: Enrollment
    candidate: Candidate
    sequence: Sequence
    step: Step
    following: Step | None


@dataclass(frozen=True)
class _Mail:
    """A mail that becomes a row of the outbox."""

    due: _Due
    to_address: str
    draft: composing.Draft


class _Batch:
    """Due enrollments of one organization, and what becomes of each."""

    def __init__(self, enrollments: list[Enrollment], now: datetime) -> None:
        self.now = now
        self.due = list(_gather(enrollments))
        self.report = DispatchReport(is_full=len(enrollments) == BATCH)
        self.mails: list[_Mail] = []
        self.tasks: list[_Due] = []
        self.stops: dict[Enrollment.StopReason, list[int]] = defaultdict(list)

    def run(self) -> DispatchReport:
        reached = reach([due.candidate for due in self.due])
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
            found = reached[due.candidate.pk]
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
        draft = composing.draft(due.step, due.candidate, due.sequence.sender, before=before)
        if draft.missing:
            enrolling.hold_for_data(due.enrollment, draft.missing)
            self.report.held += 1
        else:
            self.mails.append(_Mail(due, address.address, draft))

    def _queue(self) -> None:
        """The rows, and the advance: the next wait counts from when the mail has gone."""
        insert_rows(
            Message,
            {
                "candidate_id": [mail.due.candidate.pk for mail in self.mails],
                "enrollment_id": [mail.due.enrollment.pk for mail in self.mails],
                "step_id": [mail.due.step.pk for mail in self.mails],
                "sender_id": [mail.due.sequence.sender_id for mail in self.mails],
                "from_address": [mail.due.sequence.sender.address for mail in self.mails],
                "to_address": [mail.to_address for mail in self.mails],
                "subject": [mail.draft.subject for mail in self.mails],
                "body_text": [mail.draft.body_text for mail in self.mails],
                "in_reply_to": [mail.draft.in_reply_to for mail in self.mails],
                "references": [mail.draft.references for mail in self.mails],
            },
            direction=Message.Direction.OUT,
            state=Message.State.QUEUED,
            due_at=self.now,
        )
        advance: dict[Step | None, list[int]] = defaultdict(list)
        for mail in self.mails:
            advance[mail.due.following].append(mail.due.enrollment.pk)
        for following, ids in advance.items():
            Enrollment.objects.filter(pk__in=ids).update(
                next_step=following, next_at=None, waits_for=""
            )
        self.report.queued = len(self.mails)

    def _give_tasks(self) -> None:
        Task.objects.bulk_create(self._task(due) for due in self.tasks)
        Touchpoint.objects.bulk_create(
            Touchpoint(
                candidate=due.candidate,
                kind=Touchpoint.Kind.TASK,
                summary=f"Task: {_title(due)}",
                link=f"sequences/{due.sequence.pk}/",
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
        sequence, candidate = due.sequence, due.candidate
        return Task(
            candidate=candidate,
            title=_title(due),
            due_on=self.now.astimezone(Window.of(sequence.sender).zone).date(),
            assignee_id=sequence.owner_id or candidate.owner_id,
            origin=Task.Origin.SEQUENCE,
        )


def _title(due: _Due) -> str:
    title = render(due.step.task_title, due.candidate, sender=due.sequence.sender).text.strip()
    return (title or f"Get in touch with {due.candidate}")[:200]


def _gather(enrollments: list[Enrollment]) -> Iterator[_Due]:
    """What dispatching reads of locked enrollments: three queries for all."""
    people = Candidate.objects.defer(*NEVER_MERGED).in_bulk(
        [enrollment.candidate_id for enrollment in enrollments]
    )
    sequences = Sequence.objects.select_related("sender").in_bulk(
        {enrollment.sequence_id for enrollment in enrollments}
    )
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(sequence__in=sequences).order_by("position"):
        steps[step.sequence_id].append(step)
    for enrollment in enrollments:
        sequence = enrollment.sequence = sequences[enrollment.sequence_id]
        planned = steps[sequence.pk]
        place = next(
            (place for place, step in enumerate(planned) if step.pk == enrollment.next_step_id),
            None,
        )
        if place is not None:
            following = planned[place + 1] if place + 1 < len(planned) else None
            person = people[enrollment.candidate_id]
            yield _Due(enrollment, person, sequence, planned[place], following)
