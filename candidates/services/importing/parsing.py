"""Reading single values as people type them: names, addresses, numbers, dates. Nothing here raises on bad input."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from candidates.services.identifying import (
    fold,
    link_address,
    normalize_email,
    normalize_link,
    normalize_phone,
    plainly_international,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
    return bool(re.match(r"\s*(=|[@+\-][A-Za-z][\w.]*\()", text))


# Names

_PARTICLES = _words(
    "von vom van der den ter ten de del della di da do dos das du la le las los y e i und af av zu zur zum bin ibn bint al el"
)
_SUFFIXES = _words(
    "jr jr. sr sr. ii iii iv phd ph.d. ph.d md m.d. mba msc m.sc. bsc b.sc. dds esq esq. cpa pmp dipl.-ing. mag."
)


# Between two people; a name has none of these but a comma.
_BETWEEN_PEOPLE = re.compile(r"\s*[;&]\s*|\s+[/+]\s+|\s+(?:and|und|et)\s+", re.IGNORECASE)


def split_people(cell: str, addresses: Sequence[str] = ()) -> list[str]:
    """The names in a cell that seems to name several people; none where it names one.

    "Garcia Lopez, Maria José" is one of them turned round. Two such parts are two people only if each has
    one of the row's `addresses`; three are three.
    """
    names = [" ".join(name.split()) for name in _BETWEEN_PEOPLE.split(tidy(cell))]
    if len(names) == 1 and "," in cell:
        names = [name.strip() for name in cell.split(",")]
        if any(name.count(" ") == 0 or fold(name) in _SUFFIXES for name in names):
            return []
        if len(names) == 2 and not _have_each(names, addresses):
            return []
    # In "Anna/Anne" these divide one name: they need whole names around them.
    if len(names) == 1 and re.search(r"[/\n]", cell):
        names = [name.strip() for name in re.split(r"[/\n]", cell)]
        if any(name.count(" ") == 0 for name in names):
            return []
    names = [name for name in names if sum(map(str.isalpha, name)) > 1]
    return names if len(names) > 1 else []


def _have_each(names: Sequence[str], addresses: Sequence[str]) -> bool:
    """Whether each of the names is in an address of its own."""
    theirs = [
        {address for address in addresses if any(word in fold(address) for word in words)}
        for words in ([word for word in fold(name).split() if len(word) > 2] for name in names)
    ]
    return all(theirs) and not set.intersection(*theirs)


def split_name(cell: str) -> str:
    """A full name in reading order: "Last, First" turned round, capitals and ornaments taken out."""
    text = _plain_name(cell)
    if text.count(",") >= 1:
        last, _, first = (part.strip() for part in text.partition(","))
        first, _, rest = (part.strip() for part in first.partition(","))
        if not first or not last:
            text = first or last
        elif fold(first) in _SUFFIXES:
            text = f"{last}, {first}"
        else:
            text = " ".join(part for part in [first, last, rest] if part)
    return _recase(text)


def name_part(cell: str) -> str:
    """A first or a last name alone."""
    return _recase(_plain_name(cell).strip(", "))


# What an ASCII name loses: "Sk", modifying symbols.
_ORNAMENTS = re.compile(r"[\^`]")


def _plain_name(cell: str) -> str:
    """The cell on one line, without emoji and other ornaments."""
    if cell.isascii() and cell.isprintable() and not _ORNAMENTS.search(cell):
        return _without_quotes(" ".join(cell.split()))
    kept = "".join(
        letter if unicodedata.category(letter) not in {"So", "Sk", "Cs", "Co", "Cc", "Cf"} else " "
        for letter in tidy(cell).replace("\ufe0f", "")
        if letter != "\u200d"
    )
    return _without_quotes(re.sub(r"\s+", " ", kept))


_QUOTES = '"“”„'


def _without_quotes(name: str) -> str:
    """The name without separators at its ends, and without quotes around it or left over; `O'Neil "Bo"` keeps its own."""
    name = name.strip(" |;")
    while name and (name[0] in _QUOTES or name[-1] in _QUOTES):
        inner = name[1:-1]
        if name[0] in _QUOTES and name[-1] in _QUOTES and _are_paired(inner):
            name = inner
        elif _are_paired(name) or not _has_stray_quotes(name):
            break
        else:
            name = name[1:] if name[0] in _QUOTES else name[:-1]
        name = name.strip(" |;")
    return name


def _are_paired(text: str) -> bool:
    """Whether every quote that opens is closed, and none closes that was not opened."""
    closes_first = re.match(rf"[^{_QUOTES}]*[^\s{_QUOTES}][{_QUOTES}]", text)
    return not _has_stray_quotes(text) and not closes_first


def _has_stray_quotes(text: str) -> bool:
    quotes = sum(text.count(quote) for quote in _QUOTES)
    return quotes % 2 == 1 or bool(re.search(rf"[{_QUOTES}]\s*[{_QUOTES}]", text))


def _recase(name: str) -> str:
    """Give an all-capitals (or all-small) name its capitals; leave every other name as it is."""
    if not (name.isupper() or name.islower()) or sum(map(str.isalpha, name)) < 3:
        return name
    words = name.split(" ")
    last = len(words) - 1
    return " ".join(
        word.lower() if 0 < position < last and word.lower() in _PARTICLES else _capitalize(word)
        for position, word in enumerate(words)
    )


def _capitalize(word: str) -> str:
    """MÜLLER-LÜDENSCHEIDT, O'BRIEN, MCDONALD; a letter after a lost one ("?AFAK") stays small."""
    if word.lower() in _SUFFIXES and word.isupper():
        return word
    parts = re.split(r"([-'’.])", word.lower())
    parts = [
        part
        if index > 0 and parts[index - 1] in "'’" and len(part) == 1
        else part[:1].upper() + part[1:]
        for index, part in enumerate(parts)
    ]
    joined = "".join(parts)
    if len(joined) > 4 and joined.startswith("Mc") and joined[2].isalpha():
        return f"Mc{joined[2].upper()}{joined[3:]}"
    return joined


def name_from_address(address: str) -> str:
    """A name guessed from an address: benjamin.bradley@… is Benjamin Bradley; else what is before the @."""
    local = address.partition("@")[0].partition("+")[0]
    words = [word for word in re.split(r"[._\-]+", local) if word and not word.isdigit()]
    return " ".join(word[:1].upper() + word[1:] for word in words) or local or address


# Addresses, numbers, links, words


@dataclass(frozen=True)
class Parts:
    """What a cell held: values as written with their comparable form, and pieces that are none."""

    values: list[tuple[str, str]]
    rejected: list[str]
    # Words beside the values, such as "Anna <anna@example.com>".
    has_more: bool = False


# Begins where a word begins and never goes back: a cell of one long word costs its length, not the square of it.
_ADDRESS = re.compile(r"(?<![^\s,;|<>()\[\]\"/@])[^\s,;|<>()\[\]\"/@]++@[^\s,;|<>()\[\]\"/]+")


# An address and nothing beside it, as most cells are.
_ONE_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*[A-Za-z0-9]@[A-Za-z0-9.-]+")


def split_emails(cell: str) -> Parts:
    """Every address in the cell; pieces that were meant as one but are none."""
    if _ONE_ADDRESS.fullmatch(cell) and (normalized := normalize_email(cell)):
        return Parts([(cell, normalized)], [])
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


def split_phones(cell: str, countries: tuple[str, ...] = ()) -> Parts:
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


# Dates


class DateOrder(StrEnum):
    """Which number of 03/04/25 is the day."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


_MONTHS = (
    "jan januar january janvier janv enero ene gennaio gen janeiro januari sty",
    "feb februar february fevrier fev fevr febrero febbraio fevereiro februari lut",
    "mar marz march mrz mars marzo marco maart mrt",
    "apr april avril avr abril abr aprile kwi",
    "may mai mayo maggio mag maio mei maj",
    "jun juni june juin junio giugno giu junho cze",
    "jul juli july juillet juil julio luglio lug julho lip",
    "aug august aout agosto ago augustus sie",
    "sep sept september septembre septiembre settembre set setembro wrz",
    "oct okt oktober october octobre octubre ottobre ott outubro out paz",
    "nov november novembre noviembre novembro lis",
    "dec dez dezember december decembre diciembre dic dicembre dezembro gru",
)
_DAYS_AGO = {
    0: "heute today aujourd'hui hoy oggi hoje vandaag dzis dzisiaj",
    1: "gestern yesterday hier ayer ieri ontem gisteren wczoraj",
    2: "vorgestern anteayer eergisteren",
}


@cache
def _month_numbers() -> dict[str, int]:
    return {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}


@cache
def _relative_days() -> dict[str, int]:
    return {word: days for days, words in _DAYS_AGO.items() for word in words.split()}


_SLASHED_DATE = re.compile(r"(\d{1,2})\s*[/-]\s*(\d{1,2})\s*[/-]\s*(\d{4}|\d{2})(?:[ ,T].*)?")


def slashed_date(cell: str) -> tuple[int, int] | None:
    """The two leading numbers of a date like 03/04/25, whose order only its column can tell."""
    match = _SLASHED_DATE.fullmatch(tidy(cell))
    return (int(match[1]), int(match[2])) if match else None


def parse_date(cell: str, *, today: date, order: DateOrder = DateOrder.DAY_FIRST) -> date | None:
    """The day in `cell`: ISO, European, American, with month names, a spreadsheet's serial, or "gestern"."""
    text = tidy(cell)
    folded = fold(text).strip(".")
    if not folded or len(folded) > 40:
        return None
    if folded in _relative_days():
        return today - timedelta(days=_relative_days()[folded])
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?", text):
        return _day(match[1], match[2], match[3])
    if match := re.fullmatch(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4}|\d{2})(?:[ ,].*)?", text):
        return _day(match[3], match[2], match[1])
    if match := _SLASHED_DATE.fullmatch(text):
        first, second = match[1], match[2]
        # A number over 12 is the day, whatever the column says.
        if int(second) > 12 or (order == DateOrder.MONTH_FIRST and int(first) <= 12):
            first, second = second, first
        return _day(match[3], second, first)
    if match := re.fullmatch(r"(\d{5})(?:[.,]\d+)?", text):
        # Days since 1899-12-30: how spreadsheets count.
        serial = int(match[1])
        return date(1899, 12, 30) + timedelta(days=serial) if 20000 <= serial <= 80000 else None
    if match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text):
        return _day(match[1], match[2], match[3])
    return _worded_date(folded)


def _worded_date(folded: str) -> date | None:
    """03 Nov 2025, 3. November 2025, November 3rd, 2025, 3 de noviembre de 2025, Nov 2025."""
    tokens = [
        token
        for token in re.split(r"[\s,.\-/]+", folded)
        if token not in {"de", "del", "of", "the", ""}
    ]
    months = [_month_numbers()[token] for token in tokens if token in _month_numbers()]
    numbers = [
        re.sub(r"(?<=\d)(st|nd|rd|th|er|º|o)$", "", token)
        for token in tokens
        if token[:1].isdigit()
    ]
    if len(months) != 1 or not 1 <= len(numbers) <= 2 or len(numbers) + 1 != len(tokens):
        return None
    if not all(number.isdecimal() and len(number) in {1, 2, 4} for number in numbers):
        return None
    year = next((number for number in reversed(numbers) if len(number) == 4), numbers[-1])
    days = [number for number in numbers if number is not year]
    if not days and len(year) != 4:
        return None
    return _day(year, str(months[0]), days[0] if days else "1")


def _day(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
