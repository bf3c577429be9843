"""Tasks: what somebody owes, to whom, by when."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import Candidate, Notification, Task, Touchpoint
from candidates.services.notifying import notify
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among
from crm.tenancy.scope import current_organization

# Changed at one press.
MOST_AT_ONCE = 500


@transaction.atomic
def add_task(
    *,
    title: str,
    candidate: Candidate | None = None,
    assignee: User | None = None,
    due_on: date | None = None,
    due_time: time | None = None,
    repeat_unit: str = Task.Unit.NEVER,
    repeat_every: int = 1,
    repeat_until: date | None = None,
    about: str = "",
    link: str = "",
    by: User | None = None,
    origin: Task.Origin = Task.Origin.MANUAL,
) -> Task:
    """Add an open task. Without `by` it is Rapport's own doing (a sequence's step, a reply)."""
    task = Task.objects.create(
        title=title[:200],
        candidate=candidate,
        assignee=assignee,
        due_on=due_on,
        due_time=due_time,
        repeat_unit=repeat_unit,
        repeat_every=repeat_every,
        repeat_from=due_on if repeat_unit else None,
        repeat_until=repeat_until,
        about=about[:200],
        link=link,
        created_by=by,
        origin=origin,
    )
    record("task.added", task, by=by)
    if origin not in {Task.Origin.REPLY, Task.Origin.SNOOZE}:
        # Of a reply, and of who is back, its answerer is told already.
        _tell_assignee(task, by=by)
    return task


@transaction.atomic
def add_tasks(
    candidate_ids: Sequence[int],
    *,
    title: str,
    assignee: User | None,
    due_on: date | None,
    by: User,
) -> list[Task]:
    """The same task about each of these people; the assignee is told once."""
    added = insert_tasks(candidate_ids, title=title, assignee=assignee, due_on=due_on, by=by)
    tell_of_tasks(assignee, title=title, by=by, count=len(added))
    return added


def tell_of_tasks(assignee: User | None, *, title: str, by: User, count: int = 0) -> None:
    """One line about several tasks; without their number where more may come."""
    several = f"{count} tasks" if count > 1 else "Tasks"
    notify(
        assignee,
        kind=Notification.Kind.TASK_ASSIGNED,
        text=f"{'Task' if count == 1 else several} for you: {title}",
        link="tasks/",
        by=by,
    )


@transaction.atomic
def insert_tasks(
    candidate_ids: Sequence[int],
    *,
    title: str,
    assignee: User | None,
    due_on: date | None,
    by: User,
) -> list[Task]:
    """As `add_tasks`, and nobody is told."""
    people = Candidate.objects.filter(pk__in=among(candidate_ids)).order_by("pk")
    added = Task.objects.bulk_create(
        Task(title=title, candidate_id=pk, assignee=assignee, due_on=due_on, created_by=by)
        for pk in people.values_list("pk", flat=True)
    )
    record("task.added", current_organization(), by=by, count=len(added))
    return added


@transaction.atomic
def remind(
    assignees: Iterable[User],
    *,
    title: str,
    about: str,
    link: str,
    by: User,
    due_on: date | None = None,
) -> list[Task]:
    """The same task for each of several colleagues, about many people at once: a pool, a stage."""
    return [
        add_task(title=title, about=about, link=link, assignee=user, due_on=due_on, by=by)
        for user in assignees
    ]


def _tell_assignee(task: Task, *, by: User | None) -> None:
    about = task.candidate or task.about
    notify(
        task.assignee,
        kind=Notification.Kind.TASK_ASSIGNED,
        text=f"Task for you: {task.title}" + (f" · {about}" if about else ""),
        link=f"candidates/{task.candidate_id}/" if task.candidate else task.link or "tasks/",
        candidate=task.candidate,
        by=by,
    )


@transaction.atomic
def complete_task(task: Task, *, by: User) -> Task:
    """Mark the task as done, and say so on the candidate's timeline. Doing it twice changes nothing.

    One that repeats is followed by the next, due on the first of its days that lies ahead.
    """
    task = _locked(task)
    if task.done_at:
        return task
    task.done_at = timezone.now()
    task.save(update_fields=["done_at"])
    if task.candidate:
        add_touchpoint(task.candidate, Touchpoint.Kind.TASK, f"Done: {task.title}", actor=by)
    record("task.completed", task, by=by)
    _add_next(task)
    return task


@transaction.atomic
def drop_tasks(task_ids: Sequence[int], *, because: str) -> int:
    """Close these open tasks, which nobody needs to do any more, and say so on the timelines; returns how many."""
    dropped = 0
    for start in range(0, len(task_ids), MOST_AT_ONCE):
        for task in _locked_many(task_ids[start : start + MOST_AT_ONCE], done_at=None):
            task.done_at = timezone.now()
            task.save(update_fields=["done_at"])
            if task.candidate:
                summary = f"No longer needed ({because}): {task.title}"
                add_touchpoint(task.candidate, Touchpoint.Kind.TASK, summary)
            record("task.dropped", task)
            dropped += 1
    return dropped


@transaction.atomic
def reopen_task(task: Task, *, by: User) -> Task:
    """Take back that the task was done, and the next one that it made, if nobody has done or changed that yet."""
    task = _locked(task)
    if not task.done_at:
        return task
    made = _next_of(task)
    for follower in _open_followers(task).select_for_update(of=("self",)):
        if made and all(getattr(follower, name) == getattr(made, name) for name in _GIVEN):
            follower.delete()
    task.done_at = None
    task.save(update_fields=["done_at"])
    if task.candidate:
        add_touchpoint(task.candidate, Touchpoint.Kind.TASK, f"Reopened: {task.title}", actor=by)
    record("task.reopened", task, by=by)
    return task


@transaction.atomic
def edit_task(task: Task, *, by: User, **fields: Any) -> Task:
    """Change what is said of the task; whose it is now is told."""
    was = Task.objects.select_for_update(of=("self",), no_key=True).get(pk=task.pk)
    changed = {name: value for name, value in fields.items() if getattr(was, name) != value}
    if not changed:
        return was
    for name, value in changed.items():
        setattr(was, name, value)
    if changed.keys() & {"due_on", "repeat_unit", "repeat_every"}:
        was.repeat_from = was.due_on if was.repeat_unit else None
    was.save()
    record("task.edited", was, by=by, fields=sorted(changed))
    if "assignee" in changed:
        _tell_assignee(was, by=by)
    return was


def _locked(task: Task) -> Task:
    locked: Task = (
        Task.objects.select_for_update(of=("self",), no_key=True)
        .select_related("candidate")
        .get(pk=task.pk)
    )
    return locked


# What the next of a task that repeats has of it.
_SAME = (
    "title", "candidate_id", "assignee_id", "about", "link", "due_time", "origin",
    "repeat_unit", "repeat_every", "repeat_until", "created_by_id",
)  # fmt: skip
_GIVEN = (*_SAME, "due_on", "repeat_from")


def _open_followers(task: Task) -> QuerySet[Task]:
    return Task.objects.filter(follows=task, done_at=None)


def _add_next(task: Task) -> None:
    made = _next_of(task)
    # One that somebody has changed outlived that the task was opened again.
    if made and not _open_followers(task).exists():
        made.save()


def _next_of(task: Task) -> Task | None:
    """What follows this task, which is done; nothing where it does not repeat, or no more."""
    if not task.repeat_unit or task.due_on is None:
        return None
    due_on = next_due(task, after=max(task.due_on, timezone.localdate(task.done_at)))
    if task.repeat_until and due_on > task.repeat_until:
        return None
    return Task(
        follows=task,
        due_on=due_on,
        repeat_from=task.repeat_from or task.due_on,
        **{name: getattr(task, name) for name in _SAME},
    )


def next_due(task: Task, *, after: date) -> date:
    """The first day of the task's rhythm after `after`, counted from the rhythm's first day.

    The 31st of a month is the last day of a shorter one, and the 31st again later.
    """
    first: date = task.repeat_from or task.due_on  # type: ignore[assignment]
    if task.repeat_unit == Task.Unit.MONTH:
        months = task.repeat_every
        while (day := _months_later(first, months)) <= after:
            months += task.repeat_every
        return day
    days = task.repeat_every * (7 if task.repeat_unit == Task.Unit.WEEK else 1)
    return first + timedelta(days=((after - first).days // days + 1) * days)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


# Many at once


def _locked_many(task_ids: Sequence[int], **only: object) -> list[Task]:
    return list(
        Task.objects.select_for_update(of=("self",), no_key=True)
        .select_related("candidate", "assignee")
        .filter(pk__in=list(task_ids)[:MOST_AT_ONCE], **only)
        .order_by("pk")
    )


@transaction.atomic
def complete_tasks(task_ids: Sequence[int], *, by: User) -> list[int]:
    """Mark these tasks as done; return which were open: what an Undo opens again."""
    return [complete_task(task, by=by).pk for task in _locked_many(task_ids, done_at=None)]


@transaction.atomic
def reopen_tasks(task_ids: Sequence[int], *, by: User) -> int:
    """Open these tasks again; return how many were done."""
    done = _locked_many(task_ids, done_at__isnull=False)
    for task in done:
        reopen_task(task, by=by)
    return len(done)


@transaction.atomic
def snooze_tasks(task_ids: Sequence[int], *, until: date, by: User) -> dict[int, date | None]:
    """Move these open tasks to a day; return the days they were due on before."""
    return move_tasks(dict.fromkeys(task_ids, until), by=by)


@transaction.atomic
def move_tasks(days: Mapping[int, date | None], *, by: User) -> dict[int, date | None]:
    """Let each of these open tasks be due on its day; return the days before."""
    before: dict[int, date | None] = {}
    for task in _locked_many(list(days), done_at=None):
        if task.due_on == days[task.pk]:
            continue
        before[task.pk], task.due_on = task.due_on, days[task.pk]
        if task.due_on is None:
            task.due_time, task.repeat_unit = None, Task.Unit.NEVER
        task.save(update_fields=["due_on", "due_time", "repeat_unit"])
        record("task.moved", task, by=by)
    return before


@transaction.atomic
def reassign_tasks(assignees: Mapping[int, User | None], *, by: User) -> dict[int, int | None]:
    """Give each of these open tasks to a colleague, or to nobody; return whose they were before."""
    before: dict[int, int | None] = {}
    for task in _locked_many(list(assignees), done_at=None):
        assignee = assignees[task.pk]
        if task.assignee != assignee:
            before[task.pk], task.assignee = task.assignee_id, assignee
            task.save(update_fields=["assignee"])
            record("task.reassigned", task, by=by)
            _tell_assignee(task, by=by)
    return before
