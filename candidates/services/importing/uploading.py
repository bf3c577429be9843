"""An import before it runs: the file's rows are stored, its columns mapped, its choices made."""

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from candidates.models import ChangeSet, Import, ImportRow
from candidates.services.files import clean_file_name
from candidates.services.importing.guessing import Mapping
from candidates.services.importing.made_for_files import (
    choose_fields,
    choose_labels,
    forget_made,
    kept_hint,
)
from candidates.services.importing.reading import Reading, Table, read_table
from candidates.services.importing.unforeseen import told_as_unreadable
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.queries import is_still
from crm.tenancy.roles import EDITORS
from crm.web.errors import DomainError


class FileTooLarge(DomainError):
    """The file, or the number of its rows, is beyond what one import takes."""


class FileGone(DomainError):
    """The uploaded file is not there any more."""

    def __init__(self) -> None:
        super().__init__("The file is no longer here. Upload it again.")


class ImportNotWaiting(DomainError):
    """The import is running or has run: its choices stand."""

    def __init__(self) -> None:
        super().__init__(
            "This import has been started already. Open its page to see how far it is."
        )


class ReadMeanwhile(DomainError):
    """The columns are no longer those that were looked at."""

    def __init__(self) -> None:
        super().__init__(
            "This file was read in another way meanwhile. Look at its columns again, and check it then."
        )


@told_as_unreadable()
@transaction.atomic
def store_upload(file: "File[bytes]", *, size: int, name: str, by: User) -> Import:
    """Keep the file, if there is a table in it; its rows are due to be read (`loading`)."""
    if size > settings.IMPORT_MAX_BYTES:
        most = settings.IMPORT_MAX_BYTES // (1024 * 1024)
        raise FileTooLarge(
            f"The file has {size / (1024 * 1024):,.0f} MB; one import takes at most {most:,} MB. "
            "Split it and import the parts one after the other."
        )
    table = read_table(cast(BinaryIO, file), name=name)
    import_file = Import(
        file_name=clean_file_name(name),
        file_digest=table.digest,
        created_by=by,
    )
    _await_rows(import_file, table)
    file.seek(0)
    import_file.file.save(import_file.file_name, file, save=False)
    import_file.save()
    record("import.uploaded", import_file, by=by, size=size)
    return import_file


@told_as_unreadable()
@transaction.atomic
def read_again(import_file: Import, reading: Reading, *, by: User) -> Import:
    """Have the file read in another way: another sheet, encoding, delimiter or row of titles."""
    import_file = _waiting(import_file)
    with open_file(import_file) as file:
        table = read_table(file, reading, digest=import_file.file_digest)
    import_file.rows.all().delete()
    _await_rows(import_file, table)
    import_file.save()
    record("import.read_again", import_file, by=by, sheet=bool(table.reading.sheet))
    return import_file


def _await_rows(import_file: Import, table: Table) -> None:
    reading = table.reading
    import_file.kind, import_file.sheets = table.kind, table.sheets
    import_file.sheet, import_file.encoding = reading.sheet, reading.encoding
    import_file.delimiter, import_file.header_line = reading.delimiter, reading.header_line or 0
    import_file.header, import_file.skipped_lines = table.header, table.skipped_lines
    import_file.mapping, import_file.notices = {}, []
    import_file.hints = kept_hint(import_file)
    import_file.counts, import_file.row_count, import_file.done_count = {}, 0, 0
    import_file.problem, import_file.recognized = "", ""
    import_file.state = Import.State.READING
    import_file.beat_at, import_file.restarts = timezone.now(), 0


def reading_of(import_file: Import) -> Reading:
    """How the import's file is read."""
    return Reading(
        sheet=import_file.sheet,
        encoding=import_file.encoding,
        delimiter=import_file.delimiter,
        header_line=import_file.header_line,
    )


def open_file(import_file: Import) -> BinaryIO:
    """The uploaded file. It is gone once its people are imported."""
    if not import_file.file:
        raise FileGone
    try:
        return cast(BinaryIO, import_file.file.open("rb"))
    except FileNotFoundError as error:
        raise FileGone from error


def drop_file(import_file: Import) -> None:
    """Delete the uploaded file once this transaction holds; its rows are in the database."""
    if import_file.file:
        name = str(import_file.file.name)
        import_file.file = ""
        transaction.on_commit(lambda: default_storage.delete(name))


def same_file_before(import_file: Import) -> Import | None:
    """The last import of the very same file, if there was one."""
    return (
        Import.objects.filter(file_digest=import_file.file_digest)
        .exclude(pk=import_file.pk)
        .select_related("created_by")
        .order_by("-created_at")
        .first()
    )


def as_json(mapping: Mapping) -> dict[str, str]:
    return {str(number): str(kind) for number, kind in mapping.items()}


def mapping_of(import_file: Import) -> Mapping:
    """The import's mapping, as it was stored."""
    return {int(number): kind for number, kind in import_file.mapping.items()}


@transaction.atomic
def choose(
    import_file: Import,
    *,
    mapping: Mapping,
    by: User,
    source: str = "",
    tag: str = "",
    **choices: Any,
) -> Import:
    """Set the columns and the choices (owner, pool, lawful basis, policy); the check is due.

    Source and tag are given by name, and made if they are new; so are fields for columns (`fields.NEW`).
    Raises ReadMeanwhile where the columns are not those of `import_file` as it was given.
    """
    header = import_file.header
    import_file = _waiting(import_file)
    if import_file.state == Import.State.READING or import_file.header != header:
        raise ReadMeanwhile
    choose_labels(import_file, source=source, tag=tag)
    import_file.mapping = as_json(choose_fields(import_file, mapping, by=by))
    for name, value in choices.items():
        setattr(import_file, name, value)
    import_file.checkpoints.all().delete()
    import_file.state = Import.State.CHECKING
    import_file.problem, import_file.counts, import_file.done_count = "", {}, 0
    import_file.beat_at, import_file.restarts = timezone.now(), 0
    import_file.save()
    record("import.mapped", import_file, by=by, fields=sorted(set(import_file.mapping.values())))
    return import_file


@transaction.atomic
def start(import_file: Import, *, by: User) -> Import:
    """Let the import run. Starting twice is starting once."""
    import_file = Import.objects.select_for_update(of=("self",)).get(pk=import_file.pk)
    if import_file.state in {Import.State.QUEUED, Import.State.RUNNING, Import.State.DONE}:
        return import_file
    before = ChangeSet.objects.select_for_update(of=("self",)).filter(
        pk=import_file.change_set_id or 0
    )
    change_set = before.first()
    if change_set and change_set.undo_started_at:
        raise DomainError("This import was undone. Upload the file again to import it again.")
    if import_file.state == Import.State.FAILED and not import_file.started_at:
        raise DomainError("The check of this file failed. Go back to the columns and check again.")
    if import_file.state == Import.State.FAILED and not import_file.rows.exists():
        raise DomainError(
            "Its rows were forgotten, as nobody went on with it. Upload the file again to import the rest."
        )
    if import_file.state not in {Import.State.CHECKED, Import.State.FAILED}:
        raise DomainError("Check the file first: choose its columns and press “Check the file”.")
    if not is_still(import_file.created_by, EDITORS):
        # Who goes on with what somebody left behind answers for it.
        import_file.created_by = by
    if change_set:
        # It goes on growing: nobody undoes half of it meanwhile.
        before.update(state=ChangeSet.State.APPLYING)
    import_file.state, import_file.problem = Import.State.QUEUED, ""
    import_file.beat_at, import_file.restarts = timezone.now(), 0
    import_file.counts = _done(import_file) if import_file.started_at else {}
    import_file.done_count = sum(import_file.counts.values())
    drop_file(import_file)
    import_file.save()
    record("import.started", import_file, by=by, rows=import_file.row_count)
    return import_file


def _done(import_file: Import) -> dict[str, int]:
    """What became of the rows that were imported before it stopped."""
    rows = import_file.rows.exclude(state=ImportRow.State.PENDING)
    return dict(rows.values_list("outcome").annotate(Count("pk")).order_by())


@transaction.atomic
def discard(import_file: Import, *, by: User) -> list[str]:
    """Throw away a file that was not imported, with all its rows, and what was made for it.

    Returns what of that stays, because somebody uses it.
    """
    import_file = _waiting(import_file)
    record("import.discarded", import_file, by=by, rows=import_file.row_count)
    drop_file(import_file)
    import_file.rows.all().delete()
    stays = forget_made(import_file)
    import_file.delete()
    return stays


def _waiting(import_file: Import) -> Import:
    """The import, locked, if it has not been started."""
    import_file = Import.objects.select_for_update(of=("self",)).get(pk=import_file.pk)
    if import_file.started_at or import_file.state in {
        Import.State.QUEUED,
        Import.State.RUNNING,
        Import.State.DONE,
    }:
        raise ImportNotWaiting
    return import_file
