"""One row of a file as a person: what can be stored, what is kept as a note, and what looked wrong."""

import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import zip_longest
from typing import Any, cast

from django.db import models

from candidates.cells import Number
from candidates.models import Candidate
from candidates.services.custom_fields.numbers import DecimalSign
from candidates.services.custom_fields.reading import ValueUnreadable
from candidates.services.identifying import country_code, fold
from candidates.services.importing.custom import CustomColumns, OwnValue
from candidates.services.importing.dates import DateOrder, parse_date, slashed_date
from candidates.services.importing.fields import CUSTOM, NAMES, Field
from candidates.services.importing.formats.records import MAX_COLUMNS
from candidates.services.importing.guessing import Hints, Mapping
from candidates.services.importing.names import (
    name_from_address,
    name_part,
    split_name,
    split_people,
)
from candidates.services.importing.parsing import (
    Parts,
    is_formula,
    is_nothing,
    is_shortened,
    split_emails,
    split_links,
    split_phones,
    split_words,
    tidy,
)
from candidates.services.importing.unforeseen import PASSING
from candidates.services.matching import Identifier

logger = logging.getLogger(__name__)

EMPTY_ROW = "Empty row"
NOBODY = "No name and no e-mail address: nobody to import"
TOO_WIDE = (
    f"More than {MAX_COLUMNS:,} cells in one row, the most that Rapport reads: "
    "leave those that belong to the columns"
)
UNREADABLE_ROW = "Rapport could not read this row. The others were not affected"
# What a row's cells hold: column numbers and texts.
Filled = dict[str, list[tuple[int, str]]]
# Columns of Candidate that take a cell as it is.
TEXT_FIELDS = {
    Field.PREFERRED_NAME: "preferred_name",
    Field.HEADLINE: "headline",
    Field.COMPANY: "company",
    Field.CITY: "city",
    Field.SALARY: "salary_expectation",
}
# What is wished for stays in its own words; an amount that names no currency takes that of its column's title.
AMOUNT_ALONE = re.compile(r"\d[\d.,'’ ]*(?: ?[kK])?(?: ?[-–] ?\d[\d.,'’ ]*(?: ?[kK])?)?")
LONGEST_WORD = 60
LONGEST_SOURCE = 80
_MOST_WORDS = 100
_MOST_IDENTIFIERS = 20


def candidate_column(name: str) -> "models.Field[Any, Any]":
    """The column `name` of Candidate; no relation from elsewhere."""
    return cast("models.Field[Any, Any]", Candidate._meta.get_field(name))


@cache
def longest(name: str) -> int:
    """How much text the column `name` of Candidate takes."""
    return candidate_column(name).max_length or 0


@dataclass(slots=True)
class Person:
    """What one row says about somebody."""

    full_name: str = ""
    # Columns of Candidate to their values; empty ones are left out.
    values: dict[str, str] = field(default_factory=dict)
    # As written, and in comparable form.
    emails: list[tuple[str, str]] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    source: str = ""
    contacted_on: date | None = None
    # Values of the organization's own fields, and those of them that nobody else has.
    custom: dict[str, list[OwnValue]] = field(default_factory=dict)
    marks: list[Identifier] = field(default_factory=list)
    # Once they were asked for.
    identifiers: list[Identifier] | None = None
    notes: list[str] = field(default_factory=list)
    # Column title and text of everything that found no other place.
    kept: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problem: str = ""

    def keep(self, title: str, text: str, warning: str = "") -> None:
        """Nothing is lost: what fits nowhere goes into the note."""
        if text:
            self.kept.append((title, text))
        if warning:
            self.warnings.append(warning)


class RowReader:
    """Makes people of the rows of one file, by its mapping and hints."""

    def __init__(
        self,
        *,
        header: Sequence[str],
        mapping: Mapping,
        hints: Hints,
        today: date,
        custom: CustomColumns | None = None,
    ) -> None:
        self.header = header
        self.custom = custom or CustomColumns()
        kinds = (mapping.get(number, Field.KEEP) for number in range(len(header)))
        # What a field held that is gone meanwhile is kept as a note.
        self.kinds: list[str] = [
            Field.KEEP if kind.startswith(CUSTOM) and kind not in self.custom.fields else kind
            for kind in kinds
        ]
        self.hints = hints
        self.phone_countries = {int(n): code for n, code in hints.phone_countries.items()}
        self.today = today

    def read(self, cells: Sequence[str]) -> Person:
        """The person in `cells`; with `problem` set where there is nobody to import."""
        if len(cells) > MAX_COLUMNS:
            return Person(problem=TOO_WIDE)
        try:
            return self._read(cells)
        except PASSING:
            raise
        except Exception:
            # The edge of reading rows: one that nobody foresaw must not stop the others.
            logger.exception("row could not be read")
            return Person(problem=UNREADABLE_ROW)

    def _read(self, cells: Sequence[str]) -> Person:
        person = Person()
        filled = self._filled(cells)
        if not filled:
            person.problem = EMPTY_ROW
            return person
        self._read_texts(person, filled)
        self._read_place(person, filled)
        self._read_ways_to_reach(person, filled)
        self._read_lists(person, filled)
        self._read_contact(person, filled)
        self._read_custom(person, filled)
        self._read_name(person, filled)
        for number, text in filled.get(Field.KEEP, []):
            person.keep(self._title(number), text)
        if not person.full_name:
            person.problem = NOBODY
        return person

    def _filled(self, cells: Sequence[str]) -> Filled:
        """The cells that say something, by what they hold; those beyond the last column are kept."""
        filled: Filled = {}
        # No kind is Field.KEEP.
        for number, (kind, cell) in enumerate(zip_longest(self.kinds, cells, fillvalue="")):
            if cell and kind != Field.LEAVE_OUT and not is_nothing(cell, name=kind in NAMES):
                filled.setdefault(kind, []).append(
                    (number, cell if isinstance(cell, Number) else tidy(cell))
                )
        return filled

    def _title(self, number: int) -> str:
        return self.header[number] if number < len(self.header) else f"Extra cell {number + 1}"

    def _read_texts(self, person: Person, filled: Filled) -> None:
        for kind, column in TEXT_FIELDS.items():
            for number, text in filled.get(kind, []):
                words = " ".join(text.split())
                if kind == Field.SALARY and AMOUNT_ALONE.fullmatch(words):
                    words = f"{words} {self.hints.currencies.get(str(number), '')}".strip()
                person.values[column] = self._fitting(person, number, words, longest(column), text)
        for number, text in filled.get(Field.SOURCE, []):
            person.source = self._fitting(
                person, number, " ".join(text.split()), LONGEST_SOURCE, text
            )
        # Columns of notes are parts of one.
        if notes := [text for _, text in filled.get(Field.NOTE, [])]:
            person.notes = ["\n\n".join(notes)]

    def _fitting(self, person: Person, number: int, text: str, most: int, whole: str) -> str:
        if len(text) <= most:
            return text
        title = self._title(number)
        person.keep(title, whole, f"“{title}” is longer than {most} characters: whole in the note")
        return text[: most - 1].rstrip() + "…"

    def _read_place(self, person: Person, filled: Filled) -> None:
        for number, text in filled.get(Field.COUNTRY, []):
            self._read_country(person, number, text)
        city, comma, land = person.values.get("city", "").rpartition(",")
        if comma and "country" not in person.values and country_code(land):
            person.values["country"] = country_code(land)
            person.values["city"] = city.strip()

    def _read_country(self, person: Person, number: int, text: str) -> None:
        code = country_code(text)
        if code:
            person.values["country"] = code
        else:
            person.keep(
                self._title(number), text, f"“{short(text)}” is no country that Rapport knows"
            )

    def _read_ways_to_reach(self, person: Person, filled: Filled) -> None:
        for number, text in filled.get(Field.EMAIL, []):
            self._take(person, number, text, split_emails(text), person.emails, "e-mail address")
        for number, text in filled.get(Field.LINK, []):
            self._take(person, number, text, split_links(text), person.links, "web address")
        for number, text in filled.get(Field.PHONE, []):
            here, usual = person.values.get("country"), self.phone_countries.get(number)
            parts = split_phones(text, [code for code in (here, usual) if code])
            self._take(person, number, text, parts, person.phones, "phone number")

    def _take(
        self,
        person: Person,
        number: int,
        text: str,
        parts: Parts,
        found: list[tuple[str, str]],
        noun: str,
    ) -> None:
        """Add the values of one cell that are new; keep what is none of its kind."""
        known = {normalized or value for value, normalized in found}
        for value, normalized in parts.values:
            if (normalized or value) in known:
                continue
            if len(found) < _MOST_IDENTIFIERS:
                found.append((value, normalized))
            else:
                person.keep(self._title(number), value, f"More than {_MOST_IDENTIFIERS} of a kind")
        for piece in parts.rejected:
            title = self._title(number)
            warning = f"“{short(piece)}” is no {noun}: kept in the note"
            if is_shortened(piece):
                warning = (
                    f"“{short(piece)}” is a number that a spreadsheet program has shortened: kept in the note. "
                    f"Format “{title}” as text where it comes from, and export it again"
                )
            person.keep(title, piece, warning)
        if parts.has_more:
            person.keep(self._title(number), text)

    def _read_lists(self, person: Person, filled: Filled) -> None:
        for kind, words, slashes in [
            (Field.SKILLS, person.skills, True),
            (Field.TAGS, person.tags, False),
        ]:
            known: set[str] = set()
            for number, text in filled.get(kind, []):
                for word in split_words(text, slashes=slashes):
                    if len(word) > LONGEST_WORD or len(words) >= _MOST_WORDS:
                        person.keep(self._title(number), word)
                    elif fold(word) not in known:
                        known.add(fold(word))
                        words.append(word)

    def _read_contact(self, person: Person, filled: Filled) -> None:
        for number, text in filled.get(Field.CONTACTED, []):
            order = DateOrder(self.hints.date_orders.get(str(number), DateOrder.DAY_FIRST))
            day = parse_date(text, today=self.today, order=order)
            title = self._title(number)
            if day is None:
                person.keep(title, text, f"“{short(text)}” is no date: kept in the note")
            elif not date(1950, 1, 1) <= day <= self.today:
                person.keep(
                    title, text, f"{day:%-d %b %Y} is no day of a past contact: kept in the note"
                )
            else:
                person.contacted_on = day
                if (pair := slashed_date(text)) and order == DateOrder.MONTH_FIRST and pair[0] > 12:
                    person.warnings.append(f"“{text}” was read with the day first")

    def _read_custom(self, person: Person, filled: Filled) -> None:
        for kind in self.custom.fields:
            for number, text in filled.get(kind, []):
                self._take_custom(person, kind, text, number)

    def _take_custom(
        self, person: Person, kind: str, given: str | Sequence[str], number: int
    ) -> None:
        """Read one cell into one of the organization's own fields; keep what does not fit there."""
        order = DateOrder(self.hints.date_orders.get(str(number), DateOrder.DAY_FIRST))
        sign = DecimalSign.DOT if isinstance(given, Number) else self._decimal_sign(number)
        try:
            values = self.custom.read(
                kind,
                given,
                today=self.today,
                order=order,
                sign=sign,
                currency=self.hints.currencies.get(str(number), ""),
            )
        except ValueUnreadable as refusal:
            text = given if isinstance(given, str) else ", ".join(given)
            # Notes are read by everybody: what was meant for a private field does not go there.
            left, end = (
                ("", "left out")
                if self.custom.fields[kind].is_private
                else (text, "kept in the note")
            )
            person.keep(self._title(number), left, f"{str(refusal).rstrip('.')}: {end}")
            return
        if values:
            person.custom[kind] = values
            person.marks += self.custom.marks(kind, values)
            if isinstance(given, str) and (doubt := self.custom.doubt(kind, given, values, sign)):
                person.warnings.append(doubt)

    def _decimal_sign(self, number: int) -> DecimalSign | None:
        """How the numbers of a column are written, where the column tells it."""
        sign = self.hints.decimal_signs.get(str(number))
        return DecimalSign(sign) if sign else None

    def _read_name(self, person: Person, filled: Filled) -> None:
        parts = [*filled.get(Field.FIRST_NAME, []), *filled.get(Field.LAST_NAME, [])]
        name = " ".join(filter(None, (name_part(text) for _, text in parts)))
        people: list[str] = []
        if not name:
            parts = filled.get(Field.FULL_NAME, [])[:1]
            people = split_people(parts[0][1], [one for one, _ in person.emails]) if parts else []
            # "Carl Eins, Dora Zwei" is not a name to be turned round.
            read = name_part if people else split_name
            name = read(parts[0][1]) if parts else ""
        elif any(split_people(text) for _, text in parts):
            people = [" ".join(text for _, text in parts)]
        doubt = _doubt_about(name, " ".join(text for _, text in parts), people)
        if doubt is not None:
            for number, text in parts:
                person.keep(self._title(number), text)
            person.warnings += [doubt.sentence] if doubt.sentence else []
            name = name if doubt.is_name else ""
        if not name and person.emails:
            name = name_from_address(person.emails[0][1])
            person.warnings.append(
                f"No name in the file: “{short(name)}” is taken from the address"
            )
        most = longest("full_name")
        if len(name) > most:
            person.keep(
                "Name", name, f"The name is longer than {most} characters: whole in the note"
            )
            name = name[: most - 1].rstrip() + "…"
        person.full_name = name


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Why the cells of a name are kept in the note; without a sentence where nobody would miss what was left out."""

    sentence: str = ""
    is_name: bool = True


def _doubt_about(name: str, raw: str, people: Sequence[str]) -> _Doubt | None:
    if is_formula(raw):
        sentence = "The name is a spreadsheet formula: kept as text in the note"
        return _Doubt(sentence, is_name=False)
    if name and not name[0].isalnum() and not any(letter.isalnum() for letter in name):
        return _Doubt(f"“{short(raw)}” is no name: kept in the note", is_name=False)
    if people:
        named = ", ".join(people)
        return _Doubt(f"The name seems to be several people: {short(named, 120)}")
    if not _lost_ornaments(name, raw):
        return None
    is_seen = any(unicodedata.category(letter) in {"So", "Co"} for letter in raw)
    return _Doubt(f"“{short(raw)}” is stored as “{short(name)}”" if is_seen else "")


def short(text: str, most: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _lost_ornaments(name: str, raw: str) -> bool:
    """Whether signs other than spaces, commas and capitals were taken out of a name."""

    def signs(text: str) -> list[str]:
        return sorted(
            letter for letter in fold(text) if not letter.isspace() and letter not in ',;"'
        )

    return bool(name) and name != raw and signs(name) != signs(raw)
