"""Writing exports in the background, to private files whose download ends by itself.

A run that dies begins anew: nothing but a file that nobody can find was written.
"""

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import TextIOWrapper
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, TextIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from candidates.models import Export
from candidates.queries.search import SORTS, PeopleQuery, Prepared, Searcher, find_people
from candidates.services.exporting.people import PeopleTable
from candidates.services.exporting.tables import (
    batch_of,
    cells,
    exported_fields,
    exported_models,
    files_of,
    models_of_files,
    plain_name,
    table_name,
)
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import ADMINS, RECRUITERS, Role
from crm.tenancy.scope import acting_in, current_organization
from crm.web import xlsx_export
from crm.web.csv_export import csv_lines
from crm.web.errors import DomainError
from crm.web.pagination import KeysetPage, keyset_page

State, Kind, Format = Export.State, Export.Kind, Export.Format
ROLES = {Kind.PEOPLE: RECRUITERS, Kind.EVERYTHING: ADMINS}
KEPT = timedelta(days=3)
# A batch takes a second: whoever has not moved for so long is dead.
STALE_AFTER = timedelta(minutes=2)
MOST_RESTARTS = 3
_BATCH_PEOPLE = 2000
# Where `Export.wanted` keeps the ids of a selection instead of a query.
_CHOSEN = "chosen"
README = """Everything that {organization} has in Rapport, as of {now:%Y-%m-%d %H:%M} UTC.

people.csv holds the candidates, one a row, and can be imported into Rapport again as it is. The other
files are its tables: one file a table, one row an entry, linked by the columns that end in "_id".
Uploaded files are in files/, a folder for each table; their names begin with the id of their entry.
Private notes are in it where the person who asked for this file may read them.
A leading apostrophe before = + - @ keeps spreadsheet programs from computing a text; Rapport's import
takes it off again.
"""


class TooManyExports(DomainError):
    """Somebody has files enough being written."""


class TooManyPeople(DomainError):
    """More than the format holds."""


class NotTheirs(DomainError):
    """Somebody else asked for the file."""


class SearchUnreadable(DomainError):
    """What the list is filtered by is wrong, or not there any more."""


class DownloadEnded(DomainError):
    """The file is not ready, or not there any more."""


def exports_of(membership: Membership) -> "QuerySet[Export]":
    """The exports that a member may fetch: one's own, for an admin all."""
    if membership.role in ADMINS:
        return Export.objects.all()
    return Export.objects.filter(created_by=membership.user_id, kind=Kind.PEOPLE)


def allowed(export: Export, membership: Membership) -> Export:
    """The export, if the member may fetch and delete it."""
    if not exports_of(membership).filter(pk=export.pk).exists():
        raise NotTheirs("Only who asked for this file, and admins, can fetch or delete it.")
    return export


def page_of_exports(membership: Membership, *, cursor: str = "") -> KeysetPage[Export]:
    """Exports, newest first."""
    return keyset_page(exports_of(membership).select_related("created_by"), cursor=cursor)


def open_download(export: Export, *, by: User) -> "File[bytes]":
    """The file, for somebody who may fetch it; each time is recorded."""
    if export.state != State.DONE or (export.expires_at and export.expires_at <= timezone.now()):
        raise DownloadEnded("This file is not here any more. Ask for it again.")
    record("export.downloaded", export, by=by, people=export.total)
    return export.file.open("rb")


def content_type(export: Export) -> str:
    if export.kind == Kind.EVERYTHING:
        return "application/zip"
    return xlsx_export.CONTENT_TYPE if export.format == Format.XLSX else "text/csv; charset=utf-8"


def refuse_unreadable(prepared: Prepared) -> PeopleQuery:
    """The query, if it can be searched for: a file of nobody helps nobody."""
    if prepared.problems:
        raise SearchUnreadable(prepared.problems[0])
    return prepared.query


@transaction.atomic
def request_export(
    kind: Export.Kind,
    *,
    by: User,
    wanted: PeopleQuery | None = None,
    ids: Sequence[int] | None = None,
    format: Export.Format = Export.Format.CSV,  # noqa: A002 - as the column is called
) -> Export:
    """Ask for a file: of the people whom a query describes, or of exactly these `ids`, in their order.

    The same one twice while it is being written is one.
    """
    waiting = list(
        Export.objects.filter(created_by=by, state__in=[State.QUEUED, State.RUNNING]).order_by("pk")
    )
    stored: dict[str, Any] = wanted.as_json() if wanted is not None else {}
    if ids is not None:
        stored = {_CHOSEN: list(ids)}
    same = [
        export
        for export in waiting
        if (export.kind, export.format, export.wanted) == (kind, format, stored)
    ]
    if same:
        return same[0]
    if len(waiting) >= 3:
        raise TooManyExports("Three files are being written for you. Wait until one is ready.")
    found = find_people(wanted or PeopleQuery(), searcher=_searcher(by))
    people = found.count() if ids is None else len(ids)
    if format == Format.XLSX and people >= xlsx_export.MOST_ROWS:
        raise TooManyPeople(
            f"A sheet of Excel holds {xlsx_export.MOST_ROWS - 1:,} people, and these are {people:,}. "
            "Filter the list, or export it as CSV."
        )
    export = Export.objects.create(
        kind=kind,
        format=format,
        wanted=stored,
        total=people,
        created_by=by,
        beat_at=timezone.now(),
    )
    record("export.requested", export, by=by, kind=kind, people=people, filtered=bool(stored))
    return export


def work_on(organization: Organization, export_id: int) -> None:
    """Write the file, unless somebody else does or did."""
    with acting_in(organization):
        export = Export.objects.select_for_update(of=("self",)).filter(pk=export_id).first()
        # One that stands still was queued again (`tend`): who runs is alive.
        if export is None or export.state != State.QUEUED:
            return
        role = _role(export, organization)
        if role not in ROLES[Kind(export.kind)]:
            _end(export, State.FAILED, "Whoever asked for this file may not have it any more.")
            return
        export.state, export.beat_at, export.done_count = State.RUNNING, timezone.now(), 0
        export.save(update_fields=["state", "beat_at", "done_count"])
    with TemporaryFile() as file:
        writer = _Writer(organization, export, role)
        if export.kind == Kind.EVERYTHING:
            writer.write_everything(file)
        elif export.format == Format.XLSX:
            writer.write_workbook(file)
        else:
            writer.write_people(file)
        with acting_in(organization):
            _deliver(export, file)


def _searcher(user: User) -> Searcher:
    member = Membership.objects.filter(organization=current_organization(), user=user)
    return Searcher(member.select_related("user").first())


def _role(export: Export, organization: Organization) -> Role | None:
    member = Membership.objects.filter(organization=organization, user=export.created_by).first()
    return Role(member.role) if member is not None and member.user.is_active else None


class _Writer:
    """Writes one export; each batch reads in a transaction of its own, so that none is long."""

    def __init__(self, organization: Organization, export: Export, role: Role) -> None:
        assert export.created_by is not None  # noqa: S101 - without a member there is no role
        self.organization, self.export, self.role = organization, export, role
        self.viewer: User = export.created_by
        self.done = 0

    def write_people(self, file: IO[bytes]) -> None:
        text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        # The mark by which spreadsheets know the encoding.
        text.write("\ufeff")
        self._write(text, self._people())
        text.detach()

    def write_workbook(self, file: IO[bytes]) -> None:
        # A person takes some kilobytes of XML, and 2 GB need another kind of zip.
        is_large = self.export.total > 200_000
        xlsx_export.write_workbook(file, self._people(), sheet="Candidates", is_large=is_large)

    def write_everything(self, file: IO[bytes]) -> None:
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=5) as archive:
            now = datetime.now(tz=timezone.get_default_timezone())
            archive.writestr("README.txt", README.format(organization=self.organization, now=now))
            with archive.open("people.csv", "w", force_zip64=True) as entry:
                self.write_people(entry)
            for model in exported_models():
                with archive.open(
                    f"tables/{table_name(model)}.csv", "w", force_zip64=True
                ) as entry:
                    text = TextIOWrapper(entry, encoding="utf-8", newline="", write_through=True)
                    text.write("\ufeff")
                    self._write(text, self._table(model))
                    text.detach()
            missing = [
                name for model in models_of_files() for name in self._put_files(archive, model)
            ]
            if missing:
                lines = ["These files are not in Rapport's storage any more:", *missing, ""]
                archive.writestr("files/missing.txt", "\n".join(lines))

    def _put_files(self, archive: ZipFile, model: type[Model]) -> list[str]:
        """Put the uploaded files of a table into the archive as they are; returns which were not found."""
        now = timezone.now().timetuple()[:6]
        missing: list[str] = []
        after = 0
        while True:
            with acting_in(self.organization):
                files = files_of(model, after=after)
                self._beat(0)
            if not files:
                return missing
            for pk, stored, file_name in files:
                name = f"files/{table_name(model)}/{plain_name(pk, file_name)}"
                try:
                    source = default_storage.open(stored)
                except FileNotFoundError:
                    missing.append(name)
                    continue
                # Not compressed: documents are already.
                with source, archive.open(ZipInfo(name, now), "w", force_zip64=True) as entry:
                    copyfileobj(source, entry)
            after = files[-1][0]

    def _write(self, text: TextIO, rows: Iterator[list[str]]) -> None:
        for line in csv_lines(rows):
            text.write(line)

    def _people(self) -> Iterator[list[str]]:
        with acting_in(self.organization):
            ids = self._ids()
            titles = PeopleTable(viewer=self.viewer, role=self.role).titles
        yield titles
        for start in range(0, len(ids), _BATCH_PEOPLE):
            with acting_in(self.organization):
                table = PeopleTable(viewer=self.viewer, role=self.role)
                rows = list(table.rows(ids[start : start + _BATCH_PEOPLE].tolist()))
                self._beat(len(rows))
            yield from rows

    def _ids(self) -> "array[int]":
        """Whom the file is about: who was chosen, or who is found now."""
        wanted = self.export.wanted
        if _CHOSEN in wanted:
            return array("q", wanted[_CHOSEN])
        query = PeopleQuery.from_json(wanted) if wanted else PeopleQuery()
        found = find_people(query, searcher=_searcher(self.viewer))
        return array(
            "q", found.order_by(*SORTS[query.sort]).values_list("pk", flat=True).iterator()
        )

    def _table(self, model: type[Model]) -> Iterator[list[str]]:
        yield [field.attname for field in exported_fields(model)]
        after = 0
        while True:
            with acting_in(self.organization):
                rows = batch_of(model, viewer=self.viewer, after=after)
                self._beat(0)
            if not rows:
                return
            yield from (list(cells(row)) for row in rows)
            after = rows[-1][0]

    def _beat(self, rows: int) -> None:
        self.done += rows
        Export.objects.filter(pk=self.export.pk).update(
            beat_at=timezone.now(), done_count=self.done
        )


def _deliver(export: Export, file: IO[bytes]) -> None:
    """Put the file where its owner can fetch it, unless it was thrown away meanwhile."""
    export = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if export.state != State.RUNNING:
        return
    file.seek(0)
    export.file.save(export.file_name, File(file), save=False)
    export.size = export.file.size
    export.finished_at = timezone.now()
    export.expires_at = export.finished_at + KEPT
    _end(export, State.DONE)
    record("export.finished", export, by=export.created_by, people=export.done_count)


def _end(export: Export, state: Export.State, problem: str = "") -> None:
    export.state, export.problem = state, problem
    if state != State.DONE:
        export.wanted = {}
    export.save()


@transaction.atomic
def withdraw(export: Export, *, by: User | None = None, reason: str = "") -> None:
    """Delete the file, or stop writing it."""
    export = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if export.state in {State.GONE, State.FAILED}:
        return
    drop_file(export)
    _end(export, State.GONE, reason)
    record("export.withdrawn", export, by=by)


def drop_file(export: Export) -> None:
    if export.file:
        name = str(export.file.name)
        export.file = ""
        transaction.on_commit(lambda: default_storage.delete(name))


def withdraw_all(reason: str) -> int:
    """Delete every file of the organization: somebody in them was erased."""
    held = Export.objects.filter(state__in=[State.QUEUED, State.RUNNING, State.DONE])
    exports = list(held.order_by("pk"))
    for export in exports:
        withdraw(export, reason=reason)
    return len(exports)


def organizations_with_due_exports(now: datetime | None = None) -> list[Organization]:
    """Where an export stands still, or its download has ended. Asked over all; tells their ids alone."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT candidates_organizations_with_exports(%s, %s)", [now - STALE_AFTER, now]
        )
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))


def tend(organization: Organization, now: datetime | None = None) -> list[int]:
    """Delete files whose time is over; returns the exports that stand still and must be begun again."""
    now = now or timezone.now()
    with acting_in(organization):
        for export in Export.objects.filter(state=State.DONE, expires_at__lte=now):
            withdraw(export)
        still = Export.objects.select_for_update(of=("self",), skip_locked=True).filter(
            state__in=[State.QUEUED, State.RUNNING], beat_at__lte=now - STALE_AFTER
        )
        due = []
        for export in still.order_by("pk"):
            export.restarts += 1
            export.beat_at = now
            export.state = State.QUEUED
            export.save(update_fields=["restarts", "beat_at", "state"])
            if export.restarts > MOST_RESTARTS:
                _end(export, State.FAILED, f"It stopped {MOST_RESTARTS} times. Ask for it again.")
            else:
                due.append(export.pk)
    return due
