"""Notes and calls: what colleagues write down."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, Note, Touchpoint
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError


class NotTheAuthor(DomainError):
    """A note is its author's word."""

    def __init__(self) -> None:
        super().__init__("Only the author of a note can delete it.")


@transaction.atomic
def add_note(candidate: Candidate, *, body: str, by: User, is_private: bool = False) -> Note:
    """Add a note and its timeline entry. The text stays in the note alone: a private one is its author's."""
    note = Note.objects.create(candidate=candidate, author=by, body=body, is_private=is_private)
    summary = "Private note" if is_private else "Note"
    add_touchpoint(candidate, Touchpoint.Kind.NOTE, summary, actor=by, note=note)
    record("note.added", note, by=by, candidate=candidate.pk)
    return note


@transaction.atomic
def delete_note(note: Note, *, by: User) -> None:
    """Delete a note of one's own, with its timeline entry."""
    if note.author_id != by.pk:
        raise NotTheAuthor
    record("note.deleted", note, by=by, candidate=note.candidate_id)
    Touchpoint.objects.filter(note=note).delete()
    note.delete()


@transaction.atomic
def log_call(
    candidate: Candidate, *, summary: str, by: User, body: str = "", at: datetime | None = None
) -> Touchpoint:
    """Put a call on the timeline: it counts as a contact."""
    touchpoint = add_touchpoint(
        candidate, Touchpoint.Kind.CALL, summary, actor=by, body=body, at=at or timezone.now()
    )
    record("call.logged", touchpoint, by=by, candidate=candidate.pk)
    return touchpoint
