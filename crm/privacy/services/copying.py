"""A person's own data as a file, for the answer to a request for access or for a copy (GDPR Art. 15 and 20)."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from analytics import privacy as analytics_privacy
from campaigns import privacy as campaigns_privacy
from candidates import privacy as candidates_privacy
from candidates.models import Candidate
from candidates.privacy import hidden_notes
from candidates.services.exporting.tables import files_of_person, plain_name, table_name
from crm.accounts.models import User
from crm.audit.services import record
from crm.privacy.registry import data_map
from crm.tenancy.models import Organization
from pipelines import privacy as pipelines_privacy

APPS = (pipelines_privacy, campaigns_privacy, analytics_privacy)
# What only joins rows together: a program reads it in the JSON, a person has no use for it.
_KEYS = frozenset({"id", "object_id", "provenance"})
_TITLES = {
    "provenance_kind": "Known from",
    "provenance_label": "In detail",
    "provenance_at": "Known since",
}
_EMPTY: tuple[object, ...] = (None, "", [], {}, ())


@dataclass
class Entry:
    """A name with its value, or with what stands below it: what the readable page is made of."""

    name: str
    value: str = ""
    parts: list["Entry"] = field(default_factory=list)


@dataclass(frozen=True)
class Purpose:
    """What is kept of people in one table, why, and how long."""

    name: str
    purpose: str
    retention: str


def held_back(candidate: Candidate, *, viewer: User) -> list[tuple[str, int]]:
    """Whose private notes on the person the viewer may not read, and how many: they are not in the file.

    The law gives them to the person all the same, so that their authors have to share them first.
    """
    rows = hidden_notes(candidate, viewer).values("author__name").annotate(notes=Count("pk"))
    return [
        (row["author__name"] or "somebody who left", row["notes"])
        for row in rows.order_by("author__name")
    ]


def purposes() -> list[Purpose]:
    """What is kept of people at all, out of the data map."""
    found = [
        Purpose(str(model._meta.verbose_name_plural).capitalize(), rule.purpose, rule.retention)
        for model, rule in data_map().items()
        if any(field_rule.exported for field_rule in rule.fields.values())
    ]
    return sorted(found, key=lambda purpose: purpose.name)


def write_copy(
    candidate: Candidate, organization: Organization, *, by: User
) -> tuple[IO[bytes], str]:
    """Write all that the organization has of a person; returns the file, at its start, and its name.

    A zip: `data.html` to read, `data.json` for programs, and the uploaded files as they came. It is recorded
    who made it. The caller closes the file, which is gone then.
    """
    told = candidates_privacy.export_candidate(candidate, viewer=by)
    for app in APPS:
        told |= app.export_candidate(candidate)
    now = timezone.now()
    file = TemporaryFile()  # noqa: SIM115 - read by the answer
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=5) as archive:
        files, missing = _put_files(archive, candidate)
        whole = {
            "organization": organization.name,
            "made_at": now,
            "purposes": [vars(purpose) for purpose in purposes()],
            "files": files,
            "files_not_found": missing,
            "data": told,
        }
        archive.writestr(
            "data.json", json.dumps(whole, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        )
        archive.writestr(
            "data.html",
            render_to_string(
                "privacy/copy_file.html",
                {
                    "candidate": candidate,
                    "organization": organization,
                    "now": now,
                    "sections": _entries(told),
                    "files": files,
                    "missing": missing,
                    "purposes": purposes(),
                },
            ),
        )
    file.seek(0)
    record("candidate.copied", candidate, by=by, files=len(files))
    return file, f"{organization.slug}-data-of-person-{candidate.pk}.zip"


def _put_files(archive: ZipFile, candidate: Candidate) -> tuple[list[str], list[str]]:
    """Put the person's uploaded files into the archive; returns which are in it, and which were not found."""
    now = timezone.now().timetuple()[:6]
    files: list[str] = []
    missing: list[str] = []
    for model, pk, stored, file_name in files_of_person(candidate):
        name = f"files/{table_name(model)}/{plain_name(pk, file_name)}"
        try:
            source = default_storage.open(stored)
        except FileNotFoundError:
            missing.append(name)
            continue
        # Not compressed: documents are already.
        with source, archive.open(ZipInfo(name, now), "w", force_zip64=True) as entry:
            copyfileobj(source, entry)
        files.append(name)
    return files, missing


def _entries(told: dict[str, Any]) -> list[Entry]:
    """The data for people: what is empty is left out, and so are numbers that stand beside their words."""
    entries: list[Entry] = []
    worded = {name.split("__")[0] for name in told if "__" in name}
    for name, value in told.items():
        if value in _EMPTY or name in _KEYS or name in worded:
            continue
        title = _title(name)
        match value:
            case dict():
                parts = _entries(value)
                if parts:
                    entries.append(Entry(title, parts=parts))
            case [dict(), *_]:
                entries.append(Entry(title, parts=_numbered(value)))
            case list() | tuple():
                entries.append(Entry(title, ", ".join(map(_words, value))))
            case _:
                entries.append(Entry(title, _words(value)))
    return entries


def _numbered(rows: Sequence[dict[str, Any]]) -> list[Entry]:
    return [
        Entry(str(number), parts=parts)
        for number, parts in enumerate(map(_entries, rows), start=1)
        if parts
    ]


def _title(name: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    words = name.removesuffix("__name").replace("__", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _words(value: object) -> str:
    if isinstance(value, str) and len(value) > len("2026-01-01T00:00") and value[4:5] == "-":
        # Moments inside JSON are text.
        with suppress(ValueError):
            value = parse_datetime(value) or value
    match value:
        case bool():
            return "Yes" if value else "No"
        case datetime():
            return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%-d %b %Y %H:%M}"
        case date():
            return f"{value:%-d %b %Y}"
        case _:
            return str(value)
