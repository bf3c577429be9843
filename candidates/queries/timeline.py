"""What happened between us and a person, as far as the viewer may see it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from candidates.models import (
    Candidate,
    Note,
    NoteReader,
    Touchpoint,
)
from crm.accounts.models import User
from crm.web.pagination import KeysetPage, keyset_page

Kind = Touchpoint.Kind
# What moves `last_contacted_at`: we wrote, spoke or met. A note is no contact. (In this order in the index.)
CONTACT_KINDS = (Kind.CALL, Kind.TEXT, Kind.SOCIAL, Kind.MEETING, Kind.MAIL_SENT)
_MAIL = (
    *(Kind.MAIL_SENT, Kind.MAIL_RECEIVED, Kind.AUTO_REPLY, Kind.BOUNCE),
    *(Kind.UNSUBSCRIBE, Kind.MAIL_AGAIN),
)
_NOTES = (Kind.NOTE, Kind.CALL, Kind.TEXT, Kind.SOCIAL, Kind.MEETING)
# What the tabs of a timeline show; what no other tab has are changes.
TIMELINE: dict[str, tuple[Kind, ...]] = {
    "": tuple(Kind),
    "mail": _MAIL,
    "notes": _NOTES,
    "tasks": (Kind.TASK,),
    "changes": tuple(kind for kind in Kind if kind not in {*_MAIL, *_NOTES, Kind.TASK}),
}
# What a hiring manager sees of a timeline: no correspondence, and no moves, which name other people's jobs.
SHARED_KINDS = _NOTES


@dataclass(frozen=True)
class TimelineFilter:
    """Which entries: a tab, one kind of it, and by whom ("nobody" is the candidate or Rapport)."""

    show: str = ""
    kind: str = ""
    author: int | None = None
    by_nobody: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.kind,) if self.kind else TIMELINE[self.show]


def visible_touchpoints(viewer: User) -> QuerySet[Touchpoint]:
    """Every entry but those of private notes that are not shared with the viewer."""
    shared = NoteReader.objects.filter(note=OuterRef("note"), user=viewer)
    return Touchpoint.objects.filter(
        Q(note=None) | Q(note__is_private=False) | Q(note__author=viewer) | Exists(shared)
    )


def visible_notes(viewer: User) -> QuerySet[Note]:
    """Every note but private ones that are not shared with the viewer."""
    shared = NoteReader.objects.filter(note=OuterRef("pk"), user=viewer)
    return Note.objects.filter(Q(is_private=False) | Q(author=viewer) | Exists(shared))


def page_of_timeline(
    candidate: Candidate,
    *,
    viewer: User,
    wanted: TimelineFilter,
    is_shared: bool = False,
    cursor: str = "",
    size: int = 30,
) -> KeysetPage[Touchpoint]:
    """A page of the candidate's timeline, newest first, with actors and notes: two queries.

    `is_shared` is for hiring managers: what colleagues wrote of talks, and nothing that an import wrote down, which may
    be pay and addresses.
    """
    entries = visible_touchpoints(viewer).filter(candidate=candidate)
    kinds = set(wanted.kinds)
    if is_shared:
        kinds &= set(SHARED_KINDS)
        entries = entries.exclude(note__body__startswith=Note.IMPORTED)
    if kinds != set(Kind):
        entries = entries.filter(kind__in=kinds)
    if wanted.author is not None:
        entries = entries.filter(actor=wanted.author)
    if wanted.by_nobody:
        entries = entries.filter(actor=None)
    return keyset_page(
        entries.select_related("actor", "note", "note__author").prefetch_related(
            Prefetch("note__readers", NoteReader.objects.select_related("user"))
        ),
        order=("-at", "-id"),
        cursor=cursor,
        size=size,
    )
