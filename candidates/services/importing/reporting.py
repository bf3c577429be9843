"""What an import will do or has done, row by row: counts, groups, and the failed rows as a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import F, Func, IntegerField, Max, Q, QuerySet

from candidates.models import Candidate, Import, ImportRow
from candidates.services.identifying import countries
from candidates.services.importing import uploading
from candidates.services.importing.fields import REPORT_LINE, REPORT_REASON
from candidates.services.importing.formats.records import MAX_COLUMNS, UnreadableFile
from candidates.services.importing.parsing import is_nothing
from candidates.services.importing.planning import LIKE
from candidates.services.importing.reading import first_records
from candidates.services.importing.rows import RowReader
from crm.web.pagination import KeysetPage, keyset_page

Outcome = ImportRow.Outcome
WARNINGS = "warnings"
PAGE_ROWS = 20
_PREVIEW_COLUMNS = 40
_FAILED_AT_ONCE = 500


@dataclass(frozen=True)
class Group:
    """Rows with one fate, and how many there are."""

    key: str
    label: str
    hint: str
    number: int


@dataclass(frozen=True)
class ColumnSample:
    """One column of an uploaded file: its title, some of its values, and in how many rows it has one."""

    number: int
    title: str
    values: list[str]
    filled: int


def page_of_imports(*, besides: Iterable[Import] = (), cursor: str = "") -> KeysetPage[Import]:
    """Imports, newest first, without those that are shown `besides`."""
    found = Import.objects.exclude(pk__in=[shown.pk for shown in besides])
    return keyset_page(found.select_related("created_by"), cursor=cursor)


def unfinished_imports(*, most: int = 5) -> list[Import]:
    """The newest files that wait for somebody to go on with them."""
    waiting = Q(state__in=[Import.State.DRAFT, Import.State.CHECKED]) | Q(
        state=Import.State.FAILED, started_at=None
    )
    found = Import.objects.filter(waiting).select_related("created_by")
    return list(found.order_by("-created_at", "-pk")[:most])


@dataclass(frozen=True)
class PreviewRow:
    """One of the first rows as it stands in the file."""

    line: int
    cells: list[str]
    # Above the column titles, the titles themselves, or below them.
    place: str


def preview_of(import_file: Import) -> list[PreviewRow]:
    """The first rows of the file, those above its titles among them; none once the file is gone."""
    try:
        with uploading.open_file(import_file) as file:
            reading = uploading.reading_of(import_file)
            records = first_records(file, reading, digest=import_file.file_digest)
    except (UnreadableFile, uploading.FileGone):
        return []
    header = import_file.header_line
    width = min(max((len(cells) for _, cells in records), default=0), _PREVIEW_COLUMNS)
    return [
        PreviewRow(
            line,
            [" ".join(cell.split())[:80] for cell in [*cells, *[""] * width][:width]],
            "above" if line < header else "titles" if line == header else "",
        )
        for line, cells in records
    ]


def column_samples(import_file: Import) -> list[ColumnSample]:
    """The columns that hold anything, with up to three different values each."""
    rows = list(import_file.rows.order_by("line").values_list("cells", flat=True)[:200])
    filled = import_file.hints.get("filled") or [0] * len(import_file.header)
    columns = []
    for number, title in enumerate(import_file.header):
        values = dict.fromkeys(
            " ".join(cells[number].split())[:60]
            for cells in rows
            if number < len(cells) and not is_nothing(cells[number])
        )
        if filled[number]:
            columns.append(ColumnSample(number, title, list(values)[:3], filled[number]))
    return columns


# Label and explanation before the run, and after it.
_GROUPS = {
    Outcome.CREATE: (
        ("New", "People who are not here yet."),
        ("Created", "People who were not here before."),
    ),
    Outcome.UPDATE: (
        ("Update", "People who are here already and get something new."),
        ("Updated", "People who were here already and got something new."),
    ),
    Outcome.DUPLICATE: (
        (
            "Duplicate",
            "The same person stands in an earlier row, or is here with all of this already. "
            "What such a row adds goes to the one record.",
        ),
        (
            "Duplicate",
            "The same person stood in an earlier row, or was here with all of this already. "
            "What such a row added went to the one record.",
        ),
    ),
    Outcome.BLOCKED: (
        (
            "Blocked",
            "People who asked to be forgotten. They are refused; who they are is not shown.",
        ),
        (
            "Blocked",
            "People who asked to be forgotten. They were refused; their rows are not kept.",
        ),
    ),
    Outcome.INVALID: (
        ("Invalid", "Rows that hold nobody."),
        ("Failed", "Rows that hold nobody. Download them, repair them, and import that file."),
    ),
}


def groups_of(import_file: Import) -> list[Group]:
    """The five fates of a row with their numbers, and the rows that deserve a look."""
    is_done = import_file.started_at is not None
    groups = [
        Group(outcome.value, *words[is_done], import_file.counts.get(outcome.value, 0))
        for outcome, words in _GROUPS.items()
    ]
    warned = import_file.rows.filter(details__has_key=WARNINGS).count()
    if warned:
        hint = (
            "These rows are imported, but something in them was odd: it is kept in a note. "
            "Whoever looks like somebody here is imported as new, and stands among the possible duplicates then."
        )
        groups.append(Group(WARNINGS, "Worth a look", hint, warned))
    return groups


@dataclass(frozen=True)
class Holder:
    """Who has an address already: somebody here, or the person of another row."""

    value: str
    name: str
    line: int | None
    candidate: Candidate | None


@dataclass(frozen=True)
class RowReport:
    """One row as the page shows it. A refused person has no name here."""

    row: ImportRow
    name: str
    what: str
    facts: list[str] = field(default_factory=list)
    likes: list[Candidate] = field(default_factory=list)
    # Whose an address is that the row names too.
    holders: list["Holder"] = field(default_factory=list)

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        return [
            (label, before, after) for label, before, after in self.row.details.get("changes", [])
        ]

    @property
    def proposed(self) -> list[tuple[str, str, str]]:
        """What does not replace a value that a person typed, but waits on the record."""
        return [
            (label, before, after) for label, before, after in self.row.details.get("proposed", [])
        ]

    @property
    def warnings(self) -> list[str]:
        said = self.row.details.get(WARNINGS, [])
        return [warning for warning in said if not (self.likes and warning == LIKE)]


@dataclass(frozen=True)
class ReportPage:
    rows: list[RowReport]
    page: KeysetPage[ImportRow]


def page_of_rows(
    import_file: Import, reader: RowReader, *, group: str, cursor: str = ""
) -> ReportPage:
    """A page of a group's rows, each with the person that was read from it."""
    page = keyset_page(
        _rows_in(import_file, group), order=("line", "id"), cursor=cursor, size=PAGE_ROWS
    )
    ids = {pk for row in page.rows for pk in row.details.get("likes", [])}
    people = Candidate.objects.in_bulk(ids) if ids else {}
    holders = _holders_of(import_file, reader, page.rows)
    return ReportPage(
        [
            replace(
                _report(row, reader, holders.get(row.pk, [])),
                likes=[people[pk] for pk in row.details.get("likes", []) if pk in people],
            )
            for row in page.rows
        ],
        page,
    )


def _holders_of(
    import_file: Import, reader: RowReader, rows: Sequence[ImportRow]
) -> dict[int, list[Holder]]:
    """By the id of a row, whom its addresses belong to; who is gone meanwhile is left out."""
    told = [(row.pk, *one) for row in rows for one in row.details.get("holders", [])]
    if not told:
        return {}
    people = Candidate.objects.in_bulk({pk for _, _, pk, _ in told if pk})
    lines = {line for _, _, pk, line in told if line and pk not in people}
    named = import_file.rows.filter(line__in=lines).exclude(outcome=Outcome.BLOCKED)
    by_line = {row.line: row for row in named.select_related("candidate")}
    found: dict[int, list[Holder]] = {}
    for row_id, value, pk, line in told:
        row = by_line.get(line)
        person = people.get(pk) or (row.candidate if row else None)
        name = person.full_name if person else ""
        if row and not person and row.cells:
            name = reader.read(row.cells).full_name
        if name:
            found.setdefault(row_id, []).append(Holder(value, name, line, person))
    return found


def _rows_in(import_file: Import, group: str) -> QuerySet[ImportRow]:
    rows: QuerySet[ImportRow] = import_file.rows.all()
    if group == WARNINGS:
        return rows.filter(details__has_key=WARNINGS)
    return rows.filter(outcome=group)


def _report(row: ImportRow, reader: RowReader, holders: list[Holder]) -> RowReport:
    if row.outcome == Outcome.BLOCKED:
        return RowReport(row, "", "")
    if not row.cells:
        return RowReport(row, "", "No longer kept")
    person = reader.read(row.cells)
    if person.problem:
        cells = [" ".join(cell.split()) for cell in row.cells if cell.strip()]
        return RowReport(row, "", " · ".join(cells)[:200])
    title = [person.values.get("headline", ""), person.values.get("company", "")]
    place = [
        person.values.get("city", ""),
        countries().get(person.values.get("country", ""), ""),
    ]
    facts = [
        *(address for address, _ in person.emails),
        *(number for number, _ in person.phones),
        *(normalized for _, normalized in person.links),
        ", ".join(filter(None, place)),
        ", ".join(person.skills),
        *(
            f"{reader.custom.fields[kind].name}: {reader.custom.shown(kind, values)}"
            for kind, values in person.custom.items()
        ),
    ]
    what = " · ".join(filter(None, title))
    return RowReport(row, person.full_name, what, [fact for fact in facts if fact], holders=holders)


def _failed(import_file: Import) -> "QuerySet[ImportRow]":
    outcomes = [Outcome.BLOCKED, Outcome.INVALID]
    return import_file.rows.filter(outcome__in=outcomes, state=ImportRow.State.FAILED)


def has_failed_rows(import_file: Import) -> bool:
    """Whether there is anything to download and repair."""
    return _failed(import_file).exists()


def failed_rows(import_file: Import) -> Iterator[list[str]]:
    """Titles, then the failed rows as they stood in the file, with line and reason at their end.

    The repaired file can be imported as it is: the two last columns are known and left out then. Cells of a row
    for which there are too many columns stand behind them, without a title.
    """
    rows = _failed(import_file)
    cells_in_row = Func(F("cells"), function="jsonb_array_length", output_field=IntegerField())
    as_wide_as_read = rows.annotate(width=cells_in_row).filter(width__lte=MAX_COLUMNS)
    widest = as_wide_as_read.aggregate(most=Max("width"))["most"] or 0
    # The file must be one that can be imported, with line and reason.
    width = max(len(import_file.header), min(widest, MAX_COLUMNS - 2))
    extra = [f"Extra cell {number + 1}" for number in range(len(import_file.header), width)]
    yield [*import_file.header, *extra, REPORT_LINE, REPORT_REASON]
    page = keyset_page(rows, order=("line", "id"), size=_FAILED_AT_ONCE)
    while page.rows:
        for row in page.rows:
            padding = [""] * (width - len(row.cells))
            yield [*row.cells[:width], *padding, str(row.line), row.reason, *row.cells[width:]]
        if not page.next_cursor:
            return
        page = keyset_page(
            rows, order=("line", "id"), cursor=page.next_cursor, size=_FAILED_AT_ONCE
        )
