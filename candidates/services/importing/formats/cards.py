"""Contact cards (vCard 2.1, 3.0 and 4.0): each card a row, its values under fixed titles."""

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from candidates.services.importing.formats.records import Oddities, Record, cut

TITLES = (
    "Full name", "First name", "Last name", "Nickname", "E-mail", "Phone", "Link", "Job title",
    "Company", "Department", "City", "Country", "Address", "Birthday", "Categories", "Note", "Other",
)  # fmt: skip
# What a card holds for machines, or for nobody: pictures, keys, versions.
_LEFT_OUT = frozenset(
    [
        "VERSION",
        "PRODID",
        "REV",
        "UID",
        "PHOTO",
        "LOGO",
        "SOUND",
        "KEY",
        "CLASS",
        "SORT-STRING",
        "CLIENTPIDMAP",
        "SOURCE",
        "KIND",
        "XML",
        "MAILER",
        "GEO",
        "TZ",
        "AGENT",
        "END",
        "BEGIN",
        "X-ABUID",
        "X-ABLABEL",
        "X-ABADR",
        "X-ABSHOWAS",
        "X-IMAGEHASH",
        "X-IMAGETYPE",
        "X-PHONETIC-FIRST-NAME",
        "X-PHONETIC-LAST-NAME",
        "X-SHARED-PHOTO-DISPLAY-PREF",
    ]
)
_SIMPLE = {"NICKNAME": "Nickname", "TITLE": "Job title", "ROLE": "Job title", "NOTE": "Note"}
_LINKS = frozenset({"URL", "X-SOCIALPROFILE", "IMPP"})
_LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^:;\"])*)*):(.*)", re.DOTALL)
_LONGEST_VALUE = 200_000


@dataclass
class _Property:
    name: str
    parameters: dict[str, str]
    value: str


@dataclass
class _Card:
    line: int
    cells: dict[str, list[str]] = field(default_factory=dict)

    def add(self, title: str, value: str) -> None:
        value = value.strip()
        if value and value not in self.cells.setdefault(title, []):
            self.cells[title].append(value)

    def row(self, oddities: Oddities) -> list[str]:
        return [
            cut("\n".join(self.cells.get(title, [])), f"the card on line {self.line}", oddities)
            for title in TITLES
        ]


def is_cards(beginning: str) -> bool:
    return beginning.lstrip("\ufeff \t\r\n")[:11].upper() == "BEGIN:VCARD"


def card_records(lines: Iterable[str], oddities: Oddities) -> Iterator[Record]:
    """A title row, then one row for each card, at the line where it begins."""
    yield 0, list(TITLES)
    card: _Card | None = None
    for number, line in _unfolded(lines):
        read = _LINE.fullmatch(line.rstrip("\r\n"))
        if read is None:
            if line.strip() and card is not None:
                oddities.see(
                    "Lines that belong to no field of a card are left out: {count}, the first is {place}.",
                    f"line {number:,}",
                )
            continue
        one = _property(read[1].upper(), read[2], read[3])
        if one.name == "BEGIN" and one.value.strip().upper() == "VCARD":
            if card is not None:
                _say_unclosed(card, oddities)
                yield card.line, card.row(oddities)
            card = _Card(number)
        elif one.name == "END" and card is not None:
            yield card.line, card.row(oddities)
            card = None
        elif card is not None:
            _read(card, one, oddities)
    if card is not None:
        _say_unclosed(card, oddities)
        yield card.line, card.row(oddities)


def _say_unclosed(card: _Card, oddities: Oddities) -> None:
    oddities.see(
        "Cards without an end are read as far as they go: {count}, the first begins on {place}.",
        f"line {card.line:,}",
    )


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Logical lines: those that begin with a space go on, and so does quoted-printable after "="."""
    held, at = "", 0
    for number, line in enumerate(lines, 1):
        is_soft = _is_quoted(held) and held.rstrip("\r\n").endswith("=")
        if held and (is_soft or line[:1] in {" ", "\t"}):
            body = held.rstrip("\r\n")
            # Base64 pictures of megabytes are left out anyway.
            if len(body) < _LONGEST_VALUE:
                held = body[:-1] + line.lstrip(" \t") if is_soft else body + line[1:]
            continue
        if held:
            yield at, held
        held, at = line, number
    if held:
        yield at, held


def _is_quoted(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _property(name: str, raw: str, value: str) -> _Property:
    parameters: dict[str, str] = {}
    for piece in re.findall(r";((?:\"[^\"]*\"|[^;\"])*)", raw):
        key, equals, content = piece.partition("=")
        # In version 2.1 a type or an encoding stands without its name.
        if not equals:
            key, content = "ENCODING" if "PRINTABLE" in key.upper() else "TYPE", key
        key = key.upper()
        parameters[key] = f"{parameters[key]},{content}" if key in parameters else content
    if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        charset = parameters.get("CHARSET", "utf-8").strip('"')
        value = _decoded(quopri.decodestring(value.encode("utf-8", "replace")), charset)
    return _Property(name, parameters, value)


def _decoded(content: bytes, charset: str) -> str:
    for encoding in (charset, "utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
            # Some encodings make halves of characters, which nothing can store.
            text.encode()
        except (LookupError, ValueError):
            continue
        return text
    return content.decode("latin-1")


def _read(card: _Card, one: _Property, oddities: Oddities) -> None:
    match one.name:
        case name if name in _LEFT_OUT:
            if name == "PHOTO":
                oddities.see("Pictures in the cards are left out: {count}.", "")
        case "FN":
            card.add("Full name", _plain(one.value))
        case "N":
            last, first, middle, *_ = [*_parts(one.value), "", "", ""]
            card.add("Last name", last)
            card.add("First name", f"{first} {middle}".strip())
        case "EMAIL":
            card.add("E-mail", _plain(one.value).removeprefix("mailto:"))
        case "TEL":
            card.add("Phone", _plain(one.value).removeprefix("tel:").partition(";")[0])
        case name if name in _LINKS:
            card.add(
                "Link" if "://" in one.value or "www." in one.value else "Other", _plain(one.value)
            )
        case "ORG":
            company, *departments = _parts(one.value)
            card.add("Company", company)
            card.add("Department", ", ".join(filter(None, departments)))
        case "ADR":
            *street, city, _, _, country = [*_parts(one.value), *[""] * 7][:7]
            card.add("City", "" if card.cells.get("City") else city)
            card.add("Country", "" if card.cells.get("Country") else country)
            if any(street):
                card.add("Address", ", ".join(filter(None, _parts(one.value))))
        case "BDAY":
            card.add("Birthday", _plain(one.value))
        case "CATEGORIES":
            card.add("Categories", ", ".join(filter(None, _parts(one.value, ","))))
        case name if name in _SIMPLE:
            card.add(_SIMPLE[name], _plain(one.value))
        case name:
            text = _plain(one.value).strip()
            card.add("Other", f"{name.removeprefix('X-').capitalize()}: {text}" if text else "")


def _plain(value: str) -> str:
    r"""The value without its escapes: \n is a line break, \, a comma."""
    text = re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)
    return text.replace("\x00", "")


def _parts(value: str, separator: str = ";") -> list[str]:
    """The parts of a value, divided where the separator is not escaped."""
    pieces = re.split(rf"(?<!\\){separator}", value)
    return [_plain(piece).strip() for piece in pieces]
