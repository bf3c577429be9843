"""Lists of tasks, and what a member's day holds."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from candidates.models import Task
from crm.accounts.models import User
from crm.web.pagination import KeysetPage, keyset_page

# How far ahead a day looks, and how much of each kind it shows.
DAYS_AHEAD = 14
MOST_DUE = 100
MOST_WAITING = 30

# Somebody waits: these have sections of their own.
WAITING = (Task.Origin.REPLY, Task.Origin.SNOOZE)


def page_of_tasks(
    show: str, *, viewer: User, cursor: str = ""
) -> tuple[KeysetPage[Task], list[Task]]:
    """A page of tasks ("mine", "replies", "all" or "done"), and after the last dated one those without a day."""
    rows = _with_people(Task.objects.all())
    if show == "done":
        done = rows.filter(done_at__isnull=False)
        return keyset_page(done, order=("-done_at", "-id"), cursor=cursor), []
    rows = rows.filter(done_at=None)
    if show == "mine":
        rows = rows.filter(assignee=viewer)
    elif show == "replies":
        # Theirs, and those that nobody is named to answer: what the home page counts.
        rows = rows.filter(Q(assignee=viewer) | Q(assignee=None), origin=Task.Origin.REPLY)
    page = keyset_page(rows.filter(due_on__isnull=False), order=("due_on", "id"), cursor=cursor)
    undated = [] if page.next_cursor else list(rows.filter(due_on=None).order_by("-pk")[:100])
    return page, undated


def open_tasks(user: User) -> QuerySet[Task]:
    """What the user owes, and replies that nobody is named to answer."""
    mine = Q(assignee=user) | Q(assignee=None, origin=Task.Origin.REPLY)
    return _with_people(Task.objects.filter(mine, done_at=None))


def _with_people(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.select_related("candidate", "assignee").defer("candidate__search_text")


@dataclass
class Day:
    """What one member has to do: each list the most urgent first."""

    overdue: list[Task] = field(default_factory=list)
    today: list[Task] = field(default_factory=list)
    coming: list[Task] = field(default_factory=list)
    replies: list[Task] = field(default_factory=list)
    returned: list[Task] = field(default_factory=list)
    # More is due than a page shows.
    is_cut: bool = False

    def __bool__(self) -> bool:
        return any([self.overdue, self.today, self.coming, self.replies, self.returned])


def day_of(user: User, *, today: date) -> Day:
    """The user's day, in three statements."""
    tasks = open_tasks(user)
    waiting = tasks.order_by("created_at", "pk")
    day = Day()
    day.replies = _first(MOST_WAITING, waiting.filter(origin=Task.Origin.REPLY), day)
    day.returned = _first(MOST_WAITING, waiting.filter(origin=Task.Origin.SNOOZE), day)
    due = (
        tasks.exclude(origin__in=WAITING)
        .filter(due_on__lte=today + timedelta(days=DAYS_AHEAD))
        .order_by("due_on", F("due_time").asc(nulls_first=True), "pk")
    )
    for task in _first(MOST_DUE, due, day):
        if task.due_on and task.due_on < today:
            day.overdue.append(task)
        elif task.due_on == today:
            day.today.append(task)
        else:
            day.coming.append(task)
    return day


def _first(most: int, tasks: QuerySet[Task], day: Day) -> list[Task]:
    """As many as the day shows of these; it is told where there are more."""
    found = list(tasks[: most + 1])
    day.is_cut = day.is_cut or len(found) > most
    return found[:most]
