"""Taking back what was just done to tasks: the act itself travels in the signed address of Undo."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core import signing
from django.urls import reverse

from candidates.services.tasks import move_tasks, reassign_tasks, reopen_tasks
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

SALT = "candidates.undo_tasks"
MOST_IDS = 100
GOOD_FOR = timedelta(hours=1)


class TaskUndoExpired(DomainError):
    def __init__(self) -> None:
        super().__init__("This can no longer be undone from here.")


def undo_completing(task_ids: Sequence[int], *, by: User) -> str:
    """The address that opens these tasks again; empty where they are none or too many."""
    return _address({"reopen": list(task_ids)}, len(task_ids), by)


def undo_moving(days: Mapping[int, date | None], *, by: User) -> str:
    """The address that lets the tasks be due on these days again."""
    moved = [(pk, day.isoformat() if day else None) for pk, day in days.items()]
    return _address({"days": moved}, len(moved), by)


def undo_reassigning(assignees: Mapping[int, int | None], *, by: User) -> str:
    """The address that gives the tasks back to these users."""
    return _address({"assignees": list(assignees.items())}, len(assignees), by)


def _address(act: dict[str, Any], count: int, by: User) -> str:
    if not 0 < count <= MOST_IDS:
        return ""
    act |= {"organization": current_organization().pk, "by": by.pk}
    return reverse("tasks:undo", args=[signing.dumps(act, salt=SALT, compress=True)])


def undo_tasks(token: str, *, by: User) -> str:
    """Take the act in `token` back; return a sentence that says so. Only who did it may."""
    try:
        act = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise TaskUndoExpired from error
    if (act["organization"], act["by"]) != (current_organization().pk, by.pk):
        raise TaskUndoExpired
    if "reopen" in act:
        return f"{_tasks(reopen_tasks(act['reopen'], by=by))} open again."
    if "days" in act:
        days = {pk: date.fromisoformat(day) if day else None for pk, day in act["days"]}
        return f"{_tasks(len(move_tasks(days, by=by)))} back on the day before."
    members = Membership.objects.filter(organization=current_organization())
    users = {
        member.user_id: member.user
        for member in members.filter(
            user__in=[pk for _, pk in act["assignees"] if pk]
        ).select_related("user")
    }
    former = {pk: users.get(user) for pk, user in act["assignees"]}
    return f"{_tasks(len(reassign_tasks(former, by=by)))} given back."


def _tasks(count: int) -> str:
    return "1 task is" if count == 1 else f"{count} tasks are"
