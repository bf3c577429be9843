"""The cells of a table: texts, and the numbers that a spreadsheet stores as numbers.

Written as a text, 1.234 is two different numbers in two countries; stored as a number it is one. In the JSON of a row
such a cell stands without quotes.
"""

import json
from collections.abc import Sequence
from typing import Any


class Number(str):
    """A number with decimals, spelled with a dot whatever is usual where the file comes from. Else a text as any."""

    __slots__ = ()


_encoder = json.JSONEncoder(ensure_ascii=False)
_decoder = json.JSONDecoder(parse_float=Number, parse_int=str)


def cells_as_json(cells: Sequence[str]) -> str:
    return _encoder.encode([float(cell) if isinstance(cell, Number) else cell for cell in cells])


def cells_from_json(text: str) -> Any:
    """The cells, or the one cell that was asked for."""
    return _decoder.decode(text)
