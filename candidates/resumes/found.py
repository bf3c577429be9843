"""One finding: a value, how sure it is, and where in the text it stands."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


@dataclass(slots=True)
class Found:
    """`value` with a confidence from 0 to 1; the text that says so is `text[start:end]`, if any does."""

    value: str
    confidence: float
    start: int = -1
    end: int = -1

    def as_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "confidence": round(self.confidence, 2),
            "start": self.start,
            "end": self.end,
        }


def fold(text: str) -> str:
    """Lower case, without accents and doubled spaces: for comparing."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def words(text: str) -> list[str]:
    """The folded words of `text`, letters and digits only."""
    return re.findall(r"[^\W_]+", fold(text))
