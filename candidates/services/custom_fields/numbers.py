"""Numbers and amounts as people type them: “1.234” is two different numbers in two countries."""

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN", "₺": "TRY"}
# Codes that stand in titles. Those that are words as well, such as ALL and TRY, are taken in brackets only.
_CODES = frozenset(
    [
        "AED",
        "ARS",
        "AUD",
        "BGN",
        "BRL",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "CZK",
        "DKK",
        "EGP",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JPY",
        "KES",
        "KRW",
        "MAD",
        "MXN",
        "MYR",
        "NGN",
        "NOK",
        "NZD",
        "PHP",
        "PKR",
        "PLN",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TND",
        "TWD",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "VND",
        "ZAR",
    ]
)
_WORDS_TOO = frozenset({"ALL", "BAM", "COP", "CUP", "GEL", "MOP", "PEN", "TOP", "TRY"})
LARGEST = Decimal(10) ** 14
_AMOUNT = re.compile(
    r"\s*([a-z]{3})?\s*([+-]?\d[\d.,\s'’]*(?:k|m|mio|[-–—]+)?)\s*([a-z]{3})?\s*", re.I
)
_NUMBER = re.compile(r"([+-]?)([\d.,]+)(k|m|mio)?", re.I)
_SCALES = {"": "", "k": "e3", "m": "e6", "mio": "e6"}
# Three digits after one sign, and no more than three before it: thousands or decimals.
_UNCLEAR = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
# Groups of three, or as in India: 12,34,567.
_GROUPED = {sign: re.compile(rf"\d+(?:[{sign}]\d{{2,3}})*[{sign}]\d{{3}}") for sign in ".,"}


class DecimalSign(StrEnum):
    """What stands before the decimals; the other one stands between thousands."""

    DOT = "."
    COMMA = ","

    @property
    def other(self) -> "DecimalSign":
        return DecimalSign.COMMA if self == DecimalSign.DOT else DecimalSign.DOT


def parse_number(given: Any, *, sign: DecimalSign | None = None) -> Decimal | None:
    """A number in any of the usual spellings (1,234.5, 1.234,5, 1 234, 80k), or None.

    `sign` settles what “1.234” is; without it, three digits after a lone dot or comma are a group of thousands.
    """
    if isinstance(given, bool):
        return None
    text = str(given) if isinstance(given, int | float | Decimal) else _plain(str(given), sign)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= LARGEST:
        return None
    return round(number, 6)


def _plain(text: str, sign: DecimalSign | None) -> str:
    """The number as Decimal reads it; "" where it is none."""
    if not (match := _NUMBER.fullmatch(_tight(text))):
        return ""
    minus, digits, scale = match.group(1), match.group(2), (match.group(3) or "").lower()
    decimals = sign if _UNCLEAR.fullmatch(digits) else sign_shown(digits)
    whole, _, fraction = digits.partition(decimals) if decimals else (digits, "", "")
    thousands = set(whole) & {".", ","}
    if thousands and not _GROUPED[thousands.pop()].fullmatch(whole):
        return ""
    whole = re.sub("[.,]", "", whole)
    return (
        f"{minus}{whole}.{fraction}{_SCALES[scale]}" if fraction else minus + whole + _SCALES[scale]
    )


def _tight(text: str) -> str:
    """Without spaces, apostrophes, and the dash that stands for no cents: “65.000,-”."""
    return re.sub(r"[.,][-–—]+$", "", re.sub(r"[\s'’_]", "", text))


def sign_shown(amount: str) -> DecimalSign | None:
    """Which decimal sign a number was plainly written with: the comma in 1.234,56, 1.234.567 and 12,5."""
    match = _NUMBER.fullmatch(_tight(amount))
    digits = match.group(2) if match else ""
    signs = re.sub(r"\d", "", digits)
    if not signs or _UNCLEAR.fullmatch(digits):
        return None
    last = DecimalSign(signs[-1])
    if signs.count(last) == 1:
        return last
    # What stands there twice divides thousands.
    return last.other if _GROUPED[last].fullmatch(digits.split(last.other)[0]) else None


def is_unclear(amount: str) -> bool:
    """Whether only the numbers beside it tell what it is: 1.234, 65,000."""
    match = _NUMBER.fullmatch(_tight(amount))
    return bool(match and _UNCLEAR.fullmatch(match.group(2)))


def split_money(given: Any) -> tuple[Any, str]:
    """An amount and its currency: “85,000 EUR”, “€ 85k”, “85000”."""
    if not isinstance(given, str):
        return given, ""
    for symbol, code in CURRENCIES.items():
        if symbol in given:
            return given.replace(symbol, "").strip(), code
    match = _AMOUNT.fullmatch(given)
    if not match:
        return given, ""
    before, amount, behind = match.groups()
    return amount.strip(), (before or behind or "").upper()


def currency_of_title(title: str) -> str:
    """The currency that a column's title names, as “Salary EUR”, “Gehalt (eur)” and “Wanted in $” do; else ""."""
    bracketed = {code.upper() for code in re.findall(r"[(\[]\s*([a-z]{3})\s*[)\]]", title, re.I)}
    found = (bracketed & (_CODES | _WORDS_TOO)) | (set(re.findall(r"[^\W\d_]+", title)) & _CODES)
    found |= {code for symbol, code in CURRENCIES.items() if symbol in title}
    # Two of them, as in “EUR or USD”, say nothing.
    return found.pop() if len(found) == 1 else ""
