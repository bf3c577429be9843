"""OpenDocument spreadsheets (.ods), a row at a time."""

from collections.abc import Iterator
from zipfile import ZipFile

from candidates.services.importing.formats.archives import (
    DAMAGED,
    safe_parser,
    sheet_records,
    tags,
)
from candidates.services.importing.formats.excel import number_text
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

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
# As many rows as a sheet can have: a damaged file may claim more.
_MOST_ROWS = 1_048_576
# A value that was dragged down to the end of the sheet is a million rows that say the same.
_MOST_COPIES = 100
_MOST_SPACES = 1000


class OpenDocument:
    """The sheets of one OpenDocument spreadsheet."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        # By the names that are shown, those in the file.
        self.tables: dict[str, str] = {}
        self.sheets: list[SheetName] = []
        self.damage = ""
        try:
            if _MANIFEST in archive.namelist() and any(
                tag == "encryption-data" for tag, _ in tags(archive, _MANIFEST)
            ):
                raise UnreadableFile(
                    "This file is protected by a password. Save it again without one and upload that."
                )
            self._read_names()
        except DAMAGED as error:
            if self.sheets:
                self.damage = (
                    f"The file is damaged in or after the sheet “{self.sheets[-1].name}”: "
                    "sheets that follow it are not found."
                )
                return
            raise UnreadableFile(
                "This spreadsheet is damaged: its sheets cannot be read. Save it again and upload that."
            ) from error

    def _read_names(self) -> None:
        hidden_styles: set[str] = set()
        style = ""
        for tag, attributes in tags(self.archive, _CONTENT):
            if tag == "style":
                style = attributes.get("style:name", "")
            elif tag == "table-properties" and attributes.get("table:display") == "false":
                hidden_styles.add(style)
            elif tag == "table" and "table:name" in attributes:
                is_hidden = attributes.get("table:style-name", "") in hidden_styles
                name = sheet_name(attributes["table:name"], self.tables)
                self.tables[name] = attributes["table:name"]
                self.sheets.append(SheetName(name, is_hidden))

    def records(self, sheet: str, oddities: Oddities) -> Iterator[Record]:
        rows = _TableRows(sheet, self.tables[sheet], oddities)
        return sheet_records(self.archive, _CONTENT, rows)


class _TableRows:
    """Makes rows of the events of one table in the document's XML."""

    def __init__(self, sheet: str, table: str, oddities: Oddities) -> None:
        self.sheet, self.table, self.oddities = sheet, table, oddities
        self.rows: list[Record] = []
        self.is_inside = self.is_over = False
        self.line = 0
        self.cells: list[str] = []
        self.repeat_row = self.repeat_cell = 1
        self.blank = 0
        # Cells of rows so far that the file writes out, and those that it only counts.
        self.written = self.copied = 0
        self.attributes: dict[str, str] = {}
        self.lines: list[str] = []
        self.depth_of_notes = 0
        self.is_text = False
        self.parser = safe_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def take(self) -> list[Record]:
        rows, self.rows = self.rows, []
        return rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self.is_inside = attributes.get("table:name") == self.table and not self.is_over
        elif not self.is_inside:
            return
        elif tag == "table:table-row":
            self.cells, self.blank = [], 0
            self.repeat_row = _count(attributes.get("table:number-rows-repeated"))
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            self.attributes, self.lines = attributes, []
            self.repeat_cell = _count(attributes.get("table:number-columns-repeated"))
        elif tag == "office:annotation":
            self.depth_of_notes += 1
        elif tag == "text:p" and not self.depth_of_notes:
            self.lines.append("")
            self.is_text = True
        elif tag == "text:s" and self.is_text:
            self.lines[-1] += " " * min(_count(attributes.get("text:c")), _MOST_SPACES)
        elif tag in {"text:line-break", "text:tab"} and self.is_text:
            self.lines[-1] += "\n" if tag == "text:line-break" else "\t"

    def _text(self, data: str) -> None:
        if self.is_text and not self.depth_of_notes:
            self.lines[-1] += data

    def _end(self, tag: str) -> None:
        if not self.is_inside:
            return
        if tag == "text:p":
            self.is_text = False
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            self._end_cell()
        elif tag == "table:table-row":
            self._end_row()
        elif tag == "office:annotation":
            self.depth_of_notes -= 1
        elif tag == "table:table":
            self.is_inside, self.is_over = False, True

    def _end_cell(self) -> None:
        try:
            value = self._value()
        except (UnreadableFile, *PASSING):
            raise
        except Exception as error:
            # The edge of a cell: one that nobody foresaw costs no other.
            value = unread_cell(error, self._place(), self.oddities)
        if not value:
            # A row ends with thousands of empty cells: they count only if something follows.
            self.blank += self.repeat_cell
            return
        if len(self.cells) < MOST_CELLS:
            # Of gaps and copies after the last column that is read nothing is held.
            room = max(MAX_COLUMNS + 1 - len(self.cells), 1)
            blank = min(self.blank, room - 1)
            times = min(self.repeat_cell, room - blank)
            self.cells += [""] * blank + [value] * times
            self.written += 1
            self.copied += times - 1
        self.blank = 0

    def _end_row(self) -> None:
        first = self.line + 1
        self.line += self.repeat_row
        if not self.cells:
            return
        if first > _MOST_ROWS:
            raise UnreadableFile(
                f"The sheet “{self.sheet}” goes on after row {_MOST_ROWS:,}, where Rapport stops to read. "
                "Split it and upload the parts one after the other."
            )
        last = min(self.line, first + _MOST_COPIES - 1, _MOST_ROWS)
        if last < self.line:
            self.oddities.see(
                f"Rows that stand more than {_MOST_COPIES} times below each other are read {_MOST_COPIES} "
                "times: {count}, the first in {place}.",
                f"“{self.sheet}”, row {first:,}",
            )
        self.copied += len(self.cells) * (last - first)
        refuse_copies(self.sheet, first, copied=self.copied, written=self.written)
        # One list for all of them: nobody changes it.
        self.rows += [(line, self.cells) for line in range(first, last + 1)]

    def _value(self) -> str:
        kind = self.attributes.get("office:value-type", "")
        stored = self.attributes.get("office:value", "")
        text = "\n".join(self.lines)
        if kind in {"float", "currency"} and stored:
            try:
                return number_text(float(stored))
            except ValueError:
                return text
        if kind == "date":
            return self.attributes.get("office:date-value", text).replace("T", " ")
        if kind == "boolean":
            return "yes" if self.attributes.get("office:boolean-value") == "true" else "no"
        if text.startswith(("#", "Err:")) and self.attributes.get("table:formula"):
            self.oddities.see(
                "Cells that show an error such as #REF! are read as empty: {count}, the first in {place}.",
                self._place(),
            )
            return ""
        return cut(text.replace("\x00", ""), self._place(), self.oddities)

    def _place(self) -> str:
        column = len(self.cells) + self.blank + 1
        return f"“{self.sheet}”, row {self.line + 1:,}, column {column}"


def _count(text: str | None) -> int:
    return min(int(text), 1 << 24) if text and text.isdecimal() else 1
