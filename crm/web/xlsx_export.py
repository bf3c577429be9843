"""Tables that leave Rapport as Excel workbooks: every cell is a text, so none is ever computed.

Rows are written as they come, whatever their number. Nothing is guarded as in CSV: what begins with "="
stands there as it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What one sheet holds, its titles among them, and what one cell holds.
MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
CUT = "… (cut here: a cell of Excel holds no more; a CSV file has it whole)"

# Characters that XML cannot hold or would change, and what looks like the way to write them.
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Number format 49 is text: a cell stays one when somebody types into it. Style 1 is of titles.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/>'
    '<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0"'
    ' applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0"'
    ' applyNumberFormat="1" applyFont="1"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def write_workbook(
    file: IO[bytes], rows: Iterable[Sequence[str]], *, sheet: str, is_large: bool = False
) -> None:
    """Write `rows`, titles first, as the only sheet. `is_large` where it may unpack to gigabytes."""
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=5) as archive:
        for name, content in _PARTS.items():
            archive.writestr(name, _DECLARATION + content)
        archive.writestr(
            "xl/workbook.xml",
            f'{_DECLARATION}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{_text(sheet)}" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=is_large) as entry:
            for piece in _sheet(rows):
                entry.write(piece.encode())


def _sheet(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield (
        f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
        '</sheetViews><sheetFormatPr defaultRowHeight="15"/><sheetData>'
    )
    for number, row in enumerate(rows, start=1):
        yield _row(number, row)
    yield (
        # Programs mark texts that look like numbers as mistakes, unless told otherwise.
        f'</sheetData><ignoredErrors><ignoredError sqref="A1:XFD{MOST_ROWS}" numberStoredAsText="1"/>'
        "</ignoredErrors></worksheet>"
    )


def _row(number: int, row: Sequence[str]) -> str:
    style = ' s="1"' if number == 1 else ""
    cells = "".join(
        f'<c r="{column_letters(column)}{number}"{style} t="inlineStr"><is>'
        f'<t xml:space="preserve">{_text(value)}</t></is></c>'
        for column, value in enumerate(row)
        if value
    )
    return f'<row r="{number}">{cells}</row>'


def _text(value: str) -> str:
    if len(value) > LONGEST_CELL:
        value = value[: LONGEST_CELL - len(CUT)] + CUT
    # As Excel itself writes such characters.
    return escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", value), {'"': "&quot;"})


def column_letters(column: int) -> str:
    """How a spreadsheet calls the column counted from 0: 0 is A, 27 is AB."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
