"""Reading a table whatever program wrote it, and finding where its titles stand.

The file is read twice and never held as a whole: once for its digest and encoding, once for its rows.
What was found by itself can be chosen otherwise: sheet, encoding, delimiter, the row of the titles.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import chain, islice
from typing import BinaryIO

from candidates.services.importing import spreadsheets
from candidates.services.importing.fields import Field, field_titled
from candidates.services.importing.formats.cards import card_records, is_cards
from candidates.services.importing.formats.delimited import (
    DELIMITERS,
    LineNumbers,
    declared_delimiter,
    delimited_records,
)
from candidates.services.importing.formats.encodings import survey, text_lines
from candidates.services.importing.formats.records import (
    MAX_COLUMNS,
    MOST_CELLS,
    Oddities,
    Record,
    TooWide,
    UnreadableFile,
    Workbook,
)
from candidates.services.importing.parsing import is_nothing, split_emails
from candidates.services.importing.unforeseen import as_far_as_it_goes, told_as_unreadable

_SAMPLE_RECORDS = 60
TABLE, WORKBOOK, CARDS = "table", "workbook", "cards"


@dataclass(frozen=True)
class Reading:
    """How a file is read. What is empty (or None) is found by itself."""

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    # The line of the column titles; 0 where there are none.
    header_line: int | None = None


@dataclass
class Table:
    """A file's rows with the line where each starts. `notices` is complete once `rows` is exhausted."""

    digest: str
    kind: str
    reading: Reading
    header: list[str]
    rows: Iterator[Record]
    sheets: list[str] = field(default_factory=list)
    skipped_lines: int = 0
    notices: list[str] = field(default_factory=list)


def read_table(
    file: BinaryIO, reading: Reading | None = None, *, digest: str = "", name: str = ""
) -> Table:
    """Open the table in `file`, uploaded as `name`; raises UnreadableFile with a sentence when there is none.

    With `digest`, the file was surveyed before, and its encoding stands in `reading`.
    """
    raw = _open(file, reading or Reading(), digest=digest, name=name)
    return _with_header(raw)


@told_as_unreadable()
def first_records(file: BinaryIO, reading: Reading, *, digest: str, most: int = 20) -> list[Record]:
    """The first rows as they stand in the file, those above the titles among them."""
    return list(islice(_open(file, reading, digest=digest).records, most))


@dataclass
class _Raw:
    """The records of a file before its titles are found."""

    digest: str
    kind: str
    reading: Reading
    records: Iterator[Record]
    notices: list[str]
    oddities: Oddities
    sheets: list[str] = field(default_factory=list)


def _open(file: BinaryIO, reading: Reading, *, digest: str, name: str = "") -> _Raw:
    raw = _opened(file, reading, digest=digest, name=name)
    raw.records = as_far_as_it_goes(raw.records, raw.oddities)
    return raw


def _opened(file: BinaryIO, reading: Reading, *, digest: str, name: str) -> _Raw:
    oddities, notices = Oddities(), list[str]()
    if digest:
        file.seek(0)
        beginning = file.read(64 * 1024)
        reading = replace(reading, encoding=reading.encoding or "utf-8-sig")
    else:
        digest, encoding, beginning = survey(file)
        reading = replace(reading, encoding=reading.encoding or encoding)
    if spreadsheets.is_spreadsheet(beginning):
        book = spreadsheets.open_workbook(file, beginning, name=name)
        return _open_workbook(
            book, reading, _Raw(digest, WORKBOOK, reading, iter(()), notices, oddities)
        )
    start = beginning.decode(reading.encoding, errors="replace")
    lines = text_lines(file, reading.encoding, oddities, notices)
    if is_cards(start):
        reading = replace(reading, sheet="", delimiter="", header_line=0)
        records = card_records(lines, oddities)
        return _Raw(digest, CARDS, reading, records, notices, oddities)
    _refuse_other_kinds(beginning, start)
    sample = list(islice(StringIO(start, newline=""), 400))
    reading = replace(reading, sheet="", delimiter=reading.delimiter or _delimiter(sample))
    records = delimited_records(lines, reading.delimiter, notices, oddities)
    return _Raw(digest, TABLE, reading, records, notices, oddities)


def _open_workbook(book: Workbook, reading: Reading, raw: _Raw) -> _Raw:
    filled, told = spreadsheets.filled_sheets(book)
    best = spreadsheets.best_sheet(filled)
    named = {sheet.name: sheet for sheet in filled}
    chosen = named.get(reading.sheet, best)
    raw.sheets = list(named)
    raw.reading = replace(reading, sheet=chosen.name, encoding="", delimiter="")
    raw.records = book.records(chosen.name, raw.oddities)
    others = [
        f"“{sheet.name}” (hidden)" if sheet.is_hidden else f"“{sheet.name}”"
        for sheet in filled
        if sheet != chosen
    ]
    if others:
        raw.notices.append(f"Read the sheet “{chosen.name}”. Not read: {', '.join(others)}.")
    raw.notices += told
    return raw


_OTHER_KINDS = (
    (b"%PDF", "This is a PDF. Export the table as CSV or Excel and upload that."),
    (b"{\\rtf", "This is a text document. Export the table as CSV or Excel and upload that."),
    (b"<!DOCTYPE", "This is a web page. Open it in a spreadsheet, save it as CSV and upload that."),
    (b"<html", "This is a web page. Open it in a spreadsheet, save it as CSV and upload that."),
    (b"<?xml", "This is an XML file. Open it in a spreadsheet, save it as CSV and upload that."),
)


def _refuse_other_kinds(beginning: bytes, text: str) -> None:
    head = beginning.removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, sentence in _OTHER_KINDS:
        if head[: len(mark)].lower() == mark.lower():
            raise UnreadableFile(sentence)
    control = sum(letter < " " and letter not in "\t\r\n\v\f" for letter in text)
    control += text.count("\N{REPLACEMENT CHARACTER}")
    if control > max(8, len(text) * 0.05):
        raise UnreadableFile(
            "This is no table that Rapport can read. "
            "Upload a CSV, TSV, Excel, OpenDocument or vCard file."
        )
    if not text.strip("\ufeff\x00 \t\r\n"):
        raise UnreadableFile("The file is empty.")


def _delimiter(sample: list[str]) -> str:
    """The character between the cells: the one under which the first records agree best."""
    if sample and (declared := declared_delimiter(sample[0])):
        return declared

    def agreement(delimiter: str) -> tuple[float, int]:
        records = delimited_records(sample, delimiter, [], Oddities())
        first = [cells for _, cells in islice(records, _SAMPLE_RECORDS)]
        header = _header_position(first)
        widths = Counter(len(cells) for cells in first[(header or 0) :])
        if not widths:
            return 0, 0
        titles = len(first[header]) if header is not None else 0
        width = titles or widths.most_common(1)[0][0]
        share = widths[width] / widths.total() * (1 if width > 1 else 0.5)
        known = _known_titles(first[header]) if header is not None else 0
        return share + (1 + min(known, 6) / 6 if known else 0), width

    return max(DELIMITERS, key=agreement)


# Records to a table


def _known_titles(cells: list[str]) -> int:
    known = [field_titled(cell) for cell in cells if len(cell) <= 80]
    return len({title for title in known if title != Field.KEEP})


def _header_position(records: list[list[str]]) -> int | None:
    """Which of the first records holds the titles: known ones, or words above a table of data."""
    candidates = [(_known_titles(cells), -position) for position, cells in enumerate(records[:30])]
    best, position = max(candidates, default=(0, 0))
    if best > 1 or (best == 1 and _looks_like_titles(records, -position)):
        return -position
    width = Counter(len(cells) for cells in records).most_common(1)
    for position, cells in enumerate(records[:10]):
        if width and len(cells) == width[0][0]:
            return position if _looks_like_titles(records, position) else None
    return None


def _looks_like_titles(records: list[list[str]], position: int) -> bool:
    """Short distinct words without digits or addresses, and something below them."""
    cells = [cell.strip() for cell in records[position]]
    filled = [cell for cell in cells if cell]
    return (
        position + 1 <= len(records)
        and bool(filled)
        and len(filled) * 2 >= len(cells)
        and len(set(filled)) == len(filled)
        and all(len(cell) <= 80 and not re.search(r"\d{3}|@|://", cell) for cell in filled)
        and not any(is_nothing(cell) for cell in filled)
    )


def _with_header(raw: _Raw) -> Table:
    """Divide the titles from the rows: where the reading says, else where they seem to stand."""
    sample = list(islice(raw.records, _SAMPLE_RECORDS))
    wanted = raw.reading.header_line
    if raw.kind == CARDS:
        position: int | None = 0
    elif wanted is None:
        position = _guessed_header(sample)
    else:
        position = _row_at(wanted, sample, raw)
    if not sample:
        raise UnreadableFile("The file is empty.")
    table = Table(raw.digest, raw.kind, raw.reading, [], iter(()), raw.sheets, notices=raw.notices)
    header: list[str] = []
    rest, line = sample, 0
    if position is not None:
        line, header = sample[position]
        rest = sample[position + 1 :]
        if not rest:
            raise UnreadableFile("The file has column titles but no row below them.")
        _say_what_was_skipped(table, sample[:position], line)
    elif wanted is None:
        raw.notices.append("No row of column titles was found: the columns are only numbered.")
    table.reading = replace(raw.reading, header_line=line)
    width = len(header) or Counter(len(cells) for _, cells in rest).most_common(1)[0][0]
    if width > MAX_COLUMNS:
        raise TooWide(line)
    table.header = _titles(header, width)
    table.rows = _noticing(chain(rest, raw.records), width, raw)
    return table


def _guessed_header(sample: list[Record]) -> int | None:
    position = _header_position([cells for _, cells in sample])
    # Two lone titles could be two people: a first row with an address is data.
    if position is not None and any(split_emails(cell).values for cell in sample[position][1]):
        return None
    return position


def _row_at(line: int, sample: list[Record], raw: _Raw) -> int | None:
    """Where in `sample` the chosen row of titles is; what lies further down is read on to."""
    if line == 0:
        return None
    while sample and sample[-1][0] < line and (more := list(islice(raw.records, 1))):
        sample[:] = [*sample[1:], *more] if len(sample) >= _SAMPLE_RECORDS else [*sample, *more]
    for position, (number, _) in enumerate(sample):
        if number == line:
            sample += islice(raw.records, _SAMPLE_RECORDS)
            return position
    raise UnreadableFile(f"Row {line:,} is empty: choose the row that holds the column titles.")


def _titles(header: list[str], width: int) -> list[str]:
    """The titles on one line each, every one different: two columns “Phone” are told apart."""
    titles: list[str] = []
    seen = Counter[str]()
    for number in range(width):
        title = " ".join(header[number].split())[:200] if number < len(header) else ""
        title = title or f"Column {number + 1}"
        seen[title] += 1
        titles.append(f"{title} {seen[title]}" if seen[title] > 1 else title)
    return titles


def _say_what_was_skipped(table: Table, above: list[Record], header_line: int) -> None:
    table.skipped_lines = max(0, header_line - 1)
    texts = [" ".join(" ".join(cells).split()) for _, cells in above]
    said = [
        text if len(text) <= 60 else f"{text[:60]}…"
        for text in texts
        if text and not re.fullmatch(r"sep=.?", text)
    ]
    if said:
        quoted = ", ".join(f"“{text}”" for text in said[:3])
        lines = "line" if table.skipped_lines == 1 else "lines"
        table.notices.append(
            f"{table.skipped_lines} {lines} above the column titles left out: {quoted}."
        )


_LOST_LETTER = re.compile(r"[^\W\d_]\?[^\W\d_]")


def _noticing(rows: Iterator[Record], width: int, raw: _Raw) -> Iterator[Record]:
    """Pass the rows on, those that are too wide without their empty cells there, and say at their end what was odd about them."""
    long, too_wide, lost = LineNumbers(), LineNumbers(), LineNumbers()
    short, unread = 0, 0
    notices = raw.notices
    # A spreadsheet does not store the empty cells at the end of a row.
    may_be_short = raw.kind == TABLE
    for line, cells in rows:
        if len(cells) > MAX_COLUMNS:
            # Separators at the end of a line are no cells.
            rest = (cell for cell in cells[MAX_COLUMNS:] if cell.strip())
            cells = [*cells[:MAX_COLUMNS], *islice(rest, MOST_CELLS - MAX_COLUMNS)]
        if len(cells) > MAX_COLUMNS:
            too_wide.add(line)
        elif len(cells) > width and any(cell.strip() for cell in cells[width:]):
            long.add(line)
        short += may_be_short and len(cells) < width
        for cell in cells:
            unread += cell.count("\N{REPLACEMENT CHARACTER}")
            if "?" in cell and "/" not in cell and _LOST_LETTER.search(cell):
                lost.add(line)
        yield line, cells
    if long:
        notices.append(f"More cells than columns on {long}: the extra ones are kept as a note.")
    if too_wide:
        notices.append(f"More than {MAX_COLUMNS:,} cells on {too_wide}: not imported.")
    if short:
        rows_said = "1 row has" if short == 1 else f"{short:,} rows have"
        notices.append(f"{rows_said} fewer cells than columns: the missing ones count as empty.")
    if unread:
        characters = "1 character" if unread == 1 else f"{unread:,} characters"
        notices.append(f"{characters} could not be read: shown as �.")
    if lost:
        # Which cell is not said: notices outlive the people they could name.
        notices.append(
            f"Letters were lost before this file was made: {lost.count:,} cells have a “?” inside a "
            f"word, the first on line {lost.first[0]}. They are kept as they are."
        )
    notices += raw.oddities.sentences()
