"""Notes: what colleagues write down, for themselves, for some or for all; and whom they mention."""

import re
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, ChangeSet, Note, NoteReader, Notification, Touchpoint
from candidates.queries import possible_readers
from candidates.services.editing import undoable
from candidates.services.identifying import fold
from candidates.services.notifying import notify_all
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# The rows of a note.
PARTS = (Note, NoteReader, Touchpoint)
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")


class NotTheAuthor(DomainError):
    """A note is its author's word."""

    def __init__(self, verb: str = "delete") -> None:
        super().__init__(f"Only the author of a note can {verb} it.")


class MentionedInPrivate(DomainError):
    """Who is mentioned is told, and could not read it."""

    def __init__(self, user: User) -> None:
        super().__init__(
            f"Only you see this note, so {user} could not read it. Share it, or leave the @ out."
        )


@transaction.atomic
def add_note(
    candidate: Candidate,
    *,
    body: str,
    by: User,
    is_private: bool = False,
    readers: Iterable[User] = (),
) -> Note:
    """Add a note and its timeline entry. The text stays in the note alone: a private one is its readers'.

    `readers` share a private note with its author; who is mentioned in a shared one reads it too.
    """
    note = Note.objects.create(candidate=candidate, author=by, body=body, is_private=is_private)
    shared = _share(note, readers, by)
    add_touchpoint(candidate, Touchpoint.Kind.NOTE, _summary(note, shared), actor=by, note=note)
    record("note.added", note, by=by, candidate=candidate.pk)
    _tell(note, mentioned(body), by)
    return note


def edit_note(
    note: Note, *, body: str, by: User, is_private: bool = False, readers: Iterable[User] = ()
) -> ChangeSet:
    """Rewrite one's own note; who is mentioned for the first time is told."""
    if note.author_id != by.pk:
        raise NotTheAuthor("edit")
    with undoable(note.candidate, "Changed a note", models=PARTS, by=by) as change_set:
        known = {user.pk for user in mentioned(note.body)}
        note.body, note.is_private, note.edited_at = body, is_private, timezone.now()
        note.save(update_fields=["body", "is_private", "edited_at"])
        shared = _share(note, readers, by)
        Touchpoint.objects.filter(note=note).update(summary=_summary(note, shared))
        record("note.edited", note, by=by, candidate=note.candidate_id)
        _tell(note, [user for user in mentioned(body) if user.pk not in known], by)
    return change_set


def delete_note(note: Note, *, by: User) -> ChangeSet:
    """Delete a note of one's own, with its timeline entry."""
    if note.author_id != by.pk:
        raise NotTheAuthor
    with undoable(note.candidate, "Deleted a note", models=PARTS, by=by) as change_set:
        record("note.deleted", note, by=by, candidate=note.candidate_id)
        Touchpoint.objects.filter(note=note).delete()
        note.delete()
    return change_set


def mentioned(body: str) -> list[User]:
    """The members whom `body` names behind an @: by full name, by the part before the @ of their address, or
    by a first name that only one has. Who does not read candidates is not among them."""
    places = [match.end() for match in _MENTION.finditer(body)]
    if not places:
        return []
    handles = mention_handles(possible_readers())
    found: dict[int, User] = {}
    for place in places:
        user = mention_at(body, place, handles)[0]
        if user:
            found[user.pk] = user
    return list(found.values())


def mention_at(body: str, place: int, handles: list[tuple[str, User]]) -> tuple[User | None, int]:
    """Who is named from `place` on (behind an @), and where the name ends."""
    rest = body[place : place + 120]
    folded = fold(rest)
    for handle, user in handles:
        if folded.startswith(handle) and not folded[len(handle) : len(handle) + 1].isalnum():
            return user, place + len(handle)
    return None, place


def mention_handles(users: Iterable[User]) -> list[tuple[str, User]]:
    """The folded ways to name each member, the longest first; what fits two is left out."""
    ways: dict[str, set[User]] = {}
    for user in users:
        name = fold(user.name)
        for way in {name, name.partition(" ")[0], user.email.partition("@")[0].lower()} - {""}:
            ways.setdefault(way, set()).add(user)
    only = [(way, next(iter(who))) for way, who in ways.items() if len(who) == 1]
    return sorted(only, key=lambda pair: -len(pair[0]))


def _share(note: Note, readers: Iterable[User], by: User) -> list[User]:
    """Let exactly these read the private note besides its author, and whom it mentions."""
    shared = {user.pk: user for user in readers if user.pk != by.pk} if note.is_private else {}
    if note.is_private:
        named = [user for user in mentioned(note.body) if user.pk != by.pk]
        if named and not shared:
            raise MentionedInPrivate(named[0])
        shared |= {user.pk: user for user in named}
    NoteReader.objects.filter(note=note).exclude(user__in=list(shared)).delete()
    NoteReader.objects.bulk_create(
        [NoteReader(note=note, candidate=note.candidate, user=user) for user in shared.values()],
        ignore_conflicts=True,
    )
    return list(shared.values())


def _summary(note: Note, shared: list[User]) -> str:
    if not note.is_private:
        return "Note"
    return "Shared note" if shared else "Private note"


def _tell(note: Note, users: list[User], by: User) -> None:
    notify_all(
        users,
        kind=Notification.Kind.MENTION,
        text=f"{by} mentioned you in a note on {note.candidate}",
        link=f"candidates/{note.candidate_id}/?show=notes#note-{note.pk}",
        candidate=note.candidate,
        by=by,
    )
