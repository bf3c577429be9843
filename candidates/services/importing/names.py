"""Reading names as people type them: turned round, in capitals, with ornaments, several in a cell."""

import re
import unicodedata
from collections.abc import Sequence

from candidates.services.identifying import fold
from candidates.services.importing.parsing import tidy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTICLES = _words(
    "von vom van der den ter ten de del della di da do dos das du la le las los y e i und af av zu zur zum bin ibn bint al el"
)
_SUFFIXES = _words(
    "jr jr. sr sr. ii iii iv phd ph.d. ph.d md m.d. mba msc m.sc. bsc b.sc. dds esq esq. cpa pmp dipl.-ing. mag."
)


# Between two people; a name has none of these but a comma.
_DIVIDING, _AND = frozenset(",;&/+\n"), frozenset({"and", "und", "et"})
_BETWEEN_PEOPLE = re.compile(r"\s*[;&]\s*|\s+[/+]\s+|\s+(?:and|und|et)\s+", re.IGNORECASE)


def split_people(cell: str, addresses: Sequence[str] = ()) -> list[str]:
    """The names in a cell that seems to name several people; none where it names one.

    "Garcia Lopez, Maria José" is one of them turned round. Two such parts are two people only if each has
    one of the row's `addresses`; three are three.
    """
    # As most cells: nothing in it stands between two people.
    if cell.isprintable() and _DIVIDING.isdisjoint(cell) and _AND.isdisjoint(cell.lower().split()):
        return []
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
