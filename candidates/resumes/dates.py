"""Months and spans of months, as résumés write them."""

import re
from dataclasses import dataclass

from candidates.resumes.found import fold

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier janv enero ene gennaio gen janeiro januari stycznia styczen",
            "feb february februar fevrier fevr fev febrero febbraio fevereiro februari lutego luty",
            "mar march marz maerz mars marzo marco maart mrt marca marzec",
            "apr april avril avr abril abr aprile kwietnia kwiecien",
            "may mai mayo maggio mag maio mei maja maj",
            "jun june juni juin junio giugno giu junho czerwca czerwiec",
            "jul july juli juillet juil julio luglio lug julho lipca lipiec",
            "aug august aout agosto ago augustus augusti sierpnia sierpien",
            "sep sept september septembre septiembre settembre set setembro wrzesnia wrzesien",
            "oct october okt oktober octobre octubre ottobre ott outubro out pazdziernika",
            "nov november novembre noviembre novembro listopada listopad",
            "dec december dez dezember decembre diciembre dic dicembre dezembro grudnia grudzien",
        ),
        start=1,
    )
    for name in names.split()
}
# The longest first, so that "march" is not read as "mar".
_MONTH_NAME = rf"\b(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_NOW = (
    r"(?:present|current|currently|now|today|to ?date|till ?date|till now|till present|until now|ongoing|continuing|continue"
    r"|heute|aktuell|jetzt|aujourd'?hui|ce jour|actuel(?:lement)?|present day|actualidad|presente|actual|oggi|attuale|atual|heden|nu|obecnie)"
)
_POINT = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?{_MONTH_NAME}[\s,.'’/-]*(?:{_YEAR}|\d\d\b)"
    rf"|(?:\d{{1,2}}[./-])?(?:0?[1-9]|1[0-2])\s?[./-]\s?{_YEAR}|{_YEAR}[./-](?:0?[1-9]|1[0-2])\b|{_YEAR}"
)
_DASH = r"\s*(?:-|–|—|−|‐|‑|~|→|\bto\b|\btill\b|\buntil\b|\bbis\b|\bau\b|\ba\b|\bà\b|\bal\b|\btot\b|\bdo\b|\bthrough\b)\s*"
SPAN = re.compile(
    rf"(?<![\w/])(?:(?:from|since|depuis|seit|desde|dal|von|de)\s+)?(?P<start>{_POINT}){_DASH}(?P<end>{_NOW}|{_POINT})(?!\w)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    rf"\b(?:since|depuis|seit|desde|from|ab)\s+(?P<start>{_POINT})(?!\w)", re.IGNORECASE
)
_SHORT = re.compile(
    rf"(?<![\w/])(?P<start>{_MONTH_NAME}|\d{{1,2}}){_DASH}(?P<end>{_MONTH_NAME}[\s,.]*(?P<year>{_YEAR}))",
    re.IGNORECASE,
)
_SINGLE = re.compile(rf"(?<![\w./-])(?:{_POINT})(?![\w/-])", re.IGNORECASE)


@dataclass(slots=True)
class Span:
    """From a month ("2019-03", or "2019") to another, or to today; where it stands in the line."""

    started: str
    ended: str
    is_current: bool
    start: int
    end: int


def find_span(line: str) -> Span | None:
    """The first span of months in `line`."""
    folded = _same_length_fold(line)
    for match in SPAN.finditer(folded):
        started, ended = read_month(match["start"]), match["end"].strip()
        is_current = bool(re.fullmatch(_NOW, ended, re.IGNORECASE))
        finished = "" if is_current else read_month(ended)
        if started and (is_current or finished) and (is_current or finished[:4] >= started[:4]):
            return Span(started, finished, is_current, match.start(), match.end())
    if short := _SHORT.search(folded):
        # "Jan - Mar 2019"
        started, finished = (
            read_month(f"{short['start']} {short['year']}"),
            read_month(short["end"]),
        )
        if "-" in started and finished:
            return Span(started, finished, is_current=False, start=short.start(), end=short.end())
    if (since := _OPEN.search(folded)) and (started := read_month(since["start"])):
        return Span(started, "", is_current=True, start=since.start(), end=since.end())
    return None


def find_point(line: str) -> Span | None:
    """A single month or year in `line`, as of a degree."""
    for match in _SINGLE.finditer(_same_length_fold(line)):
        if month := read_month(match.group()):
            return Span("", month, is_current=False, start=match.start(), end=match.end())
    return None


def _same_length_fold(line: str) -> str:
    """Lower case without accents, letter for letter, so that positions stay."""
    if line.isascii():
        return line.lower()
    return "".join(folded if len(folded := fold(letter)) == 1 else letter for letter in line)


def read_month(text: str) -> str:
    """ "2019-03" or "2019" from one point in time, or ""."""
    text = fold(text).strip(" .,")
    if match := re.search(r"([^\W\d_]{3,12})[\s,.'’/-]*((?:19|20)\d\d|\d\d)$", text):
        month, year = _MONTHS.get(match[1]), match[2]
        if month is None:
            return year if len(year) == 4 else ""
        century = "" if len(year) == 4 else ("20" if int(year) < 50 else "19")
        return f"{century}{year}-{month:02}"
    if match := re.search(r"(?:^|[./-])(\d{1,2})\s?[./-]\s?((?:19|20)\d\d)$", text):
        return f"{match[2]}-{int(match[1]):02}" if 1 <= int(match[1]) <= 12 else match[2]
    if match := re.fullmatch(r"((?:19|20)\d\d)[./-](\d{1,2})", text):
        return f"{match[1]}-{int(match[2]):02}" if 1 <= int(match[2]) <= 12 else match[1]
    return text if re.fullmatch(r"(?:19|20)\d\d", text) else ""
