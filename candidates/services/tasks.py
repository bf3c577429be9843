"""Tasks: what somebody owes, to whom, by when."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, Notification, Task, Touchpoint
from candidates.services.notifying import notify
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record


@transaction.atomic
def add_task(
    *,
    title: str,
    candidate: Candidate | None = None,
    assignee: User | None = None,
    due_on: date | None = None,
    by: User | None = None,
    origin: Task.Origin = Task.Origin.MANUAL,
) -> Task:
    """Add an open task. Without `by` it is Rapport's own doing (a sequence's step, a reply)."""
    task = Task.objects.create(
        title=title[:200],
        candidate=candidate,
        assignee=assignee,
        due_on=due_on,
        created_by=by,
        origin=origin,
    )
    record("task.added", task, by=by)
    if origin != Task.Origin.REPLY:
        # Of the reply itself its answerer is told already.
        tell_assignee(task, by=by)
    return task


def tell_assignee(task: Task, *, by: User | None) -> None:
    """Tell whose task it is now."""
    about = f" · {task.candidate}" if task.candidate else ""
    notify(
        task.assignee,
        kind=Notification.Kind.TASK_ASSIGNED,
        text=f"Task for you: {task.title}{about}",
        link=f"candidates/{task.candidate_id}/" if task.candidate else "tasks/",
        candidate=task.candidate,
        by=by,
    )


@transaction.atomic
def complete_task(task: Task, *, by: User) -> Task:
    """Mark the task as done, and say so on the candidate's timeline. Doing it twice changes nothing."""
    task = Task.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=task.pk)
    if task.done_at:
        return task
    task.done_at = timezone.now()
    task.save(update_fields=["done_at"])
    if task.candidate:
        add_touchpoint(task.candidate, Touchpoint.Kind.TASK, f"Done: {task.title}", actor=by)
    record("task.completed", task, by=by)
    return task


@transaction.atomic
def reopen_task(task: Task, *, by: User) -> Task:
    """Take back that the task was done."""
    task = Task.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=task.pk)
    if not task.done_at:
        return task
    task.done_at = None
    task.save(update_fields=["done_at"])
    if task.candidate:
        add_touchpoint(task.candidate, Touchpoint.Kind.TASK, f"Reopened: {task.title}", actor=by)
    record("task.reopened", task, by=by)
    return task
