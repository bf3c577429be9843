"""Excel workbooks (.xlsx, .xlsm), a row at a time: shared texts on disk, dates of both calendars, no formulas."""

import posixpath
import re
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from tempfile import SpooledTemporaryFile
from weakref import finalize
from zipfile import ZipFile

from candidates.cells import Number
from candidates.services.importing.formats.archives import (
    DAMAGED,
    pieces,
    safe_parser,
    sheet_records,
    tags,
)
from candidates.services.importing.formats.records import (
    MAX_COLUMNS,
    MOST_CELLS,
    Oddities,
    Record,
    SheetName,
    UnreadableFile,
    cut,
    refuse_copies,
    sheet_name,
)
from candidates.services.importing.unforeseen import PASSING, unread_cell

# Number formats that Excel knows by number alone.
_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_TIMES_ONLY = frozenset([18, 19, 20, 21, 45, 46, 47])
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_MOST_MERGED = 50_000
# Excel's own limit is 1,048,576.
_MOST_ROWS = 9_999_999
_IN_MEMORY = 8 * 1024 * 1024


class ExcelWorkbook:
    """The sheets of one workbook. Formulas count by the result that Excel stored with them."""

    damage = ""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.names = set(archive.namelist())
        self.epoch = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates have no zone
        self.paths: dict[str, str] = {}
        self.sheets: list[SheetName] = []
        self.shared_path = self.styles_path = ""
        try:
            self._read_contents()
            self.dates = self._date_styles()
            if not self.sheets:
                raise ValueError("no sheets")
        except DAMAGED as error:
            raise UnreadableFile(
                "This spreadsheet is damaged: its list of sheets cannot be read. "
                "Save it again and upload that."
            ) from error

    @cached_property
    def shared(self) -> "SharedTexts":
        try:
            return SharedTexts(self.archive, self.shared_path)
        except DAMAGED as error:
            raise UnreadableFile(
                "This spreadsheet is damaged: its texts cannot be read. Save it again and upload that."
            ) from error

    def records(self, sheet: str, oddities: Oddities) -> Iterator[Record]:
        path = self.paths[sheet]
        rows = _SheetRows(self, sheet, oddities)
        merged = _Merged(self.archive, path, sheet, oddities)
        for line, cells in sheet_records(self.archive, path, rows):
            merged.fill(line, cells)
            if any(cells):
                yield line, cells

    def _read_contents(self) -> None:
        """The sheets with their paths, in the order of the tabs."""
        book = self._target_of("_rels/.rels", "officeDocument") or "xl/workbook.xml"
        folder, _, file = book.rpartition("/")
        links = self._links(f"{folder}/_rels/{file}.rels", folder)
        for kind, path in links.values():
            if kind == "sharedStrings":
                self.shared_path = path
            elif kind == "styles":
                self.styles_path = path
        for tag, attributes in tags(self.archive, book):
            if tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
                self.epoch = datetime(1904, 1, 1)  # noqa: DTZ001
            elif tag == "sheet":
                number = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                kind, path = links.get(number, ("", ""))
                if kind == "worksheet":
                    name = attributes.get("name", f"Sheet {len(self.sheets) + 1}")
                    name = sheet_name(name, self.paths)
                    self.paths[name] = path
                    hidden = attributes.get("state", "visible") != "visible"
                    self.sheets.append(SheetName(name, hidden))

    def _target_of(self, path: str, kind: str) -> str:
        return next((to for what, to in self._links(path, "").values() if what == kind), "")

    def _links(self, path: str, folder: str) -> dict[str, tuple[str, str]]:
        """Relation id to its kind and the path it points to."""
        found: dict[str, tuple[str, str]] = {}
        if path not in self.names:
            return found
        for tag, attributes in tags(self.archive, path):
            if tag == "Relationship":
                target = attributes.get("Target", "")
                inside = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = (kind, posixpath.normpath(inside))
        return found

    def _date_styles(self) -> dict[int, bool]:
        """Cell styles that show dates, each with whether it shows the time of day alone."""
        if self.styles_path not in self.names:
            return {}
        codes: dict[int, str] = {}
        found: dict[int, bool] = {}
        number, is_inside = 0, False
        for tag, attributes in tags(self.archive, self.styles_path):
            if tag == "numFmt":
                codes[int(attributes.get("numFmtId", -1))] = attributes.get("formatCode", "")
            elif tag in {"cellXfs", "cellStyles", "dxfs"}:
                is_inside = tag == "cellXfs"
            elif tag == "xf" and is_inside:
                kind = int(attributes.get("numFmtId", 0))
                code = _bare_format(codes.get(kind, ""))
                if re.search(r"[dmyhs]", code) or (kind in _DATES and not code):
                    found[number] = kind in _TIMES_ONLY or not re.search(r"[dy]", code or "d")
                number += 1
        return found


def _bare_format(code: str) -> str:
    """A number format without its texts, colors and conditions."""
    return re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]|general', "", code.lower())


class SharedTexts:
    """The texts that cells refer to by number. Millions of them lie in a file, not in memory."""

    def __init__(self, archive: ZipFile, path: str) -> None:
        self.file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives as long as this
        finalize(self, self.file.close)
        self.ends = array("Q", [0])
        self.get = lru_cache(maxsize=10_000)(self._get)
        if path in archive.namelist():
            self._store(archive, path)

    def _store(self, archive: ZipFile, path: str) -> None:
        parser = safe_parser()
        parts: list[str] = []
        texts: list[str] = []
        state = {"is_text": False, "is_reading_aid": False}

        def start(tag: str, _: dict[str, str]) -> None:
            name = tag.rpartition(":")[2]
            if name == "t":
                state["is_text"] = not state["is_reading_aid"]
            elif name == "rPh":
                state["is_reading_aid"] = True

        def end(tag: str) -> None:
            name = tag.rpartition(":")[2]
            if name == "t":
                state["is_text"] = False
            elif name == "rPh":
                state["is_reading_aid"] = False
            elif name == "si":
                texts.append("".join(parts))
                parts.clear()

        def text(data: str) -> None:
            if state["is_text"]:
                parts.append(data)

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = text
        for piece in pieces(archive, path):
            parser.Parse(piece)
            for one in texts:
                written = self.file.write(one.encode("utf-8", "replace"))
                self.ends.append(self.ends[-1] + written)
            texts.clear()

    def _get(self, number: int) -> str | None:
        if not 0 <= number < len(self.ends) - 1:
            return None
        self.file.seek(self.ends[number])
        return self.file.read(self.ends[number + 1] - self.ends[number]).decode()


class _SheetRows:
    """Makes rows of the events of a sheet's XML."""

    # A sheet is a document of its own.
    is_over = False

    def __init__(self, book: ExcelWorkbook, sheet: str, oddities: Oddities) -> None:
        self.shared, self.dates, self.epoch = book.shared, book.dates, book.epoch
        self.sheet, self.oddities = sheet, oddities
        self.rows: list[Record] = []
        self.line = 0
        self.cells: list[str] = []
        self.column = 0
        self.kind = self.style = ""
        self.parts: list[str] = []
        self.is_text = self.is_reading_aid = self.has_formula = False
        self.columns: dict[str, int] = {}
        self.parser = safe_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def take(self) -> list[Record]:
        rows, self.rows = self.rows, []
        return rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag if ":" not in tag else tag.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r", "")
            self.column = self._column(reference) if reference else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.parts.clear()
            self.has_formula = False
        elif name in {"v", "t"}:
            self.is_text = not self.is_reading_aid
        elif name == "f":
            self.has_formula = True
        elif name == "row":
            self.line = self._line(attributes.get("r", ""))
            self.cells, self.column = [], -1
        elif name == "rPh":
            self.is_reading_aid = True

    def _text(self, data: str) -> None:
        if self.is_text:
            self.parts.append(data)

    def _end(self, tag: str) -> None:
        name = tag if ":" not in tag else tag.rpartition(":")[2]
        if name in {"v", "t"}:
            self.is_text = False
        elif name == "c":
            raw = "".join(self.parts)
            if raw or self.has_formula:
                try:
                    value = self._value(raw)
                except (UnreadableFile, *PASSING):
                    raise
                except Exception as error:
                    # The edge of a cell: one that nobody foresaw costs no other.
                    value = unread_cell(error, self._place(), self.oddities)
                if value:
                    self._keep(value)
        elif name == "row":
            if self.cells:
                self.rows.append((self.line, self.cells))
        elif name == "rPh":
            self.is_reading_aid = False

    def _keep(self, value: str) -> None:
        """Put the cell in its place; of the gaps after the last column that is read nothing is held."""
        column = min(self.column, max(len(self.cells), MAX_COLUMNS))
        if column < MOST_CELLS:
            self.cells += [""] * (column - len(self.cells))
            self.cells[column:] = [value]

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        number = self.columns.get(letters)
        if number is None:
            number = self.columns[letters] = _column_number(letters)
        return number

    def _line(self, number: str) -> int:
        """The number of the row that begins; some programs say one twice, or say nonsense."""
        line = int(number) if number.isdecimal() and len(number) <= len(str(_MOST_ROWS)) else 0
        if self.line < line <= _MOST_ROWS:
            return line
        if number:
            self.oddities.see(
                "Rows numbered out of order are counted on from the row before: {count}, "
                "the first is {place}.",
                f"row {self.line + 1:,} of “{self.sheet}”",
            )
        return self.line + 1

    def _place(self) -> str:
        return f"“{self.sheet}”, row {self.line:,}, column {self.column + 1}"

    def _value(self, raw: str) -> str:
        if not raw:
            return self._odd(
                "Formulas without a stored result, read as empty: {count}, the first in {place}. "
                "Open the file in a spreadsheet program and save it to have them computed."
            )
        if self.kind == "s":
            text = self.shared.get(int(raw)) if raw.strip().isdecimal() else None
            return self._odd(_NO_TEXT) if text is None else self._clean(text)
        if self.kind == "e":
            return self._odd(
                "Cells that show an error such as #REF! are read as empty: {count}, the first in {place}."
            )
        if self.kind == "b":
            return "yes" if raw.strip() in {"1", "true"} else "no"
        if self.kind in {"str", "inlineStr"}:
            return self._clean(raw)
        if self.kind == "d":
            return raw.replace("T", " ").removesuffix(" 00:00:00")
        return self._number(raw)

    def _odd(self, what: str) -> str:
        self.oddities.see(what, self._place())
        return ""

    def _clean(self, text: str) -> str:
        if "_x" in text:
            # How Excel writes control characters; halves of characters come in pairs, or are none.
            text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return cut(text.replace("\x00", ""), self._place(), self.oddities)

    def _number(self, raw: str) -> str:
        try:
            number = float(raw)
        except ValueError:
            return self._clean(raw)
        if self.style and (shows := self.dates.get(int(self.style))) is not None:
            return self._date(number, is_time=shows) or number_text(number)
        return number_text(number)

    def _date(self, serial: float, *, is_time: bool) -> str:
        # Excel believes that 1900 had a February 29.
        days = serial + 1 if serial < 60 and self.epoch.year == 1899 else serial
        at = self._moment(days) if serial >= 0 else None
        if at is None:
            self.oddities.see(
                "Dates that no calendar has, kept as numbers: {count}, the first in {place}.",
                self._place(),
            )
            return ""
        if is_time and serial < 1:
            return at.time().isoformat()
        return at.date().isoformat() if not (at.hour or at.minute or at.second) else str(at)

    def _moment(self, days: float) -> datetime | None:
        """So many days after the first of this calendar, to the second; None after the year 9999."""
        try:
            at = self.epoch + timedelta(days=days, microseconds=500_000)
        except OverflowError:
            return None
        return at.replace(microsecond=0)


_NO_TEXT = "Cells whose text is missing in the file, read as empty: {count}, the first in {place}."


def number_text(number: float) -> str:
    """A number as people write it: no ".0", no exponent for a phone number."""
    if number != number or number in {float("inf"), float("-inf")}:
        return ""
    if number.is_integer() and abs(number) < 1e18:
        return str(int(number))
    return Number(repr(number))


@lru_cache(maxsize=4096)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Merged:
    """Cells merged downwards: each of their rows gets the value of the first."""

    def __init__(self, archive: ZipFile, path: str, sheet: str, oddities: Oddities) -> None:
        # First row to (column, last row); the ranges stand behind the rows in the file.
        self.starts: dict[int, list[tuple[int, int]]] = {}
        self.open: dict[int, tuple[int, str]] = {}
        self.sheet, self.oddities = sheet, oddities
        self.written = self.filled = 0
        tail = b""
        found = 0
        try:
            for piece in pieces(archive, path):
                piece = tail + piece
                end = 0
                for match in _MERGED.finditer(piece):
                    end = match.end()
                    left, top, right, bottom = (part.decode() for part in match.groups())
                    if left == right and top != bottom and found < _MOST_MERGED:
                        column = _column_number(left)
                        self.starts.setdefault(int(top), []).append((column, int(bottom)))
                        found += 1
                tail = piece[max(end, len(piece) - 200) :]
        except DAMAGED:
            # Said when the rows themselves are read.
            self.starts = {}

    def fill(self, line: int, cells: list[str]) -> None:
        """Complete one row; rows come from top to bottom."""
        if self.starts:
            self.written += sum(map(bool, cells))
        if self.open:
            self.open = {column: span for column, span in self.open.items() if span[0] >= line}
            for column, (_, value) in self.open.items():
                if value and not (column < len(cells) and cells[column]):
                    self.filled += max(1, column + 1 - len(cells))
                    cells += [""] * (column + 1 - len(cells))
                    cells[column] = value
            refuse_copies(self.sheet, line, copied=self.filled, written=self.written)
        for column, last in self.starts.get(line, ()):
            value = cells[column] if column < len(cells) else ""
            self.open[column] = (last, value)
            self.oddities.see(
                "Merged cells were read as if each row held their value: {count}, the first in {place}.",
                f"“{self.sheet}”, row {line:,}, column {column + 1}",
            )
