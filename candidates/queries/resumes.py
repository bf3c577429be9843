"""Reading résumés: uploads and what became of their files, versions of a person, what to review next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left

from candidates.models import Candidate, Resume, ResumeUpload
from crm.web.pagination import KeysetPage, keyset_page

State = Resume.State


@dataclass(frozen=True)
class Group:
    """Files of an upload with one fate."""

    key: str
    label: str
    hint: str
    number: int


_GROUPS: list[tuple[str, str, str, Q]] = [
    ("new", "New people", "Nobody here has these addresses. Review makes a person of each.", Q(state=State.READY, match=None)),
    ("known", "Known already", "Somebody here has this address, profile or number. Review adds a version.", Q(state=State.READY, match__isnull=False)),
    ("busy", "Waiting", "These are still to be read.", Q(state__in=[State.WAITING, State.READING])),
    ("accepted", "Accepted", "Reviewed and written down.", Q(state=State.ACCEPTED)),
    ("refused", "Refused", "Each with the reason. Nothing of these files is kept.", Q(state=State.REFUSED)),
    ("discarded", "Discarded", "Thrown away by one of you.", Q(state=State.DISCARDED)),
]  # fmt: skip


def page_of_uploads(*, cursor: str = "") -> KeysetPage[ResumeUpload]:
    """Uploads, newest first, each with its number of files, and how many wait for a review."""
    uploads = ResumeUpload.objects.select_related("created_by", "source", "pool").annotate(
        file_count=Count("resumes"),
        ready_count=Count("resumes", filter=Q(resumes__state=State.READY)),
        accepted_count=Count("resumes", filter=Q(resumes__state=State.ACCEPTED)),
        refused_count=Count("resumes", filter=Q(resumes__state=State.REFUSED)),
        busy_count=Count("resumes", filter=Q(resumes__state__in=[State.WAITING, State.READING])),
    )
    return keyset_page(uploads, cursor=cursor, size=20)


def groups_of(upload: ResumeUpload) -> list[Group]:
    """The upload's files by what became of them; what holds none is left out."""
    counts = upload.resumes.aggregate(
        **{key: Count("pk", filter=wanted) for key, _, _, wanted in _GROUPS}
    )
    return [Group(key, label, hint, counts[key]) for key, label, hint, _ in _GROUPS if counts[key]]


def page_of_group(upload: ResumeUpload, group: str, *, cursor: str = "") -> KeysetPage[Resume]:
    """Files of one group in the order they came, without their text."""
    wanted = next(condition for key, _, _, condition in _GROUPS if key == group)
    rows = (
        Resume.objects.filter(wanted, upload=upload)
        .select_related("match", "candidate")
        .defer("text", "search_text")
    )
    return keyset_page(rows, order=("id",), cursor=cursor, size=50)


def next_to_review(resume: Resume) -> Resume | None:
    """The next one of the same upload that waits for a review: after this one, else from the beginning."""
    waiting = Resume.objects.filter(upload=resume.upload_id, state=State.READY).exclude(
        pk=resume.pk
    )
    if resume.upload_id is None:
        waiting = waiting.filter(candidate=resume.candidate_id)
    waiting = waiting.defer("text", "search_text", "fields").order_by("pk")
    return waiting.filter(pk__gt=resume.pk).first() or waiting.first()


def left_to_review(resume: Resume) -> int:
    """How many others of the same upload wait for a review."""
    if resume.upload_id is None:
        return 0
    return (
        Resume.objects.filter(upload=resume.upload_id, state=State.READY)
        .exclude(pk=resume.pk)
        .count()
    )


def resumes_of(candidate: Candidate) -> QuerySet[Resume]:
    """Every version of a person's résumé, newest first; of its text, which may be long, only the beginning: `opening`."""
    return (
        candidate.resumes.exclude(state=State.DISCARDED)
        .select_related("created_by")
        .defer("text", "search_text", "fields")
        # One letter more than the record shows: it says that there is more.
        .annotate(opening=Left("text", 6001))
        .order_by("-pk")
    )


@dataclass(frozen=True)
class Piece:
    """A piece of a text; `field` says what was found in it, if anything."""

    text: str
    field: str = ""


_SHOWN = (
    "name",
    "email",
    "phone",
    "link",
    "city",
    "country",
    "work",
    "education",
    "language",
    "skill",
)


def pieces_of(resume: Resume) -> Iterator[Piece]:
    """The text cut where something was found: what comes first in the list of fields wins."""
    spans: list[tuple[int, int, str]] = []
    for field in _SHOWN:
        found: list[dict[str, Any]] = resume.fields.get(field) or []
        for one in found[: 1 if field in {"name", "city", "country"} else None]:
            start, end = one["start"], one["end"]
            if 0 <= start < end and not any(a < end and start < b for a, b, _ in spans):
                spans.append((start, end, field))
    position = 0
    for start, end, field in sorted(spans):
        yield Piece(resume.text[position:start])
        yield Piece(resume.text[start:end], field)
        position = end
    yield Piece(resume.text[position:])
