"""Taking back what was just done to tasks: the act itself travels in the signed address of Undo."""

from collections.abc import Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any, TypeVar

from django.core import signing
from django.db import transaction
from django.urls import reverse

from candidates.models import Task
from candidates.services.tasks import move_tasks, reassign_tasks, reopen_tasks
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

SALT = "candidates.undo_of_tasks"
MOST_IDS = 100
GOOD_FOR = timedelta(hours=1)


class TaskUndoExpired(DomainError):
    def __init__(self) -> None:
        super().__init__("This can no longer be undone from here.")


def undo_completing(task_ids: Sequence[int], *, by: User) -> str:
    """The address that opens these tasks again; empty where they are none or too many."""
    return _address({"reopen": list(task_ids)}, len(task_ids), by)


def undo_moving(days: Mapping[int, date | None], *, after: date, by: User) -> str:
    """The address that lets the tasks, due on `after` now, be due on these days again."""
    moved = [(pk, day.isoformat() if day else None) for pk, day in days.items()]
    return _address({"days": moved, "after": after.isoformat()}, len(moved), by)


def undo_reassigning(assignees: Mapping[int, int | None], *, after: User | None, by: User) -> str:
    """The address that gives the tasks, which are of `after` now, back to these users."""
    given = {"assignees": list(assignees.items()), "after": after.pk if after else None}
    return _address(given, len(assignees), by)


def _address(act: dict[str, Any], count: int, by: User) -> str:
    if not 0 < count <= MOST_IDS:
        return ""
    act |= {"organization": current_organization().pk, "by": by.pk}
    return reverse("tasks:undo", args=[signing.dumps(act, salt=SALT, compress=True)])


@transaction.atomic
def undo_tasks(token: str, *, by: User) -> str:
    """Take the act in `token` back; return a sentence that says so. Only who did it may.

    What a task was changed to since stays.
    """
    try:
        act = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise TaskUndoExpired from error
    if (act["organization"], act["by"]) != (current_organization().pk, by.pk):
        raise TaskUndoExpired
    if "reopen" in act:
        return _told(reopen_tasks(act["reopen"], by=by), len(act["reopen"]), "open again")
    if "days" in act:
        days = {pk: date.fromisoformat(day) if day else None for pk, day in act["days"]}
        moved = move_tasks(_still(days, due_on=act["after"]), by=by)
        return _told(len(moved), len(days), "back on the day before")
    former = dict(act["assignees"])
    users = _members(set(former.values()))
    givers = {pk: users.get(user) for pk, user in former.items()}
    given = reassign_tasks(_still(givers, assignee=act["after"]), by=by)
    return _told(len(given), len(former), "given back")


ValueT = TypeVar("ValueT")


def _still(before: dict[int, ValueT], **after: object) -> dict[int, ValueT]:
    """What of `before` belongs to tasks that are as the act left them; nobody changes these until the end."""
    tasks = Task.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    return {task.pk: before[task.pk] for task in tasks.filter(pk__in=list(before), **after)}


def _members(ids: Set[int | None]) -> dict[int, User]:
    members = Membership.objects.filter(
        organization=current_organization(), user__in=[pk for pk in ids if pk]
    )
    return {member.user_id: member.user for member in members.select_related("user")}


def _told(count: int, asked: int, words: str) -> str:
    """What became of it, such as "2 tasks are open again. 1 was changed meanwhile and stays as it is." """
    text = f"{'1 task is' if count == 1 else f'{count} tasks are'} {words}."
    if (stay := asked - count) == 1:
        text += " 1 was changed meanwhile and stays as it is."
    elif stay:
        text += f" {stay} were changed meanwhile and stay as they are."
    return text
