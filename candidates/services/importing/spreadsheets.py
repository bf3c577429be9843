"""Which of a workbook's sheets has the people in it."""

from itertools import islice
from typing import BinaryIO

from candidates.services.importing.fields import Field, field_titled
from candidates.services.importing.formats.archives import open_archive
from candidates.services.importing.formats.excel import ExcelWorkbook
from candidates.services.importing.formats.old_excel import OldExcelWorkbook
from candidates.services.importing.formats.opendocument import OpenDocument
from candidates.services.importing.formats.records import (
    Oddities,
    SheetName,
    UnreadableFile,
    Workbook,
)
from candidates.services.importing.unforeseen import as_far_as_it_goes

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".ots", ".xltx")
# So many rows tell what a sheet is about, and which of two is the longer one.
_SAMPLE_ROWS = 200
_CANNOT_BE_READ = (
    "The sheet “{}” cannot be read: nobody is imported from it. The other sheets are not affected. "
    "If it holds people, save the file again in a spreadsheet program and upload that."
)


def is_spreadsheet(beginning: bytes) -> bool:
    """Whether the file is an archive as Excel and OpenDocument write them, or an old Excel file."""
    return beginning.startswith((_ZIP, _OLE))


def open_workbook(file: BinaryIO, beginning: bytes, *, name: str = "") -> Workbook:
    """The workbook in the file that was called so; raises UnreadableFile with a sentence when there is none."""
    if beginning.startswith(_OLE):
        return OldExcelWorkbook(file)
    archive = open_archive(file)
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        return OldExcelWorkbook(file)
    if "content.xml" in names:
        return OpenDocument(archive)
    if any(name.startswith("xl/") for name in names):
        return ExcelWorkbook(archive)
    if name.lower().endswith(WORKBOOK_ENDINGS):
        raise UnreadableFile(
            "There is no workbook in this file, although its name ends like one. "
            "Open it in a spreadsheet program, save it again (or save the sheet as CSV) and upload that."
        )
    raise UnreadableFile("This is an archive, not a table. Unpack it and upload the file inside.")


def filled_sheets(book: Workbook) -> tuple[dict[SheetName, int], list[str]]:
    """The sheets that hold anything, each with how much it looks like a table of people; what is to be told of others.

    Raises UnreadableFile where all that could be read is empty, with why the others cannot be.
    """
    found: dict[SheetName, int] = {}
    unread: list[str] = []
    why: UnreadableFile | None = None
    for sheet in book.sheets:
        oddities = Oddities()
        try:
            records = as_far_as_it_goes(book.records(sheet.name, oddities), oddities)
            rows = [cells for _, cells in islice(records, _SAMPLE_ROWS)]
        except UnreadableFile as error:
            unread.append(sheet.name)
            why = why or error
            continue
        if rows:
            found[sheet] = _titles(rows[:30]) * _SAMPLE_ROWS + len(rows)
    if why is not None and not found:
        raise why
    told = [book.damage] if book.damage else []
    told += [_CANNOT_BE_READ.format(name) for name in unread]
    return found, told


def best_sheet(filled: dict[SheetName, int]) -> SheetName:
    """The sheet with the most known column titles, then the longest; a hidden one only if all are."""
    if not filled:
        raise UnreadableFile("The spreadsheet is empty.")
    shown = [sheet for sheet in filled if not sheet.is_hidden] or list(filled)
    return max(shown, key=lambda sheet: filled[sheet])


def _titles(rows: list[list[str]]) -> int:
    """How many known column titles the best of the first rows has, up to six: enough to be sure."""
    known = [len({field_titled(cell) for cell in row if cell} - {Field.KEEP}) for row in rows]
    return min(max(known, default=0), 6)
