"""Reading single values as people type them: addresses, numbers, links, words. Nothing here raises on bad input."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from candidates.services.identifying import (
    fold,
    link_address,
    normalize_email,
    normalize_link,
    normalize_phone,
    plainly_an_address,
    plainly_international,
)

# What people write when they have nothing to write.
_NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "–",
        "—",
        ".",
        "?",
        "/",
        "n/a",
        "n.a.",
        "n.a",
        "#n/a",
        "k.a.",
        "n/v",
        "nn",
    }
)
# Also nothing, but each of them is somebody's name.
_NOTHING_BUT_NAMES = frozenset(
    {"na", "none", "null", "nil", "nan", "keine", "keine angabe", "unbekannt", "unknown", "tbd"}
    | {
        "not available",
        "not applicable",
        "inconnu",
        "#value!",
        "#ref!",
        "#null!",
        "#name?",
        "ninguno",
    }
)


def tidy(cell: str) -> str:
    """The cell without surrounding space; odd spaces become plain ones, line breaks stay."""
    if cell.isprintable():
        return " ".join(cell.split())
    text = re.sub(r"[^\S\r\n]+", " ", cell.replace("\ufeff", "").replace("\u200b", ""))
    return re.sub(r" ?(\r\n|\r|\n) ?", "\n", text).strip()


_LONGEST_NOTHING = max(map(len, _NOTHING | _NOTHING_BUT_NAMES))


def is_nothing(cell: str, *, name: bool = False) -> bool:
    """Whether the cell is empty, or says so: "N/A", "-", "n.a."."""
    # Most cells say something, and are too long to say nothing.
    if len(cell) > _LONGEST_NOTHING and len(cell.strip()) > _LONGEST_NOTHING:
        return False
    folded = fold(cell)
    return folded in _NOTHING or (not name and folded in _NOTHING_BUT_NAMES)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would compute this text."""
    return bool(_FORMULA.match(text))


_FORMULA = re.compile(r"\s*(=|[@+\-][A-Za-z][\w.]*\()")


class Parts(NamedTuple):
    """What a cell held: values as written with their comparable form, and pieces that are none."""

    values: list[tuple[str, str]]
    rejected: list[str]
    # Words beside the values, such as "Anna <anna@example.com>".
    has_more: bool = False


# Begins where a word begins and never goes back: a cell of one long word costs its length, not the square of it.
_ADDRESS = re.compile(r"(?<![^\s,;|<>()\[\]\"/@])[^\s,;|<>()\[\]\"/@]++@[^\s,;|<>()\[\]\"/]+")


def split_emails(cell: str) -> Parts:
    """Every address in the cell; pieces that were meant as one but are none."""
    # An address and nothing beside it, as most cells are.
    if plain := plainly_an_address(cell):
        return Parts([(cell, plain)], [])
    values: dict[str, str] = {}
    rejected: list[str] = []
    has_more = False
    for piece in re.split(r"[;,|\n]+", tidy(cell)):
        found = _ADDRESS.findall(piece.replace("mailto:", " "))
        readable = [
            (address.strip(".'"), normalize_email(address.strip(".'"))) for address in found
        ]
        for address, normalized in readable:
            if normalized:
                values.setdefault(normalized, address)
        if not is_nothing(piece) and not any(normalized for _, normalized in readable):
            rejected.append(piece.strip())
        elif re.search(r"\w{2}", _ADDRESS.sub(" ", piece.replace("mailto:", " "))):
            has_more = True
    return Parts(
        [(address, normalized) for normalized, address in values.items()], rejected, has_more
    )


_PHONE_LABEL = re.compile(
    r"^\s*(?:(?:tel|phone|mobile?|mobil|handy|fon|cell|work|home|privat|t|m)\s*[.:]+\s*)+",
    re.IGNORECASE,
)


_SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)


def is_shortened(text: str) -> bool:
    """Whether a spreadsheet program has rounded a long number to "4,91512E+12": its digits are gone."""
    return bool(_SHORTENED.fullmatch(text.strip()))


def split_phones(cell: str, countries: Sequence[str] = ()) -> Parts:
    """Every number in the cell. National ones are read as of the first of `countries` that makes sense."""
    if plain := plainly_international(cell):
        return Parts([(cell, plain)], [])
    values: dict[str, tuple[str, str]] = {}
    rejected: list[str] = []
    for piece in re.split(r"[;|\n]+|,\s|\s/\s|\s(?:or|oder|ou|o)\s", tidy(cell)):
        number = _PHONE_LABEL.sub("", piece).strip(" ,;")
        if is_nothing(number):
            continue
        normalized = next(
            filter(None, (normalize_phone(number, country=code) for code in [*countries, ""])), ""
        )
        digits = sum(letter.isdigit() for letter in number)
        if (
            len(number) > 60
            or digits < 5
            or is_shortened(number)
            or digits > 20
            or (not normalized and digits * 2 < len(number))
        ):
            rejected.append(piece.strip())
        else:
            values.setdefault(normalized or re.sub(r"\D", "", number), (number, normalized))
    return Parts(list(values.values()), rejected)


def split_links(cell: str) -> Parts:
    """Every web address in the cell, as a browser opens it."""
    values: dict[str, str] = {}
    rejected: list[str] = []
    for piece in re.split(r"[;|\s]+|,\s*(?=http)", tidy(cell)):
        piece = piece.strip(",")
        normalized, address = normalize_link(piece), link_address(piece)
        if normalized and address:
            values.setdefault(normalized, address)
        elif not is_nothing(piece):
            rejected.append(piece)
    return Parts([(address, normalized) for normalized, address in values.items()], rejected)


# A slash divides skills, but not these.
_SLASHED = frozenset(
    {
        "c/c++",
        "ci/cd",
        "ui/ux",
        "ux/ui",
        "tcp/ip",
        "pl/sql",
        "pl/1",
        "a/b",
        "a/b testing",
        "b/s",
        "s/4hana",
    }
    | {"sap s/4hana", "os/2", "z/os", "i/o", "input/output", "hr/payroll", "24/7", "r/3", "sap r/3"}
)


def split_words(cell: str, *, slashes: bool = False) -> list[str]:
    """The words of a list: skills or tags, each once, in their order."""
    text = tidy(cell)
    words = re.split(r"[,;|\n•·\t]+", text)
    if slashes and len(words) == 1 and fold(text) not in _SLASHED:
        words = re.split(r"\s*/\s*", text)
    found: dict[str, str] = {}
    for word in words:
        word = re.sub(r"\s+", " ", word).strip(" -*")
        if not is_nothing(word):
            found.setdefault(fold(word), word)
    return list(found.values())
