"""Reading an uploaded file into rows, in the background and in pieces: a run that dies is continued."""

import logging
from collections import Counter
from collections.abc import Iterator
from time import monotonic

from django.db.models import Max
from django.utils import timezone
from django.utils.text import get_text_list

from candidates.cells import cells_as_json
from candidates.models import Import, ImportRow
from candidates.services.importing.custom import columns_titled_so, without_lost_fields
from candidates.services.importing.fields import REPORT_LINE, REPORT_REASON, is_extra_title
from candidates.services.importing.formats.records import Record, UnreadableFile
from candidates.services.importing.guessing import guess_mapping
from candidates.services.importing.made_for_files import kept_hint
from candidates.services.importing.memory import no_search_for_cycles
from candidates.services.importing.parsing import is_nothing
from candidates.services.importing.presets import recognize
from candidates.services.importing.reading import Reading, Table, read_table
from candidates.services.importing.unforeseen import PASSING, UNREADABLE, told_as_unreadable
from candidates.services.importing.uploading import (
    FileGone,
    as_json,
    mapping_of,
    open_file,
    reading_of,
)
from crm.tenancy.bulk import commit_without_waiting, insert_rows
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

logger = logging.getLogger(__name__)

# By so many rows the columns are guessed.
SAMPLE_ROWS = 200
_STORED_AT_ONCE = 5000
# A chunk of wide rows is shorter, so that nobody waits long for it.
_CELLS_AT_ONCE = 250_000
# Rows that cannot be stored stand among the invalid ones; the first are named besides.
_MOST_NAMED, _MOST_LOST = 5, 100
_LOST = "Rapport could not store the row on line {}: nobody is imported from it."

State = Import.State


def load(organization: Organization, import_id: int, *, seconds: float) -> bool:
    """Store the rows of a file that is being read; True when nothing is left to do."""
    with acting_in(organization):
        import_file = Import.objects.get(pk=import_id)
        last = import_file.rows.aggregate(last=Max("line"))["last"] or 0
    if import_file.state != State.READING:
        return True
    try:
        with told_as_unreadable(), open_file(import_file) as file:
            reading = reading_of(import_file)
            table = read_table(file, reading, digest=import_file.file_digest)
            loader = _Loader(organization, import_id, reading, last)
            return loader.load(table, until=monotonic() + seconds)
    except (UnreadableFile, FileGone) as error:
        with acting_in(organization):
            _fail(import_id, str(error))
        return True


class _Loader:
    """Stores the rows of one table, and remembers what only all of them together tell."""

    def __init__(
        self, organization: Organization, import_id: int, reading: Reading, last: int
    ) -> None:
        self.organization, self.import_id, self.reading = organization, import_id, reading
        # The last line that is stored already: a run before this one died.
        self.last = last
        self.count = self.lost = 0
        self.filled = Counter[int]()
        self.samples: list[list[str]] = []

    def load(self, table: Table, *, until: float) -> bool:
        for chunk in _chunks(table.rows):
            self._look_at(chunk)
            if chunk[-1][0] <= self.last:
                continue
            if not self._keep(chunk):
                return True
            if monotonic() > until:
                return False
        with acting_in(self.organization):
            self._finish(table)
        return True

    def _look_at(self, chunk: list[Record]) -> None:
        self.count += len(chunk)
        self.samples += [cells for _, cells in chunk[: SAMPLE_ROWS - len(self.samples)]]
        for _, cells in chunk:
            self.filled.update(number for number, cell in enumerate(cells) if not is_nothing(cell))

    def _locked(self) -> Import | None:
        """The import, if it is still to be read in this way."""
        found = Import.objects.select_for_update(of=("self",)).filter(pk=self.import_id)
        import_file = found.first()
        if import_file is None or import_file.state != State.READING:
            return None
        return import_file if reading_of(import_file) == self.reading else None

    def _keep(self, chunk: list[Record]) -> bool:
        """Store a chunk, in halves if it cannot be stored: a row that nobody foresaw costs no other.

        False when somebody chose otherwise meanwhile.
        """
        try:
            with no_search_for_cycles(), acting_in(self.organization):
                return self._store(chunk)
        except PASSING:
            raise
        except Exception:
            if len(chunk) == 1:
                logger.exception("row not stored import=%s line=%s", self.import_id, chunk[0][0])
                return self._set_aside(chunk[0][0])
        half = len(chunk) // 2
        return self._keep(chunk[:half]) and self._keep(chunk[half:])

    def _set_aside(self, line: int) -> bool:
        """Keep the place of a row that cannot be stored; it will be among the invalid ones."""
        self.lost += 1
        if self.lost > _MOST_LOST:
            raise UnreadableFile(UNREADABLE)
        with acting_in(self.organization):
            return self._store([(line, [])], is_lost=True)

    def _store(self, chunk: list[Record], *, is_lost: bool = False) -> bool:
        """Store what is new of a chunk; False when somebody chose otherwise meanwhile."""
        import_file = self._locked()
        if import_file is None:
            return False
        commit_without_waiting()
        # Another worker may have been at it.
        self.last = import_file.rows.aggregate(last=Max("line"))["last"] or 0
        fresh = [(line, cells) for line, cells in chunk if line > self.last]
        insert_rows(
            ImportRow,
            {
                "line": [line for line, _ in fresh],
                # Quotes and backslashes are JSON's own; NUL, which jsonb refuses, was taken out before.
                "cells": [cells_as_json(cells) for _, cells in fresh],
            },
            import_file_id=import_file.pk,
            # Most rows are somebody new: the check writes down the others.
            outcome=ImportRow.Outcome.CREATE.value,
        )
        import_file.row_count = self.count
        import_file.beat_at, import_file.restarts = timezone.now(), 0
        if is_lost and len(import_file.notices) < _MOST_NAMED:
            import_file.notices = [*import_file.notices, _LOST.format(f"{chunk[0][0]:,}")]
        import_file.save(update_fields=["row_count", "beat_at", "restarts", "notices"])
        return True

    def _finish(self, table: Table) -> None:
        """Propose what the columns hold."""
        import_file = self._locked()
        if import_file is None:
            return
        import_file.row_count = self.count
        filled = [self.filled[number] for number in range(len(table.header))]
        import_file.hints = {**kept_hint(import_file), "filled": filled}
        import_file.notices = [*import_file.notices, *table.notices]
        guessed = guess_mapping(table.header, self.samples) | columns_titled_so(table.header)
        preset = recognize(table.header)
        if preset is not None:
            import_file.recognized = preset.name
            guessed |= preset.mapping(table.header)
        import_file.mapping = as_json(guessed)
        _take_over_choices(import_file)
        import_file.state = State.DRAFT
        import_file.save()


def _chunks(rows: Iterator[Record]) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row[1])
        if len(chunk) == _STORED_AT_ONCE or size > _CELLS_AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _fail(import_id: int, problem: str) -> None:
    import_file = Import.objects.select_for_update(of=("self",)).get(pk=import_id)
    if import_file.state == State.READING:
        import_file.rows.all().delete()
        import_file.state, import_file.problem = State.FAILED, problem[:300]
        import_file.row_count = 0
        import_file.save()


def _take_over_choices(import_file: Import) -> None:
    """A file with the same columns was imported before: map it alike, so that nothing is asked twice."""
    titles = [title for title in import_file.header if not is_extra_title(title)]
    is_repaired = {REPORT_LINE, REPORT_REASON} & set(import_file.header) != set()
    earlier = (
        Import.objects.filter(header__in=[import_file.header, titles], state=State.DONE)
        .exclude(pk=import_file.pk)
        .order_by("-created_at")
        .first()
    )
    if earlier is None:
        return
    as_before = without_lost_fields(mapping_of(earlier))
    import_file.mapping = {**import_file.mapping, **as_json(as_before)}
    import_file.policy, import_file.policies = earlier.policy, earlier.policies
    import_file.lawful_basis = earlier.lawful_basis
    import_file.source = earlier.source
    sentence = (
        f"The columns are mapped as in “{earlier.file_name}”, which had the same titles. "
        f"Chosen as it was there, too: {_in_words(earlier)}."
    )
    if is_repaired:
        import_file.owner, import_file.pool = earlier.owner, earlier.pool
        import_file.tag = earlier.tag
        sentence = (
            f"These are failed rows of “{earlier.file_name}”: everything is chosen as it was there."
        )
    import_file.notices = [*import_file.notices, sentence]


def _in_words(earlier: Import) -> str:
    """What is taken over of an import besides its columns."""
    chosen = [
        f"“{earlier.get_policy_display()}” for people who are here already",
        f"the lawful basis “{earlier.get_lawful_basis_display()}”",
    ]
    if earlier.policies:
        chosen.insert(1, "something else for some of the columns")
    if earlier.source:
        chosen.append(f"the source “{earlier.source}”")
    return get_text_list(chosen, "and")
