"""Reading a table whatever program wrote it: encoding, delimiter, lines above the header, broken quotes.

The file is read twice and never held as a whole: once for its digest and encoding, once for its rows.
"""

import codecs
import csv
import re
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from io import TextIOWrapper
from itertools import chain, islice
from typing import BinaryIO

from charset_normalizer import from_bytes

from candidates.services.importing import spreadsheets
from candidates.services.importing.fields import Field, field_titled
from candidates.services.importing.parsing import is_nothing, split_emails
from crm.web.csv_export import unguard_cell
from crm.web.errors import DomainError

MAX_COLUMNS = 1000
DELIMITERS = (";", ",", "\t", "|")
_CHUNK = 1024 * 1024
_SAMPLE_RECORDS = 60
# One record may span so many lines; beyond it, a quotation mark was never closed.
_LONGEST_RECORD = 1000
# The default of 128 kB would refuse a long note; the size of the whole file is limited anyway.
csv.field_size_limit(100 * _CHUNK)

Record = tuple[int, list[str]]


class UnreadableFile(DomainError):
    """The file holds no table that we can read; the sentence says why and what to do."""


@dataclass
class Table:
    """A file's rows with the line where each starts. `notices` is complete once `rows` is exhausted."""

    digest: str
    header: list[str]
    rows: Iterator[Record]
    encoding: str = ""
    delimiter: str = ""
    skipped_lines: int = 0
    notices: list[str] = field(default_factory=list)


def read_table(file: BinaryIO) -> Table:
    """Open the table in `file`; raises UnreadableFile with a sentence when there is none."""
    digest, encoding, beginning = _survey(file)
    notices: list[str] = []
    if spreadsheets.is_spreadsheet(beginning):
        try:
            sheet = spreadsheets.read_sheet(file)
        except spreadsheets.UnreadableSpreadsheet as error:
            raise UnreadableFile(str(error)) from error
        notices += sheet.notices
        records: Iterator[Record] = iter(sheet.records)
        delimiter, encoding = "", ""
    else:
        _refuse_other_kinds(beginning, encoding)
        with closing(_text(file, encoding)) as text:
            delimiter = _delimiter(text)
        records = _records(_Lines(_text(file, encoding)), delimiter, notices)
    return _with_header(digest, records, encoding=encoding, delimiter=delimiter, notices=notices)


# Bytes to text


def _survey(file: BinaryIO) -> tuple[str, str, bytes]:
    """The file's digest, its encoding, and its first bytes; one pass."""
    file.seek(0)
    hashed = sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, beginning, sample = True, b"", b""
    while chunk := file.read(_CHUNK):
        hashed.update(chunk)
        beginning = beginning or chunk[: 64 * 1024]
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                is_utf8 = False
                sample = chunk[max(0, error.start - 2048) :][: 64 * 1024]
    if not beginning:
        raise UnreadableFile("The file is empty.")
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8, sample = False, beginning
    return hashed.hexdigest(), _encoding(beginning, sample, is_utf8=is_utf8), beginning


def _encoding(beginning: bytes, sample: bytes, *, is_utf8: bool) -> str:
    """How the file is written: by its mark, else UTF-8 if it is, else what its bytes look like."""
    if beginning.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = beginning[:4096]
    if start[1::2].count(0) > len(start) * 0.3:
        return "utf-16-le"
    if start[::2].count(0) > len(start) * 0.3:
        return "utf-16-be"
    if is_utf8:
        return "utf-8-sig"
    text = sample.decode("utf-8", errors="replace")
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    if sum(not letter.isascii() for letter in text) > 10 * lost:
        return "utf-8-sig"
    high = sum(byte > 127 for byte in sample)
    letters = high + sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in sample)
    if high > letters * 0.25:
        best = from_bytes(sample).best()
        if best is not None:
            return best.encoding
    return "mac_roman" if _is_old_mac(sample) else "cp1252"


def _is_old_mac(sample: bytes) -> bool:
    """Between letters, Windows has its accents above 0x9F and old Macs have most of theirs below."""
    # Not 0x92: in Windows the apostrophe of O’Brien.
    inside: list[bytes] = re.findall(rb"(?<=[A-Za-z])[\x80-\x91\x93-\xff](?=[a-z])", sample)
    low = sum(letter < b"\xa0" for letter in inside)
    return low > 1 and low > len(inside) * 0.6


def _text(file: BinaryIO, encoding: str) -> Generator[str, None, None]:
    """The file's lines, decoded, with their line ends. What cannot be read becomes U+FFFD."""
    file.seek(0)
    wrapper = TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        # Not `yield from`: a reader that stops early would close the wrapper, and the file with it.
        for line in wrapper:  # noqa: UP028
            yield line
    finally:
        # Else the wrapper would close the file with itself.
        wrapper.detach()


_OTHER_KINDS = (
    (b"%PDF", "This is a PDF. Export the table as CSV or Excel and upload that."),
    (b"{\\rtf", "This is a text document. Export the table as CSV or Excel and upload that."),
    (b"BEGIN:VCARD", "These are contact cards (vCard). Export them as CSV and upload that."),
    (b"<!DOCTYPE", "This is a web page. Open it in a spreadsheet, save it as CSV and upload that."),
    (b"<html", "This is a web page. Open it in a spreadsheet, save it as CSV and upload that."),
)


def _refuse_other_kinds(beginning: bytes, encoding: str) -> None:
    head = beginning.removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, sentence in _OTHER_KINDS:
        if head[: len(mark)].lower() == mark.lower():
            raise UnreadableFile(sentence)
    text = beginning.decode(encoding, errors="replace")
    control = sum(letter < " " and letter not in "\t\r\n\v\f" for letter in text)
    control += text.count("\N{REPLACEMENT CHARACTER}")
    if control > max(8, len(text) * 0.05):
        raise UnreadableFile(
            "This is no table that Rapport can read. Upload a CSV, TSV, Excel or OpenDocument file."
        )
    if not text.strip("\ufeff\x00 \t\r\n"):
        raise UnreadableFile("The file is empty.")


# Text to records


class _Lines:
    """Feeds a csv reader line by line, so that a record which swallowed others can be given back."""

    def __init__(self, source: Iterable[str]) -> None:
        self.source = iter(source)
        self.waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0
        self.is_broken = False
        self.had_nul = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _LONGEST_RECORD:
            self.is_broken = True
            raise StopIteration
        try:
            line = self.waiting.popleft() if self.waiting else next(self.source)
        except StopIteration:
            # More was wanted inside a record: its quotation mark is never closed.
            self.is_broken = bool(self.taken)
            raise
        if "\x00" in line:
            self.had_nul = True
            line = line.replace("\x00", "")
        self.taken.append(line)
        return line

    def begin(self) -> None:
        self.number += len(self.taken)
        self.taken = []
        self.is_broken = False

    def give_back(self) -> str:
        """Keep the first line of the record alone; the others will come again."""
        first, *others = self.taken
        self.waiting.extendleft(reversed(others))
        self.taken = [first]
        return first


def _records(lines: _Lines, delimiter: str, notices: list[str]) -> Iterator[Record]:
    """The records with the line where each starts; blank lines are none."""
    reader = csv.reader(lines, delimiter=delimiter)
    repaired: list[int] = []
    while True:
        lines.begin()
        cells = next(reader, None)
        if not lines.taken:
            break
        start = lines.number + 1
        if lines.is_broken or _swallowed(lines.taken, cells or [], delimiter):
            first = lines.give_back()
            cells = _split_raw(first, delimiter)
            repaired.append(start)
            reader = csv.reader(lines, delimiter=delimiter)
        if cells:
            yield start, [unguard_cell(cell) for cell in cells]
    if repaired:
        notices.append(
            f"A quotation mark is opened but never closed on {_lines_named(repaired)}: "
            "read without it, check those rows."
        )
    if lines.had_nul:
        notices.append("The file holds characters that no text can hold (NUL); they were left out.")


def _split_raw(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])


def _swallowed(taken: list[str], cells: list[str], delimiter: str) -> bool:
    """Whether stray quotation marks made one record of several lines that were complete by themselves."""
    if len(taken) < 2:
        return False
    try:
        next(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error:
        return True
    widths = Counter(line.count(delimiter) for line in taken)
    return any(times > 1 and width >= max(1, len(cells)) for width, times in widths.items())


def _lines_named(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    more = len(numbers) - 5
    words = f"line {shown}" if len(numbers) == 1 else f"lines {shown}"
    return f"{words} and {more} more" if more > 0 else words


def _delimiter(text: Iterable[str]) -> str:
    """The character between the cells: the one under which the first records agree best."""
    sample = list(islice(text, 400))
    if sample and (match := re.fullmatch(r"\ufeff?sep=(.)\s*", sample[0])):
        return match[1]

    def agreement(delimiter: str) -> tuple[float, int]:
        records = list(islice(_records(_Lines(sample), delimiter, []), _SAMPLE_RECORDS))
        header = _header_position([cells for _, cells in records])
        widths = Counter(len(cells) for _, cells in records[(header or 0) :])
        if not widths:
            return 0, 0
        titles = len(records[header][1]) if header is not None else 0
        width = titles or widths.most_common(1)[0][0]
        share = widths[width] / widths.total() * (1 if width > 1 else 0.5)
        known = _known_titles(records[header][1]) if header is not None else 0
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


def _with_header(
    digest: str, records: Iterator[Record], *, encoding: str, delimiter: str, notices: list[str]
) -> Table:
    sample = list(islice(records, _SAMPLE_RECORDS))
    if not sample:
        raise UnreadableFile("The file is empty.")
    position = _header_position([cells for _, cells in sample])
    # Two lone titles could be two people: a first row with an address is data.
    if position is not None and any(split_emails(cell).values for cell in sample[position][1]):
        position = None
    table = Table(digest, [], iter(()), encoding, delimiter, notices=notices)
    if position is None:
        header: list[str] = []
        rest = sample
        notices.append("No row of column titles was found: the columns are only numbered.")
    else:
        line, header = sample[position]
        rest = sample[position + 1 :]
        _say_what_was_skipped(table, sample[:position], line)
    if len(header) > MAX_COLUMNS or max((len(cells) for _, cells in rest), default=0) > MAX_COLUMNS:
        widest = max(len(header), *(len(cells) for _, cells in rest))
        raise UnreadableFile(
            f"The file has {widest:,} columns; Rapport reads at most {MAX_COLUMNS:,}. "
            "Delete those that are not about people and upload it again."
        )
    width = len(header) or Counter(len(cells) for _, cells in rest).most_common(1)[0][0]
    if position is not None and not rest:
        raise UnreadableFile("The file has column titles but no row below them.")
    header = [*header, *[""] * (width - len(header))]
    table.header = [
        " ".join(title.split())[:200] or f"Column {number}"
        for number, title in enumerate(header, 1)
    ]
    table.rows = _noticing(chain(rest, records), width, table.notices)
    return table


def _say_what_was_skipped(table: Table, above: list[Record], header_line: int) -> None:
    table.skipped_lines = header_line - 1
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


def _noticing(rows: Iterator[Record], width: int, notices: list[str]) -> Iterator[Record]:
    """Pass the rows on, and say at their end what was odd about them."""
    long: list[int] = []
    lost: list[int] = []
    short, unread = 0, 0
    for line, cells in rows:
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            long.append(line)
        short += len(cells) < width
        for cell in cells:
            unread += cell.count("\N{REPLACEMENT CHARACTER}")
            if "?" in cell and "/" not in cell and _LOST_LETTER.search(cell):
                lost.append(line)
        yield line, cells
    if long:
        notices.append(
            f"More cells than columns on {_lines_named(long)}: the extra ones are kept as a note."
        )
    if short:
        rows_said = "1 row has" if short == 1 else f"{short:,} rows have"
        notices.append(f"{rows_said} fewer cells than columns: the missing ones count as empty.")
    if unread:
        characters = "1 character" if unread == 1 else f"{unread:,} characters"
        notices.append(f"{characters} could not be read: shown as �.")
    if lost:
        # Which cell is not said: notices outlive the people they could name.
        notices.append(
            f"Letters were lost before this file was made: {len(lost):,} cells have a “?” inside a "
            f"word, the first on line {lost[0]}. They are kept as they are."
        )
