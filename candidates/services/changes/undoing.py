"""Undoing a change set: backwards, in batches that are committed one by one.

How far it came stands in the change set: an undo that dies is continued by the next one, and two at once
take turns at its row, so that nothing is taken back twice.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

from django.db import OperationalError, models, transaction
from django.db.models import Count
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidateSkill,
    Change,
    ChangeSet,
    Education,
    EmailAddress,
    PhoneNumber,
    Resume,
    Touchpoint,
    WorkExperience,
)
from candidates.services.changes.forgetting import forget_values
from candidates.services.changes.registry import belongings, known_models
from candidates.services.changes.removing import (
    name_mergers,
    remove_people,
    take_resumes_back,
)
from candidates.services.changes.restoring import (
    DONE,
    GONE,
    TAKEN,
    TARGET_GONE,
    Done,
    Outcome,
    Verdicts,
    bring_back_rows,
    remove_rows,
    restore_values,
)
from candidates.services.locking import lock_people
from candidates.services.searching import refresh_search_text
from candidates.services.timeline import add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import look_up_by_index, update_rows
from crm.tenancy.models import Organization
from crm.tenancy.roles import ADMINS, RECRUITERS
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError

State = ChangeSet.State
Action = Change.Action
BATCH = 2000
# From so many changes on, the whole of the tables is not to be read for each.
MANY = 100
# Below the tasks' time limit, with room for the last batch.
UNDO_SECONDS = 200
# Why a change may have to wait for another one.
WAITING = {TAKEN, TARGET_GONE}
# Taken back by who did it, or by an admin.
OF_AUTHORS = {ChangeSet.Kind.BULK_EDIT, ChangeSet.Kind.RESUME}
# Whose words people are found by.
SEARCHED = {
    Candidate,
    CandidateCustomValue,
    CandidateSkill,
    Education,
    EmailAddress,
    PhoneNumber,
    WorkExperience,
}
ERASED = (
    "The person was erased since, and the résumé with them. There is nothing left to take back."
)
# So much is undone while the browser waits.
AT_ONCE = 500


class NotUndoable(DomainError):
    """The change set is still being written, or its values are forgotten."""


class DoneByAnother(DomainError):
    def __init__(self) -> None:
        super().__init__("Only who asked for this, or an admin, can stop it or take it back.")


class BroughtByAnother(DomainError):
    def __init__(self) -> None:
        super().__init__("Only who did this, or a recruiter, can take it back.")


class EditedByAnother(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "Only who made this change can take it back. Open the record, and change it there."
        )


def may_undo(change_set: ChangeSet, *, by: User, role: str) -> bool:
    """Whether a member may take it back.

    A bulk edit may be about what they do not see, such as a confidential job; what a résumé brought is judged by who
    has read it. An act on one record is its author's, as a note is. What others imported or merged is taken back by
    who may erase people.
    """
    if change_set.created_by_id == by.pk:
        return True
    if change_set.kind == ChangeSet.Kind.EDIT:
        return False
    return role in (ADMINS if change_set.kind in OF_AUTHORS else RECRUITERS)


def is_erased(change_set: ChangeSet) -> bool:
    """Whether whom a résumé was about is no longer here, and the résumé with them."""
    about = change_set.changes.exclude(candidate=None)
    return (
        change_set.kind == ChangeSet.Kind.RESUME
        and change_set.state == State.APPLIED
        and not about.exists()
    )


@transaction.atomic
def start_undo(change_set: ChangeSet, *, by: User) -> ChangeSet:
    """Let the change set be undone. Starting twice is starting once."""
    change_set = ChangeSet.objects.select_for_update(of=("self",)).get(pk=change_set.pk)
    if change_set.state in {State.UNDOING, State.UNDONE}:
        return change_set
    if change_set.state == State.APPLYING:
        raise NotUndoable("This is still running. It can be undone when it is done.")
    if not change_set.is_undoable or change_set.forgotten_at:
        raise NotUndoable(
            f"This was done on {change_set.applied_at or change_set.created_at:%-d %b %Y}. "
            "Changes can be undone for 30 days; after that the values before them are forgotten."
        )
    if is_erased(change_set):
        raise NotUndoable(ERASED)
    # An undo that kept everything may have gone before.
    change_set.changes.exclude(outcome="").update(outcome="", reason="", kept_by=None, kept_at=None)
    change_set.state, change_set.undone_by = State.UNDOING, by
    change_set.undo_started_at = change_set.beat_at = timezone.now()
    change_set.save(update_fields=["state", "undone_by", "undo_started_at", "beat_at"])
    record("changes.undo_started", change_set, by=by)
    return change_set


def work_on_undo(
    organization: Organization, change_set_id: int, *, seconds: float = UNDO_SECONDS
) -> bool:
    """Undo until it is done or the time is up; True when nothing is left to do."""
    until = monotonic() + seconds
    while monotonic() < until:
        try:
            with acting_in(organization):
                if undo_batch(change_set_id):
                    return True
        except OperationalError as error:
            # An import and this one waited for each other, and this one gave way: its batch is tried again at once.
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return False


@transaction.atomic
def undo_batch(change_set_id: int) -> bool:
    """Take the next changes back; True when there were none left."""
    change_set = ChangeSet.objects.select_for_update(of=("self",)).filter(pk=change_set_id).first()
    if change_set is None or change_set.state != State.UNDOING:
        return True
    left = change_set.changes.order_by("-pk")
    if change_set.undone_down_to is not None:
        left = left.filter(pk__lt=change_set.undone_down_to)
    if change_set.kind not in {ChangeSet.Kind.MERGE, ChangeSet.Kind.RESUME}:
        # The rows of a merge lean on each other, and a résumé on its person: they come back together.
        left = left[:BATCH]
    changes = [Done(*values) for values in left.values_list(*DONE)]
    if not changes:
        _finish(change_set)
        return True
    if len(changes) >= MANY:
        look_up_by_index()
    lock_people(change.candidate_id for change in changes if change.candidate_id)
    _undo_or_leave(change_set, changes)
    change_set.undone_down_to = changes[-1].pk
    change_set.beat_at = timezone.now()
    change_set.save(update_fields=["undone_down_to", "beat_at"])
    return False


def _undo_or_leave(change_set: ChangeSet, changes: list[Done]) -> None:
    """Take these back; where all that they changed stays, the timelines' entries of it stay, too."""
    before = transaction.savepoint()
    _undo_all(change_set, changes)
    these = change_set.changes.filter(pk__lte=changes[0].pk, pk__gte=changes[-1].pk)
    if _is_taken_back(these) or not these.filter(outcome=Outcome.KEPT).exists():
        transaction.savepoint_commit(before)
        return
    columns = ("pk", "model", "outcome", "reason", "kept_by", "kept_at")
    found = list(these.values_list(*columns))
    transaction.savepoint_rollback(before)
    verdicts = Verdicts()
    for pk, model, outcome, reason, by, at in found:
        verdicts.found[pk] = (
            Outcome.KEPT if model == Touchpoint._meta.label else Outcome(outcome), reason, by, at,
        )  # fmt: skip
    _write_outcomes(changes, verdicts)


def _is_taken_back(changes: "models.QuerySet[Change]") -> bool:
    """Whether any of it is as before now; entries of timelines tell of changes, they are none."""
    done = changes.filter(outcome__in=[Outcome.RESTORED, Outcome.REMOVED]).exclude(reason=GONE)
    return done.exclude(model=Touchpoint._meta.label).exists()


def _undo_all(change_set: ChangeSet, changes: list[Done]) -> None:
    """Take these back, and try again with those that had to wait for others of them."""
    while changes:
        waiting = [
            change for segment in _segments(changes) for change in _undo(change_set, segment)
        ]
        if len(waiting) == len(changes):
            return
        changes = waiting


def _segments(changes: Sequence[Done]) -> Iterator[list[Done]]:
    """Neighbours of one kind that can be taken back as a set: no column of a row twice."""
    segment: list[Done] = []
    kind: tuple[str, str] | None = None
    seen: set[tuple[int, str]] = set()
    for change in changes:
        action = Action.UPDATE if change.action == Action.MOVE else change.action
        place = (change.object_id, change.field)
        if (action, change.model) != kind or place in seen:
            if segment:
                yield segment
            segment, kind, seen = [], (action, change.model), set()
        segment.append(change)
        seen.add(place)
    if segment:
        yield segment


def _undo(change_set: ChangeSet, segment: list[Done]) -> list[Done]:
    """Take one set back; returns those that may have to wait for others."""
    model, action = known_models().get(segment[0].model), segment[0].action
    if model is None:
        verdicts = Verdicts()
        verdicts.say([change.pk for change in segment], Outcome.KEPT, GONE)
    elif action == Action.CREATE and model is Candidate:
        verdicts = remove_people(change_set, segment)
    elif action == Action.CREATE:
        verdicts = remove_rows(model, segment)
    elif action == Action.DELETE:
        verdicts = bring_back_rows(model, segment)
    elif model is Resume and change_set.kind == ChangeSet.Kind.RESUME:
        verdicts = take_resumes_back(change_set, model, segment)
    else:
        verdicts = restore_values(model, segment)
    if model is Candidate:
        name_mergers(segment, verdicts)
    _write_outcomes(segment, verdicts)
    restored = {
        change.candidate_id
        for change in segment
        if change.candidate_id
        and _is_theirs(model)
        and not (change.action == Action.CREATE and model is Candidate)
        and verdicts.found[change.pk][0] != Outcome.KEPT
    }
    if model in SEARCHED:
        refresh_search_text(sorted(restored))
    if model is Resume:
        _index_no_more(segment)
    _tell_timelines(change_set, restored)
    return [change for change in segment if verdicts.found[change.pk][1] in WAITING]


def _is_theirs(model: type[models.Model] | None) -> bool:
    """Whether rows of a model are a person's, and not only named in their words."""
    return model in {Candidate, Change, *(belonging.model for belonging in belongings())}


def _index_no_more(segment: list[Done]) -> None:
    """Files that wait for a review again are not searched."""
    moved = {change.object_id for change in segment if change.field == "state"}
    waiting = Resume.objects.filter(pk__in=moved)
    waiting.exclude(state=Resume.State.ACCEPTED).exclude(search_text="").update(search_text="")


def _write_outcomes(segment: list[Done], verdicts: Verdicts) -> None:
    update_rows(
        Change,
        {"outcome": "text", "reason": "text", "kept_by": "bigint", "kept_at": "timestamptz"},
        [
            (change.pk, outcome.value, *why)
            for change in segment
            for outcome, *why in [verdicts.found[change.pk]]
        ],
        "outcome = fresh.outcome, reason = fresh.reason, kept_by_id = fresh.kept_by, kept_at = fresh.kept_at",
    )


def _tell_timelines(change_set: ChangeSet, candidate_ids: set[int]) -> None:
    """One entry for each person, however many of their values came back."""
    told = Touchpoint.objects.filter(
        candidate__in=candidate_ids, kind=Touchpoint.Kind.UNDONE, link=change_set.path
    )
    waiting = candidate_ids - set(told.values_list("candidate", flat=True))
    add_touchpoints(
        sorted(waiting),
        Touchpoint.Kind.UNDONE,
        f"Undone: {change_set.title}",
        actor=change_set.undone_by,
        link=change_set.path,
    )


def _finish(change_set: ChangeSet) -> None:
    """Undone, or as it was: what kept everything may go again, and then the undo does what it could not."""
    kept = change_set.changes.filter(outcome=Outcome.KEPT)
    if kept.exists() and not _is_taken_back(change_set.changes.all()):
        change_set.state, change_set.undone_down_to = State.APPLIED, None
        change_set.save(update_fields=["state", "undone_down_to"])
        record("changes.all_kept", change_set, by=change_set.undone_by, kept=kept.count())
        return
    if change_set.kind == ChangeSet.Kind.RESUME:
        # What came with a person who is gone by now.
        forget_values(change_set.changes.filter(candidate=None).exclude(outcome=Outcome.KEPT))
    counted = change_set.changes.values_list("outcome").annotate(Count("pk")).order_by()
    change_set.counts = {**change_set.counts, **dict(counted)}
    change_set.state, change_set.undone_at = State.UNDONE, timezone.now()
    change_set.save(update_fields=["counts", "state", "undone_at"])
    record("changes.undone", change_set, by=change_set.undone_by, **change_set.counts)
