"""Acts on one record that the toast's Undo takes back: each is a small change set of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from candidates.models import Candidate, ChangeSet
from candidates.services.changes.recording import close_change_set, open_change_set, recording
from candidates.services.changes.undoing import start_undo, undo_batch
from crm.accounts.models import User
from crm.web.errors import DomainError

# A toast is gone in seconds; a page left open in another tab may still show it.
UNDO_FOR = timedelta(hours=1)


class UndoExpired(DomainError):
    def __init__(self) -> None:
        super().__init__("This can no longer be undone from here.")


@contextmanager
def undoable(
    candidate: Candidate,
    title: str,
    *,
    models: "Sequence[type[models.Model]]",
    by: User | None,
    grown: "Sequence[type[models.Model]]" = (),
    joining: "Sequence[models.QuerySet[Any]]" = (),
    kind: ChangeSet.Kind = ChangeSet.Kind.EDIT,
) -> Iterator[ChangeSet]:
    """Lock the candidate and write down what the block does to these models of theirs; `grown`, `joining`: see `recording`.

    `title` is shown long after: it says what was done, never to whom and with which value.
    """
    with transaction.atomic():
        # Nobody adds a row of theirs meanwhile: it would be taken for one of the block's.
        Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
        change_set = open_change_set(kind, title, by=by)
        with recording(change_set, [candidate.pk], compared=models, grown=grown, joining=joining):
            yield change_set
        close_change_set(change_set)


@transaction.atomic
def undo_edit(change_set: ChangeSet, *, by: User) -> str:
    """Take an act on one record back; return a sentence. Only who did it may, and only at once."""
    since = timezone.now() - UNDO_FOR
    if (
        change_set.kind != ChangeSet.Kind.EDIT
        or change_set.created_by_id != by.pk
        or change_set.created_at < since
    ):
        raise UndoExpired
    start_undo(change_set, by=by)
    while not undo_batch(change_set.pk):
        pass
    change_set.refresh_from_db()
    if change_set.state == ChangeSet.State.APPLIED:
        return "Nothing was taken back: it was changed since."
    kept = change_set.counts.get("kept", 0)
    return "Undone, except for what was changed since." if kept else "Undone."
