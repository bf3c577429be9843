"""Tables that leave Rapport as Excel workbooks: every cell is a text, so none is ever computed.

Rows are written as they come, whatever their number. Nothing is guarded as in CSV: what begins with "="
stands there as it is.
"""

import re
from collections.abc import Iterable, Sequence
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What one sheet holds, its titles among them, and what one cell holds.
MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
CUT = "… (cut here: a cell of Excel holds no more; a CSV file has it whole)"

# Characters that XML cannot hold or would change, and what looks like the way to write them.
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class _Sheet(Worksheet):
    @staticmethod
    def _escape_control_characters(text: str) -> str:
        # The library's own misses two ways to write a character that share a sign, and what XML forbids above.
        return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def write_workbook(
    file: IO[bytes], rows: Iterable[Sequence[str]], *, sheet: str, is_large: bool = False
) -> None:
    """Write `rows`, titles first, as the only sheet. `is_large` where it may unpack to gigabytes."""
    # Each row goes to a temporary file when the next one begins.
    with Workbook(file, {"constant_memory": True, "use_zip64": is_large}) as workbook:
        # Number format 49 is text: a cell stays one when somebody types into it.
        plain = workbook.add_format({"num_format": 49})
        title = workbook.add_format({"num_format": 49, "bold": True})
        table = workbook.add_worksheet(sheet, _Sheet)
        table.freeze_panes(1, 0)
        # Programs mark texts that look like numbers as mistakes, unless told otherwise.
        table.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value:
                    table.write_string(number, column, _fitting(value), plain if number else title)


def _fitting(value: str) -> str:
    return value if len(value) <= LONGEST_CELL else value[: LONGEST_CELL - len(CUT)] + CUT
