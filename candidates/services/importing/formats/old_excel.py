"""Excel's binary workbooks (.xls, .xlsb). A library reads them as a whole: they are small, or refused."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from candidates.services.importing.formats.excel import number_text
from candidates.services.importing.formats.records import (
    Oddities,
    Record,
    SheetName,
    UnreadableFile,
    cut,
    sheet_name,
)

# An .xls has at most 65,536 rows.
_LARGEST = 30 * 1024 * 1024
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class OldExcelWorkbook:
    """The sheets of one binary workbook."""

    damage = ""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        content = file.read(_LARGEST + 1)
        if _ENCRYPTED in content:
            raise UnreadableFile(
                "This file is protected by a password. Save it again without one and upload that."
            )
        if len(content) > _LARGEST:
            raise UnreadableFile(
                f"Files in Excel's old or binary format may have {_LARGEST // 1024**2} MB. "
                "Save it as .xlsx or CSV and upload that."
            )
        try:
            self.book = CalamineWorkbook.from_filelike(BytesIO(content))
        except (CalamineError, OSError, ValueError) as error:
            raise UnreadableFile(
                "This spreadsheet cannot be opened: it is damaged or protected by a password. "
                "Save it again without a password, or as CSV."
            ) from error
        # By the names that are shown, where they stand in the file.
        self.places: dict[str, int] = {}
        self.sheets = []
        for place, sheet in enumerate(self.book.sheets_metadata):
            name = sheet_name(sheet.name, self.places)
            self.places[name] = place
            self.sheets.append(SheetName(name, sheet.visible != SheetVisibleEnum.Visible))

    def records(self, sheet: str, oddities: Oddities) -> Iterator[Record]:
        try:
            rows = self.book.get_sheet_by_index(self.places[sheet]).to_python(skip_empty_area=False)
        except (CalamineError, OSError, ValueError) as error:
            raise UnreadableFile(
                f"The sheet “{sheet}” is damaged. Save the file again and upload that."
            ) from error
        for line, row in enumerate(rows, 1):
            cells = [
                cut(_cell(value), f"“{sheet}”, row {line:,}, column {number}", oddities)
                for number, value in enumerate(row, 1)
            ]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield line, cells


def _cell(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return number_text(value)
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
