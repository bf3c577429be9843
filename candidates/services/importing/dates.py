"""Reading dates as people type them, in a dozen languages; what is none is None."""

import re
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from candidates.services.identifying import fold
from candidates.services.importing.parsing import tidy


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
