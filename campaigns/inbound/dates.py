"""The dates that mails name: until when somebody is away, and when they want to be asked again."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_ALT

from candidates.services.identifying import fold

HORIZON = timedelta(days=120)
READ_LENGTH = 3000

# How the months begin, folded, in the languages whose subjects are known; longer where words begin alike.
_MONTHS = (
    ("jan", "ene", "gen", "sty", "leden", "ledna", "янв"),
    ("feb", "fev", "lut", "unor", "фев"),
    ("mar", "mrz", "maa", "mrt", "мар"),
    ("apr", "avr", "abr", "kwi", "dub", "апр"),
    ("may", "mai", "mag", "mei", "maj", "kve", "мая", "май"),
    ("jun", "juin", "giu", "cze", "cervna", "cervnu", "июн"),
    ("jul", "juil", "lug", "lipc", "lipi", "cervenc", "cervenec", "июл"),
    ("aug", "aou", "ago", "sierp", "srp", "авг"),
    ("sep", "setem", "sett", "wrz", "zari", "сен"),
    ("oct", "okt", "ott", "outub", "paz", "rij", "окт"),
    ("nov", "listop", "ноя"),
    ("dec", "dez", "dic", "desem", "grud", "prosin", "дек"),
)
_WORD = r"([^\W\d_]{3,12})"
_PATTERNS = (
    (re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b"), "ymd"),
    (re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.(\d{4}|\d{2})?(?!\d)"), "dmy"),
    (re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b"), "slashes"),
    (re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日"), "ymd"),
    (
        re.compile(
            rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s(?:de\s)?{_WORD}\.?(?:,?\s(?:de\s)?(\d{{4}}))?"
        ),
        "dMy",
    ),
    (re.compile(rf"\b{_WORD}\.?\s(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(\d{{4}}))?"), "Mdy"),
)
# What leads to a month: "may", "march" and "mars" are words of their own.
_LEADS = r"(?:in|im|en|em|a|au|ab|after|until|till|from|around|ende|mitte|anfang|eind|nach|bis|apres|despues de|dopo|depois de|efter|i|po|od|do|после|до)"
_PART = (
    r"(?:(?:the )?(?:end|middle|beginning) of |early |mid |late |debut |fin |finales de |meta di )?"
)
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "nb", "fi", "pl", "cs", "ru")


@cache
def _months() -> dict[str, int]:
    """The names of the months as Django's translations have them, folded."""
    names = {}
    for language in _LANGUAGES:
        with translation.override(language):
            for of_language in (MONTHS, MONTHS_ALT):
                names.update({fold(str(name)): month for month, name in of_language.items()})
    return names


@cache
def _in_month() -> re.Pattern[str]:
    # "I may": a lead in Swedish, a month in English, no time in either.
    return re.compile(
        rf"\b(?!i may\b){_LEADS} {_PART}({'|'.join(_months())})\b(?: ([1-9]\d{{3}})\b)?"
    )


def month_named(text: str, *, today: date) -> date | None:
    """The first day of the last month ahead that `text` names as a time ("in March"); None if it names none.

    The month that it is now is next year's.
    """
    found = []
    words = " ".join(fold(text[:READ_LENGTH]).split())
    for name, year in _in_month().findall(words):
        month = _months()[name]
        found.append(date(int(year or today.year + (month <= today.month)), month, 1))
    return max((day for day in found if day > today), default=None)


def away_until(text: str, *, today: date, horizon: timedelta = HORIZON) -> date | None:
    """The last date in `text` that lies within the next months; None if it names none."""
    named = [
        day for day in _dates(fold(text[:READ_LENGTH]), today) if today <= day <= today + horizon
    ]
    return max(named, default=None)


def _dates(text: str, today: date) -> Iterator[date]:
    for pattern, order in _PATTERNS:
        for match in pattern.finditer(text):
            yield from _readings(match.groups(), order, today)


def _readings(groups: tuple[str | None, ...], order: str, today: date) -> Iterator[date]:
    first, second, third = (group or "" for group in groups)
    if order == "ymd":
        yield from _day(first, int(second), int(third), today)
    elif order == "dmy":
        yield from _day(third, int(second), int(first), today)
    elif order == "dMy":
        yield from _day(third, _month(second), int(first), today)
    elif order == "Mdy":
        yield from _day(third, _month(first), int(second), today)
    else:
        # 6/7: the day comes first in most of the world; where that cannot be near, the other way round.
        readings = [
            *_day(third, int(second), int(first), today),
            *_day(third, int(first), int(second), today),
        ]
        yield from [day for day in readings if today <= day <= today + HORIZON][:1]


def _month(word: str) -> int:
    for number, beginnings in enumerate(_MONTHS, start=1):
        if word.startswith(beginnings):
            return number
    return 0


def _day(year: str, month: int, day: int, today: date) -> Iterator[date]:
    try:
        if year:
            yield date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        else:
            this_year = date(today.year, month, day)
            yield this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return
