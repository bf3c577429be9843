"""What can be done with many people in the background: each action changes one batch, in the caller's transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from candidates.models import (
    BulkAct,
    Candidate,
    CandidateTag,
    ChangeSet,
    NotNowReason,
    Snooze,
    Tag,
    TalentPool,
    Task,
)
from candidates.services.bulk_edits import join_recorded, leave_recorded
from candidates.services.candidates import assign_owner
from candidates.services.changes.recording import record_created, recording
from candidates.services.locking import lock_people
from candidates.services.snoozing import snooze_candidates
from candidates.services.tagging import tag_candidates
from candidates.services.tasks import insert_tasks, tell_of_tasks
from crm.accounts.models import User
from crm.tenancy.bulk import among
from crm.tenancy.roles import EDITORS, Role
from crm.web.errors import DomainError


class TargetGone(DomainError):
    def __init__(self, noun: str) -> None:
        super().__init__(
            f"The {noun} is not there any more: the rest of the people stay as they are."
        )


@dataclass(frozen=True)
class Applied:
    """How many people of a batch were changed, and how many were left out for which reason."""

    changed: int
    left_out: dict[str, int] = field(default_factory=dict)


# Of the change set (None for what cannot be taken back), what was chosen, the ids of the batch, and who does it.
Apply = Callable[[ChangeSet | None, dict[str, Any], Sequence[int], User], Applied]


@dataclass(frozen=True)
class BulkAction:
    """One action. What is not undoable has no change set, and its confirmation says so."""

    name: str
    apply: Apply
    is_undoable: bool = True
    # People in one transaction.
    batch: int = 2000
    # Who may do it: asked again before each batch.
    roles: frozenset[Role] = EDITORS
    # Done in the last batch, when all people have been gone through: may add to `chosen`.
    finish: Callable[[dict[str, Any]], None] | None = None
    # Of an action that only finds something out: where that is shown. It is forgotten with the selection
    # that `chosen["frozen"]` names.
    leads_to: Callable[[BulkAct], str] | None = None
    # Where one goes on once it is done: an address, or "" where that is gone.
    goes_on: Callable[[BulkAct], str] | None = None
    # The words of the link there.
    goes_on_words: str = ""


_actions: dict[str, BulkAction] = {}


def register_action(action: BulkAction) -> None:
    """Let an action be done in the background."""
    _actions[action.name] = action


def action_of(name: str) -> BulkAction:
    return _actions[name]


def address_of_result(act: BulkAct) -> str:
    """The page of what a finished act has found out; empty for acts that have none."""
    action = _actions.get(act.action)
    is_over = act.state == BulkAct.State.DONE
    return action.leads_to(act) if action and action.leads_to and is_over else ""


def where_next(act: BulkAct) -> tuple[str, str]:
    """Where somebody goes on after an act that is over, and the words of the link; both empty for most acts."""
    action = _actions.get(act.action)
    address = action.goes_on(act) if action and action.goes_on and not act.is_busy else ""
    return (address, action.goes_on_words) if action and address else ("", "")


def _tag(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    tag = Tag.objects.filter(pk=chosen["tag"]).first()
    if tag is None:
        raise TargetGone("tag")
    tagged = tag_candidates(tag, ids, by=by)
    if change_set:
        rows = CandidateTag.objects.filter(tag=tag, candidate_id__in=among(tagged))
        record_created(change_set, rows)
    return _applied(ids, len(tagged), "already tagged")


def _pool(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    pool = TalentPool.objects.filter(pk=chosen["pool"]).first()
    if pool is None:
        raise TargetGone("pool")
    joined, kept = join_recorded(cast("ChangeSet", change_set), pool, list(ids), by=by)
    return _applied(ids, joined + kept, "already in it")


def _page_of_pool(act: BulkAct) -> str:
    pool = TalentPool.objects.filter(pk=act.chosen["pool"]).first()
    return pool.get_absolute_url() if pool else ""


def _leave_pool(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    pool = TalentPool.objects.filter(pk=chosen["pool"]).first()
    if pool is None:
        raise TargetGone("pool")
    left = leave_recorded(cast("ChangeSet", change_set), pool, list(ids), by=by)
    return _applied(ids, left, "not in it")


def _owner(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    owner = User.objects.get(pk=chosen["owner"]) if chosen["owner"] else None
    if change_set:
        lock_people(ids)
        with recording(change_set, ids, compared=[Candidate]):
            former = assign_owner(list(ids), owner=owner, by=by)
    else:
        former = assign_owner(list(ids), owner=owner, by=by)
    return _applied(ids, len(former), "unchanged")


def _task(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    # Whoever is not there any more gets no tasks: they are for nobody yet.
    assignee = User.objects.filter(pk=chosen["assignee"]).first()
    due_on = date.fromisoformat(chosen["due_on"]) if chosen["due_on"] else None
    title = chosen["title"]
    added = insert_tasks(ids, title=title, assignee=assignee, due_on=due_on, by=by)
    if change_set:
        if added and not change_set.changes.exists():
            # With the first batch: the others are the same news.
            tell_of_tasks(assignee, title=title, by=by)
        record_created(change_set, Task.objects.filter(pk__in=[task.pk for task in added]))
    return _applied(ids, len(added), "unchanged")


def _snooze(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    reason = NotNowReason.objects.filter(pk=chosen["reason"]).first()
    lock_people(ids)
    with recording(cast("ChangeSet", change_set), ids, compared=[Candidate, Snooze]):
        snoozed = snooze_candidates(
            ids,
            until=date.fromisoformat(chosen["until"]),
            by=by,
            reason=reason,
            note=chosen["note"],
        )
    return _applied(ids, len(snoozed), "must not be contacted at all")


def _applied(ids: Sequence[int], changed: int, reason: str) -> Applied:
    """Whoever is gone meanwhile is told apart from whoever had it already."""
    if changed == len(ids):
        return Applied(changed)
    here = Candidate.objects.filter(pk__in=among(ids)).count()
    left = {reason: here - changed, "gone meanwhile": len(ids) - here}
    return Applied(changed, {why: count for why, count in left.items() if count > 0})


for _action in (
    BulkAction("tag", _tag),
    BulkAction("pool", _pool, goes_on=_page_of_pool, goes_on_words="Open the pool"),
    BulkAction("leave_pool", _leave_pool, goes_on=_page_of_pool, goes_on_words="Open the pool"),
    BulkAction("owner", _owner),
    BulkAction("task", _task),
    BulkAction("snooze", _snooze),
):
    register_action(_action)
