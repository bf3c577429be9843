"""What the home page shows: what a member owes today, and what is worth a look."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from analytics.queries import Period, pool_rows
from campaigns.models import Enrollment, Message, Sender, Sequence
from candidates.models import Candidate, TalentPool, Task
from candidates.queries import open_tasks, page_of_cold
from candidates.queries.saved_searches import pinned_searches
from crm.accounts.models import User

MOST_TASKS = 8
MOST_COLD = 5
MOST_POOLS = 5
MOST_LOOKS = 5


@dataclass(frozen=True)
class FirstStep:
    """One line of the checklist of an organization that begins."""

    label: str
    hint: str
    view: str
    done: bool


def for_member(user: User) -> dict[str, Any]:
    """Everything on the home page of `user`, in a number of statements that never grows."""
    tasks = open_tasks(user).exclude(origin=Task.Origin.REPLY)
    due = tasks.filter(due_on__lte=timezone.localdate())
    replies = open_tasks(user).filter(origin=Task.Origin.REPLY)
    task_count, reply_count = due.count(), replies.count()
    biggest = (
        TalentPool.objects.filter(archived_at=None)
        .annotate(size=Count("memberships"))
        .order_by("-size", "name", "pk")
    )
    steps = first_steps()
    return {
        "today": timezone.localdate(),
        "tasks": list(due.order_by("due_on", "pk")[:MOST_TASKS]),
        "task_count": task_count,
        "tasks_left": max(0, task_count - MOST_TASKS),
        "replies": list(replies.order_by("created_at", "pk")[:MOST_TASKS]),
        "reply_count": reply_count,
        "replies_left": max(0, reply_count - MOST_TASKS),
        "cold": page_of_cold(viewer=user, owner=user, size=MOST_COLD)[0],
        "pools": pool_rows(list(biggest[:MOST_POOLS])),
        "searches": pinned_searches(user),
        "looks": sequences_to_look_at(),
        "period": Period("all"),
        "paused_senders": list(Sender.objects.exclude(paused_at=None)),
        "steps": [] if all(step.done for step in steps) else steps,
    }


@dataclass(frozen=True)
class Look:
    """A sequence that waits for a decision, and why."""

    sequence: Sequence
    doubtful: int
    refused: int


def sequences_to_look_at() -> list[Look]:
    """Sequences with mails whose fate is unknown or that were refused, and paused ones."""
    state = Message.State
    counts = {
        row["enrollment__sequence"]: row
        for row in Message.objects.filter(state__in=[state.AMBIGUOUS, state.FAILED])
        .order_by()
        .values("enrollment__sequence")
        .annotate(
            doubtful=Count("pk", filter=Q(state=state.AMBIGUOUS)),
            refused=Count("pk", filter=Q(state=state.FAILED)),
        )
    }
    sequences = Sequence.objects.filter(Q(pk__in=counts) | Q(state=Sequence.State.PAUSED))
    nothing = {"doubtful": 0, "refused": 0}
    return [
        Look(sequence, row["doubtful"], row["refused"])
        for sequence in sequences.order_by("name", "pk")[:MOST_LOOKS]
        for row in [counts.get(sequence.pk, nothing)]
    ]


def first_steps() -> list[FirstStep]:
    """The way into Rapport: from a spreadsheet to the first answer."""
    answered = Message.objects.filter(direction=Message.Direction.IN, is_automatic=False)
    return [
        FirstStep(
            "Import your people",
            "A spreadsheet or an export is enough.",
            "candidates:imports",
            Candidate.objects.exists(),
        ),
        FirstStep(
            "Put some of them into a pool",
            "A pool groups people for a purpose.",
            "pools:list",
            TalentPool.objects.exists(),
        ),
        FirstStep(
            "Start a sequence of mails",
            "It stops by itself when somebody answers.",
            "campaigns:sequences",
            Enrollment.objects.exists(),
        ),
        FirstStep(
            "Get the first answer",
            "It arrives on the person's timeline, and here as a task.",
            "",
            answered.exists(),
        ),
    ]
