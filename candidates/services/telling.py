"""What members are told of by the clock: tasks that are due, people who go cold. Safe to run at any time, twice."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from candidates.models import Notification, Task
from candidates.queries import Thresholds, find_cold
from candidates.services.notifying import MORNING, notify
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.queries import zone_of
from crm.tenancy.roles import EDITORS
from crm.tenancy.scope import current_organization


def tell_due(now: datetime | None = None) -> None:
    """Tell whose tasks are due: those of the day in the morning, in one line, those at a time when it comes."""
    now = now or timezone.now()
    # A day ahead in the east, a day behind in the west.
    tomorrow = (now + timedelta(days=1)).date()
    due: defaultdict[User, list[Task]] = defaultdict(list)
    for task in (
        Task.objects.filter(
            Q(due_on__lte=tomorrow),
            Q(due_on__gte=tomorrow - timedelta(days=3)),
            done_at=None,
            assignee__isnull=False,
        )
        .exclude(origin__in=[Task.Origin.REPLY, Task.Origin.SNOOZE])
        .select_related("assignee", "candidate")
        .order_by("due_on", "pk")
    ):
        due[task.assignee].append(task)  # type: ignore[index]
    for user, tasks in due.items():
        local = now.astimezone(zone_of(user))
        _tell_day(user, [task for task in tasks if not task.due_time], local)
        for task in tasks:
            if task.due_time and (task.due_on, task.due_time) <= (local.date(), local.time()):
                _tell_time(user, task)


def _tell_day(user: User, tasks: list[Task], local: datetime) -> None:
    today = [task for task in tasks if task.due_on == local.date()]
    if today and local.time() >= MORNING:
        count = len(today)
        notify(
            user,
            kind=Notification.Kind.TASK_DUE,
            text="1 task is due today" if count == 1 else f"{count} tasks are due today",
            link="tasks/",
            key=f"due:{local.date()}",
        )


def _tell_time(user: User, task: Task) -> None:
    about = task.candidate or task.about
    notify(
        user,
        kind=Notification.Kind.TASK_DUE,
        text=f"Due at {task.due_time:%H:%M}: {task.title}" + (f" · {about}" if about else ""),
        link=f"candidates/{task.candidate_id}/" if task.candidate else task.link or "tasks/",
        candidate=task.candidate,
        key=f"due:{task.pk}:{task.due_on}:{task.due_time}",
    )


def tell_cold(now: datetime | None = None) -> None:
    """Tell owners in the morning how many people of theirs went cold in the day before; at most once a day."""
    now = now or timezone.now()
    thresholds = Thresholds.load()
    editors = Membership.objects.filter(
        organization=current_organization(), role__in=EDITORS, user__is_active=True
    ).select_related("user")
    for member in editors.order_by("pk"):
        local = now.astimezone(zone_of(member.user))
        if local.time() < MORNING:
            continue
        new = (
            find_cold(thresholds, owner=member.user, now=now)
            .exclude(
                pk__in=find_cold(thresholds, owner=member.user, now=now - timedelta(days=1)).values(
                    "pk"
                )
            )
            .count()
        )
        if new:
            notify(
                member.user,
                kind=Notification.Kind.COLD,
                text="1 person of yours went cold"
                if new == 1
                else f"{new:,} people of yours went cold",
                link="candidates/cold/",
                key=f"cold:{local.date()}",
            )
