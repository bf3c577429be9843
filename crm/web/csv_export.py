"""Tables that leave Rapport: no cell may run as a formula in the spreadsheet that opens it.

A spreadsheet computes text that begins with = + - @ (or their full-width forms), also after spaces and
control characters. Such a cell gets a leading apostrophe, which our own import takes off again.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from tempfile import TemporaryFile
from urllib.parse import quote

from django.http import FileResponse

_COMPUTED = re.compile(
    r"[\s\x00-\x1f\ufeff\u200b\u200e\u200f]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]"
)
_PIECE = 1 << 16
_CONTROL_FIRST = re.compile(r"[\t\r\n\x00]")


def _needs_guard(text: str) -> bool:
    # Most cells: no letter or digit begins a formula.
    if not text or text[0].isalnum():
        return False
    bare = text.lstrip("'")
    return bool(_COMPUTED.match(bare) or _CONTROL_FIRST.match(bare))


def guard_cell(value: object) -> str:
    """`value` as text that no spreadsheet computes."""
    text = "" if value is None else str(value)
    return f"'{text}" if _needs_guard(text) else text


def unguard_cell(text: str) -> str:
    """Take off exactly the apostrophe that `guard_cell` put on."""
    return text[1:] if text.startswith("'") and _needs_guard(text) else text


def csv_lines(rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> Iterator[str]:
    """The rows as CSV, guarded, in pieces of whole lines."""
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        writer.writerow(map(guard_cell, row))
        if buffer.tell() >= _PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def csv_download(
    rows: Iterable[Sequence[object]], *, file_name: str, delimiter: str = ","
) -> FileResponse:
    """A CSV file to save, however long: UTF-8 with the mark by which spreadsheets know it."""
    file = TemporaryFile()  # noqa: SIM115 - read by the answer
    file.write("\ufeff".encode())
    for piece in csv_lines(rows, delimiter=delimiter):
        file.write(piece.encode())
    file.seek(0)
    response = FileResponse(file, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
    return response
