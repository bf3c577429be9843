"""Excel and OpenDocument files: the sheet with the people in it, as text cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from candidates.services.importing.fields import Field, field_titled

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A file of a few kilobytes can unpack to gigabytes.
_LARGEST_UNPACKED = 500 * 1024 * 1024


class UnreadableSpreadsheet(ValueError):
    """Says in a sentence for the user why the file cannot be read."""


@dataclass
class Sheet:
    records: Iterator[tuple[int, list[str]]]
    notices: list[str]


def is_spreadsheet(beginning: bytes) -> bool:
    """Whether the file is an archive as Excel and OpenDocument write them, or an old Excel file."""
    return beginning.startswith((_ZIP, _OLE))


def read_sheet(file: BinaryIO) -> Sheet:
    """The rows of the fullest sheet that has known column titles; the others are named in a notice."""
    file.seek(0)
    content = file.read()
    if content.startswith(_ZIP):
        _refuse_bombs_and_others(content)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        sheets = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in workbook.sheet_names
        }
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableSpreadsheet(
            "This spreadsheet cannot be opened: it is damaged or protected by a password. "
            "Save it again without a password, or as CSV."
        ) from error
    filled = {name: rows for name, rows in sheets.items() if any(any(row) for row in rows)}
    if not filled:
        raise UnreadableSpreadsheet("The spreadsheet is empty.")
    chosen = max(filled, key=lambda name: (_titles(filled[name]), len(filled[name])))
    others = [name for name in filled if name != chosen]
    notices = []
    if others:
        named = ", ".join(f"“{name}”" for name in others)
        notices.append(
            f"Read the sheet “{chosen}”. Not read: {named}. "
            "To import another sheet, save it as a file of its own."
        )
    return Sheet(_as_text(filled[chosen]), notices)


def _refuse_bombs_and_others(content: bytes) -> None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except BadZipFile as error:
        raise UnreadableSpreadsheet(
            "This file is damaged. Save it again and upload that."
        ) from error
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise UnreadableSpreadsheet(
            "This is an archive, not a table. Unpack it and upload the file inside."
        )
    if unpacked > _LARGEST_UNPACKED:
        raise UnreadableSpreadsheet(
            "This spreadsheet is too large once unpacked. Save the sheet as CSV and upload that."
        )


def _titles(rows: Sequence[Sequence[object]]) -> int:
    """How many known column titles the best of the first rows has, up to six: enough to be sure."""
    known = [
        len({field_titled(str(cell)) for cell in row if cell} - {Field.KEEP}) for row in rows[:30]
    ]
    return min(max(known, default=0), 6)


def _as_text(rows: Sequence[Sequence[object]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        # A sheet has blank rows as a file has blank lines.
        if any(cells):
            yield number, cells


def _cell(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date():
            return value.isoformat()
        case timedelta() | time():
            return str(value)
        case None:
            return ""
        case _:
            return str(value).replace("\x00", "")
