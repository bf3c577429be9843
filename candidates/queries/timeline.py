"""What happened between us and a person, as far as the viewer may see it."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from candidates.models import (
    Candidate,
    Note,
    Touchpoint,
)
from crm.accounts.models import User
from crm.web.pagination import KeysetPage, keyset_page

Kind = Touchpoint.Kind
# What the tabs of a timeline show.
TIMELINE = {
    "": tuple(Kind),
    "mail": (Kind.MAIL_SENT, Kind.MAIL_RECEIVED, Kind.AUTO_REPLY, Kind.BOUNCE, Kind.UNSUBSCRIBE),
    "notes": (Kind.NOTE, Kind.CALL),
    "tasks": (Kind.TASK,),
    "changes": (
        Kind.ADDED,
        Kind.IMPORTED,
        Kind.EDITED,
        Kind.POOL,
        Kind.TAG,
        Kind.STAGE,
        Kind.STATUS,
        Kind.SEQUENCE,
    ),
}
# What a hiring manager sees of a timeline: no correspondence, and no moves, which name other people's jobs.
SHARED_KINDS = (Kind.NOTE, Kind.CALL)


def visible_touchpoints(viewer: User) -> QuerySet[Touchpoint]:
    """Every entry but those of other people's private notes."""
    return Touchpoint.objects.filter(
        Q(note=None) | Q(note__is_private=False) | Q(note__author=viewer)
    )


def visible_notes(viewer: User) -> QuerySet[Note]:
    """Every note but other people's private ones."""
    return Note.objects.filter(Q(is_private=False) | Q(author=viewer))


def page_of_timeline(
    candidate: Candidate, *, viewer: User, kinds: Sequence[str], cursor: str = "", size: int = 30
) -> KeysetPage[Touchpoint]:
    """A page of the candidate's timeline, newest first, with actors and notes: one query."""
    entries = visible_touchpoints(viewer).filter(candidate=candidate)
    if set(kinds) != set(Kind):
        entries = entries.filter(kind__in=kinds)
    return keyset_page(
        entries.select_related("actor", "note", "note__author"),
        order=("-at", "-id"),
        cursor=cursor,
        size=size,
    )
