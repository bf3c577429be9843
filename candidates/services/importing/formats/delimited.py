"""CSV and its kin: text lines to records, with broken quotes repaired and nothing swallowed."""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator

from candidates.services.importing.fields import EXPORT_ID
from candidates.services.importing.formats.records import LONGEST_CELL, Oddities, Record, cut
from crm.web.csv_export import unguard_cell

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar"}
# One record may span so many lines and characters; beyond, a quotation mark was never closed.
_LONGEST_RECORD, _MOST_CHARACTERS = 1000, 16 * 1024 * 1024
# The default of 128 kB would refuse a long note; lines and cells are limited anyway.
csv.field_size_limit(2 * _MOST_CHARACTERS)


class _Lines:
    """Feeds a csv reader line by line, so that a record which swallowed others can be given back."""

    def __init__(self, source: Iterable[str]) -> None:
        self.source = iter(source)
        self.waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.size = 0
        self.number = 0
        self.most = _LONGEST_RECORD
        self.is_broken = False
        self.had_nul = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= self.most or self.size > _MOST_CHARACTERS:
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
        self.size += len(line)
        return line

    def begin(self) -> None:
        self.number += len(self.taken)
        self.taken = []
        self.size = 0
        self.is_broken = False

    def give_back(self) -> str:
        """Keep the first line of the record alone; the others will come again."""
        first, *others = self.taken
        self.waiting.extendleft(reversed(others))
        self.taken = [first]
        return first


def delimited_records(
    source: Iterable[str], delimiter: str, notices: list[str], oddities: Oddities
) -> Iterator[Record]:
    """The records with the line where each starts; blank lines are none."""
    lines = _Lines(source)
    reader = csv.reader(lines, delimiter=delimiter)
    repaired = LineNumbers()
    is_ours = False
    while True:
        lines.begin()
        cells = next(reader, None)
        if not lines.taken:
            break
        start = lines.number + 1
        if lines.number == 0 and cells and cells[0].strip("\ufeff") == EXPORT_ID:
            # Our own file: its quotation marks are all in order.
            is_ours, lines.most = True, _MOST_CHARACTERS
        if lines.is_broken or (not is_ours and _swallowed(lines.taken, cells or [], delimiter)):
            cells = _split_raw(lines.give_back(), delimiter)
            repaired.add(start)
            reader = csv.reader(lines, delimiter=delimiter)
        if cells:
            if lines.size > LONGEST_CELL:
                cells = [
                    cut(cell, f"line {start:,}, column {number}", oddities)
                    for number, cell in enumerate(cells, 1)
                ]
            yield start, [unguard_cell(cell) for cell in cells]
    if repaired:
        notices.append(
            f"A quotation mark is opened but never closed on {repaired}: "
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


class LineNumbers:
    """Lines to be named in a sentence: the first few, and how many there are."""

    def __init__(self) -> None:
        self.first: list[int] = []
        self.count = 0

    def add(self, line: int) -> None:
        self.count += 1
        if self.count <= 5:
            self.first.append(line)

    def __bool__(self) -> bool:
        return self.count > 0

    def __str__(self) -> str:
        """line 3; lines 3, 5; lines 1, 2, 3, 4, 5 and 7 more."""
        shown = ", ".join(map(str, self.first))
        words = f"line {shown}" if self.count == 1 else f"lines {shown}"
        return f"{words} and {self.count - 5:,} more" if self.count > 5 else words


def declared_delimiter(first_line: str) -> str:
    """The delimiter in a first line such as `sep=;`, which Excel writes and obeys."""
    match = re.fullmatch(r"\ufeff?sep=(.)\s*", first_line)
    return match[1] if match else ""
