"""Several notes in the one cell that an export has for them, so that they come back as several."""

import re
from collections.abc import Iterable

_BETWEEN = "\n\n* * *\n\n"
# A line of a note that looks like what stands between two; so does one that was escaped before.
_LINE = re.compile(r"^(?=\\*\* \* \*$)", re.MULTILINE)
_ESCAPED = re.compile(r"^\\(?=\\*\* \* \*$)", re.MULTILINE)


def joined_notes(bodies: Iterable[str]) -> str:
    return _BETWEEN.join(_LINE.sub(r"\\", body) if "* * *" in body else body for body in bodies)


def parted_notes(cell: str) -> list[str]:
    """The notes that `joined_notes` put into the cell."""
    return [_ESCAPED.sub("", body) for body in cell.split(_BETWEEN)]
