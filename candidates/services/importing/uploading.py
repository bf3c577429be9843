"""An import before it runs: the file's rows are stored, its columns mapped, its choices made."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from candidates.models import Import, ImportRow, Tag
from candidates.services import tagging
from candidates.services.candidates import source_named
from candidates.services.importing.fields import Field
from candidates.services.importing.guessing import Mapping, guess_mapping
from candidates.services.importing.parsing import is_nothing
from candidates.services.importing.reading import Record, Table, read_table
from candidates.services.importing.writing import Column, insert_rows
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

SAMPLE_ROWS = 200
_STORED_AT_ONCE = 5000


class FileTooLarge(DomainError):
    """The file, or the number of its rows, is beyond what one import takes."""


class ImportNotWaiting(DomainError):
    """The import is running or has run: its choices stand."""

    def __init__(self) -> None:
        super().__init__(
            "This import has been started already. Open its page to see how far it is."
        )


@transaction.atomic
def store_upload(file: BinaryIO, *, size: int, name: str, by: User) -> Import:
    """Read the file and store its rows; the columns are guessed, or taken from the last file like it."""
    if size > settings.IMPORT_MAX_BYTES:
        most = settings.IMPORT_MAX_BYTES // (1024 * 1024)
        raise FileTooLarge(
            f"The file has {size / (1024 * 1024):,.0f} MB; one import takes at most {most} MB. "
            "Split it and import the parts one after the other."
        )
    table = read_table(file)
    import_file = Import.objects.create(
        file_name=clean_file_name(name),
        file_digest=table.digest,
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=table.header,
        skipped_lines=table.skipped_lines,
        created_by=by,
    )
    samples = _store_rows(import_file, table)
    import_file.notices = table.notices
    import_file.mapping = as_json(guess_mapping(table.header, samples))
    _take_over_choices(import_file)
    import_file.save()
    record("import.uploaded", import_file, by=by, rows=import_file.row_count)
    return import_file


def _store_rows(import_file: Import, table: Table) -> list[list[str]]:
    """Store every row; returns the first ones, by which the columns are guessed."""
    samples: list[list[str]] = []
    filled: Counter[int] = Counter()
    for chunk in _chunks(table.rows):
        import_file.row_count += len(chunk)
        if import_file.row_count > settings.IMPORT_MAX_ROWS:
            raise FileTooLarge(
                f"The file has more than {settings.IMPORT_MAX_ROWS:,} rows. "
                "Split it and import the parts one after the other."
            )
        samples += [cells for _, cells in chunk[: SAMPLE_ROWS - len(samples)]]
        for _, cells in chunk:
            filled.update(number for number, cell in enumerate(cells) if not is_nothing(cell))
        insert_rows(
            "candidates_importrow",
            Column("line", "integer", [line for line, _ in chunk]),
            # Quotes and backslashes are JSON's own; NUL, which jsonb refuses, was taken out before.
            Column("cells", "jsonb", [json.dumps(cells, ensure_ascii=False) for _, cells in chunk]),
            constants={
                "import_file_id": import_file.pk,
                "state": ImportRow.State.PENDING,
                "outcome": "",
                "reason": "",
                "details": "{}",
            },
        )
    import_file.hints = {"filled": [filled[number] for number in range(len(table.header))]}
    return samples


def _chunks(rows: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(rows, _STORED_AT_ONCE)):
        yield chunk


def _take_over_choices(import_file: Import) -> None:
    """A file with the same columns was imported before: map it alike, so that nothing is asked twice."""
    earlier = (
        Import.objects.filter(header=import_file.header, state=Import.State.DONE)
        .exclude(pk=import_file.pk)
        .order_by("-created_at")
        .first()
    )
    if earlier is not None:
        import_file.mapping = earlier.mapping
        import_file.policy = earlier.policy
        import_file.lawful_basis = earlier.lawful_basis
        import_file.source = earlier.source
        import_file.notices = [
            *import_file.notices,
            f"The columns are mapped as in “{earlier.file_name}”, which had the same titles.",
        ]


def clean_file_name(name: str) -> str:
    """The bare name without path, control and direction characters."""
    bare = re.split(r"[/\\]", name)[-1]
    kept = "".join(letter for letter in bare if unicodedata.category(letter)[0] != "C")
    return kept.strip()[-255:] or "file"


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
    return {str(number): kind.value for number, kind in mapping.items()}


def mapping_of(import_file: Import) -> Mapping:
    """The import's mapping, as it was stored."""
    return {int(number): Field(kind) for number, kind in import_file.mapping.items()}


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

    Source and tag are given by name, and made if they are new.
    """
    import_file = _waiting(import_file)
    import_file.source = source_named(" ".join(source.split()))
    import_file.tag = next(iter(tagging.labels_named(Tag, [tag])), None)
    import_file.mapping = as_json(mapping)
    for name, value in choices.items():
        setattr(import_file, name, value)
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
    if import_file.state == Import.State.FAILED and not import_file.started_at:
        raise DomainError("The check of this file failed. Go back to the columns and check again.")
    if import_file.state not in {Import.State.CHECKED, Import.State.FAILED}:
        raise DomainError("Check the file first: choose its columns and press “Check the file”.")
    import_file.state, import_file.problem = Import.State.QUEUED, ""
    import_file.beat_at, import_file.restarts = timezone.now(), 0
    import_file.done_count = import_file.rows.exclude(state=ImportRow.State.PENDING).count()
    import_file.save()
    record("import.started", import_file, by=by, rows=import_file.row_count)
    return import_file


@transaction.atomic
def discard(import_file: Import, *, by: User) -> None:
    """Throw away a file that was not imported, with all its rows."""
    import_file = _waiting(import_file)
    record("import.discarded", import_file, by=by, rows=import_file.row_count)
    import_file.rows.all().delete()
    import_file.delete()


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
