"""What each column holds, guessed from its title and from its values; and how its values are to be read."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import phonenumbers

from candidates.cells import Number
from candidates.services.custom_fields.numbers import (
    DecimalSign,
    currency_of_title,
    is_unclear,
    sign_shown,
    split_money,
)
from candidates.services.identifying import country_code, normalize_phone
from candidates.services.importing.dates import DateOrder, slashed_date
from candidates.services.importing.fields import (
    REPEATABLE,
    Field,
    field_titled,
    title_words,
)
from candidates.services.importing.parsing import (
    is_nothing,
    split_emails,
    split_links,
    split_phones,
)

# Column number to a Field, or to one of the organization's own (`fields.CUSTOM`).
Mapping = dict[int, str]

_NAME = re.compile(r"[^\W\d_][\w.'’?-]*(?:,? +[^\W\d_][\w.'’?-]*){1,4}")
# Under these titles a column may hold a last or a first name, depending on its neighbors.
_BARE_NAME = frozenset({"name", "nom", "naam", "nome", "nombre", "nazwisko"})
# So many numbers tell of which country the others are.
_ENOUGH_NUMBERS = 500
# Without a title that says so, a number is a phone only if it begins as one.
_PHONE = re.compile(r"\s*(?:\+|00[1-9]|\(?0)[\d\s()/.-]{6,}$")
UNTITLED_PHONE = "untitled phone"
# At the end of a company's name; "AG" or "SA" only as they are written.
_LEGAL_FORM = re.compile(
    r".*\s(?:(?i:gmbh|mbh|inc|ltd|llc|plc|corp|sarl|srl|s\.a\.|b\.v\.|sp\. z o\.o|ohg|e\.k)|AG|SE|KG|UG|SA|AB|BV)\.?"
)
# Many companies are called without theirs, but nobody who is none has one.
_SOME_COMPANIES = 0.3
_SALUTATIONS = frozenset(
    {"mr", "mrs", "ms", "mx", "dr", "prof", "herr", "frau", "m", "mme", "mlle", "sr", "sra", "pan"}
)


@dataclass
class Hints:
    """How the columns of one file are read; fixed before the run so that every batch reads alike."""

    # Column number to the order of its slashed dates, and a sentence that says which was chosen.
    date_orders: dict[str, str] = field(default_factory=dict)
    # Column number to the decimal sign of its numbers, where they tell it.
    decimal_signs: dict[str, str] = field(default_factory=dict)
    # Column number to the currency of amounts that name none, where its title does.
    currencies: dict[str, str] = field(default_factory=dict)
    # Column number to the country whose national numbers it mostly holds.
    phone_countries: dict[str, str] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Hints":
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__ if name in stored})


def guess_mapping(header: Sequence[str], samples: Sequence[Sequence[str]]) -> Mapping:
    """The likely field of each column; each but the repeatable ones at most once."""
    columns = [_values(samples, number) for number in range(len(header))]
    guesses: Mapping = {
        number: _guess(title, columns[number]) for number, title in enumerate(header)
    }
    _settle_names(guesses, header)
    if not any(guess == Field.EMAIL for guess in guesses.values()):
        _guess_untitled(guesses, columns, Field.EMAIL)
    # Not dates: a day without a title may be a birthday as well as the last contact.
    for kind in (Field.PHONE, Field.COUNTRY):
        if kind not in guesses.values():
            _guess_untitled(guesses, columns, kind)
    if Field.COMPANY not in guesses.values():
        # Under a title of their own they may be anybody's: a client's, an earlier employer's.
        nameless = [n for n, title in enumerate(header) if title == f"Column {n + 1}"]
        _guess_untitled(guesses, columns, Field.COMPANY, among=nameless, least=_SOME_COMPANIES)
    if not any(
        guess in {Field.FULL_NAME, Field.FIRST_NAME, Field.LAST_NAME} for guess in guesses.values()
    ):
        _guess_untitled(guesses, columns, Field.FULL_NAME)
    taken: set[str] = set()
    for number, guess in guesses.items():
        if guess not in REPEATABLE and guess in taken:
            guesses[number] = Field.KEEP
        taken.add(guess)
    return guesses


def _values(samples: Sequence[Sequence[str]], number: int) -> list[str]:
    return [
        cells[number].strip()
        for cells in samples
        if number < len(cells) and not is_nothing(cells[number])
    ]


def _guess(title: str, values: list[str]) -> Field:
    """The field for a title, unless the values below it are plainly something else."""
    named = field_titled(title)
    if not values:
        return named
    looks = _look_like(values)
    if named in {Field.EMAIL, Field.PHONE, Field.LINK} and _share(named, values) < 0.2:
        return looks if looks in {Field.EMAIL, Field.LINK} else Field.KEEP
    if named == Field.HEADLINE and _are_salutations(values):
        return Field.KEEP
    if named == Field.COUNTRY and _share(Field.COUNTRY, values) < 0.2:
        return Field.CITY if title_words(title) == "land" else Field.KEEP
    if named == Field.KEEP and looks in {Field.EMAIL, Field.LINK}:
        return looks
    return named


def _are_salutations(values: list[str]) -> bool:
    known = sum(title_words(value) in _SALUTATIONS for value in values)
    return known > len(values) * 0.5


def _share(kind: str, values: list[str]) -> float:
    tests: dict[str, Callable[[str], bool]] = {
        Field.EMAIL: lambda value: bool(split_emails(value).values) or " at " in value,
        Field.PHONE: lambda value: bool(split_phones(value).values),
        UNTITLED_PHONE: lambda value: bool(_PHONE.match(value) and split_phones(value).values),
        Field.LINK: lambda value: bool(split_links(value).values),
        Field.COUNTRY: lambda value: bool(country_code(value)),
        Field.COMPANY: lambda value: bool(_LEGAL_FORM.fullmatch(value)),
        Field.FULL_NAME: lambda value: bool(_NAME.fullmatch(value)),
    }
    return sum(map(tests[kind], values)) / len(values)


def _look_like(values: list[str]) -> Field:
    for kind in (Field.EMAIL, Field.LINK):
        if _share(kind, values) > 0.6:
            return kind
    return Field.KEEP


def _guess_untitled(
    guesses: Mapping,
    columns: list[list[str]],
    kind: Field,
    *,
    among: Sequence[int] | None = None,
    least: float = 0.6,
) -> None:
    """Give `kind` to the first unclaimed column whose values look most like it."""
    best, best_share = None, least
    for number, values in enumerate(columns):
        if (
            guesses[number] != Field.KEEP
            or not values
            or (among is not None and number not in among)
        ):
            continue
        share = _share(UNTITLED_PHONE if kind == Field.PHONE else kind, values)
        if share > best_share:
            best, best_share = number, share
    if best is not None:
        guesses[best] = kind


def _settle_names(guesses: Mapping, header: Sequence[str]) -> None:
    """ "Name" beside "Vorname" is a last name; "Nombre" beside "Apellidos" a first one."""
    found = set(guesses.values())
    for number, guess in guesses.items():
        if guess != Field.FULL_NAME or title_words(header[number]) not in _BARE_NAME:
            continue
        if Field.FIRST_NAME in found and Field.LAST_NAME not in found:
            guesses[number] = Field.LAST_NAME
        elif Field.LAST_NAME in found and Field.FIRST_NAME not in found:
            guesses[number] = Field.FIRST_NAME
        elif {Field.FIRST_NAME, Field.LAST_NAME} <= found:
            guesses[number] = Field.KEEP


def columns_of(mapping: Mapping, kind: str) -> list[int]:
    return [number for number, chosen in mapping.items() if chosen == kind]


class HintsCollector:
    """Looks at every row once and decides what only a whole column can tell."""

    def __init__(
        self,
        header: Sequence[str],
        mapping: Mapping,
        *,
        dates: Sequence[int] = (),
        numbers: Sequence[int] = (),
        amounts: Sequence[int] = (),
        salaries: Sequence[int] = (),
    ) -> None:
        self.header = header
        dates = [*columns_of(mapping, Field.CONTACTED), *dates]
        self.dates = {number: Counter[str]() for number in dates}
        # Column number to the decimal signs seen, and the numbers that do not show theirs under what they have.
        self.numbers = {number: Counter[str]() for number in (*numbers, *amounts)}
        self.unclear: dict[int, str] = {}
        self.amounts = frozenset(amounts)
        self.salaries = frozenset(salaries)
        self.phones = {number: Counter[str]() for number in columns_of(mapping, Field.PHONE)}
        self.country_columns = columns_of(mapping, Field.COUNTRY)
        self.countries: Counter[str] = Counter()

    @property
    def is_curious(self) -> bool:
        """Whether further rows could tell more than those looked at."""
        return bool(self.dates or self.numbers) or any(
            regions.total() < _ENOUGH_NUMBERS for regions in self.phones.values()
        )

    def look_at(self, cells: Sequence[str]) -> None:
        for number, seen in self.dates.items():
            if number < len(cells) and (pair := slashed_date(cells[number])):
                first, second = pair
                seen["day" if first > 12 else "month" if second > 12 else "either"] += 1
        for number, seen in self.numbers.items():
            if number < len(cells):
                self._look_at_number(number, seen, cells[number])
        for number, regions in self.phones.items():
            cell = cells[number] if number < len(cells) else ""
            # Only numbers that name their country.
            if (
                regions.total() < _ENOUGH_NUMBERS
                and re.match(r"\D*(\+|00)", cell)
                and (normalized := normalize_phone(re.sub(r"^[^\d+]+", "", cell)))
            ):
                regions[_region(normalized)] += 1
        for number in self.country_columns:
            if number < len(cells) and (code := country_code(cells[number])):
                self.countries[code] += 1

    def _look_at_number(self, number: int, seen: Counter[str], cell: str) -> None:
        if isinstance(cell, Number):
            # It says nothing of how others are written.
            return
        amount, _ = split_money(cell)
        if sign := sign_shown(amount):
            seen[sign] += 1
        elif is_unclear(amount):
            self.unclear.setdefault(number, amount)

    def hints(self) -> Hints:
        hints = Hints()
        for number, seen in self.dates.items():
            if seen:
                self._decide_dates(hints, number, seen)
        for number, seen in self.numbers.items():
            self._decide_numbers(hints, number, seen)
        for number in sorted(self.amounts | self.salaries):
            if currency := currency_of_title(self.header[number]):
                hints.currencies[str(number)] = currency
                hints.sentences.append(
                    f"Amounts in “{self.header[number]}” that name no currency are in {currency}, as its title says."
                )
        for number, regions in self.phones.items():
            usual = regions.most_common(1) or self.countries.most_common(1)
            if usual and usual[0][0]:
                hints.phone_countries[str(number)] = usual[0][0]
        return hints

    def _decide_dates(self, hints: Hints, number: int, seen: Counter[str]) -> None:
        order = DateOrder.MONTH_FIRST if seen["month"] > seen["day"] else DateOrder.DAY_FIRST
        hints.date_orders[str(number)] = order.value
        words = (
            "month first (03/04 is March 4)"
            if order == DateOrder.MONTH_FIRST
            else ("day first (03/04 is 3 April)")
        )
        certain = max(seen["day"], seen["month"])
        dates = "1 date" if certain == 1 else f"{certain:,} dates"
        reason = f"{dates} can only be read so" if certain else "no date in it says which it is"
        sentence = f"Dates in “{self.header[number]}” are read {words}: {reason}."
        if seen["day"] and seen["month"]:
            sentence += " The column mixes both orders: check it."
        hints.sentences.append(sentence)

    def _decide_numbers(self, hints: Hints, number: int, seen: Counter[str]) -> None:
        noun = "amount" if number in self.amounts else "number"
        dots, commas = seen[DecimalSign.DOT], seen[DecimalSign.COMMA]
        beginning = f"{noun.capitalize()}s in “{self.header[number]}” are read with"
        if dots != commas:
            sign = DecimalSign.DOT if dots > commas else DecimalSign.COMMA
            hints.decimal_signs[str(number)] = sign.value
            certain = max(dots, commas)
            which = f"1 {noun}" if certain == 1 else f"{certain:,} {noun}s"
            how = (
                "the comma for thousands (65,000 is 65,000; 1.234 is 1.234)"
                if sign == DecimalSign.DOT
                else "the dot for thousands (65.000 is 65,000; 1,234 is 1.234)"
            )
            sentence = f"{beginning} {how}: {which} can only be read so."
        else:
            example = self.unclear.get(number, "65.000")
            whole = re.sub(r"[.,]", ",", example)
            sentence = (
                f"{beginning} dots and commas before three digits for thousands ({example} is {whole}): "
                f"no {noun} in it says otherwise."
                if not seen
                else f"{beginning} dots and commas before three digits for thousands ({example} is {whole})."
            )
        if dots and commas:
            sentence += " The column mixes both spellings: check it."
        if commas or number in self.unclear:
            hints.sentences.append(sentence)


def _region(normalized: str) -> str:
    return str(phonenumbers.region_code_for_number(phonenumbers.parse(normalized)) or "")
