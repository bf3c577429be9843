"""One row of a file as a person: what can be stored, what is kept as a note, and what looked wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, cast

from django.db import models

from candidates.models import Candidate
from candidates.services.identifying import country_code, fold
from candidates.services.importing.fields import Field
from candidates.services.importing.guessing import Hints, Mapping
from candidates.services.importing.parsing import (
    DateOrder,
    Parts,
    is_formula,
    is_nothing,
    name_from_address,
    name_part,
    parse_date,
    slashed_date,
    split_emails,
    split_links,
    split_name,
    split_phones,
    split_words,
    tidy,
)

EMPTY_ROW = "Empty row"
NOBODY = "No name and no e-mail address: nobody to import"
# Columns of Candidate that take a cell as it is.
TEXT_FIELDS = {
    Field.PREFERRED_NAME: "preferred_name",
    Field.HEADLINE: "headline",
    Field.COMPANY: "company",
    Field.CITY: "city",
    Field.SALARY: "salary_expectation",
}
_LONGEST_WORD = 60
_MOST_WORDS = 100
_MOST_IDENTIFIERS = 20


def candidate_column(name: str) -> "models.Field[Any, Any]":
    """The column `name` of Candidate; no relation from elsewhere."""
    return cast("models.Field[Any, Any]", Candidate._meta.get_field(name))


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
        self, *, header: Sequence[str], mapping: Mapping, hints: Hints, today: date
    ) -> None:
        self.header = header
        self.columns: dict[Field, list[int]] = {}
        for number, kind in sorted(mapping.items()):
            self.columns.setdefault(kind, []).append(number)
        self.hints = hints
        self.today = today

    def read(self, cells: Sequence[str]) -> Person:
        """The person in `cells`; with `problem` set where there is nobody to import."""
        person = Person()
        if all(is_nothing(cell) for cell in cells):
            person.problem = EMPTY_ROW
            return person
        self._read_texts(person, cells)
        self._read_place(person, cells)
        self._read_ways_to_reach(person, cells)
        self._read_lists(person, cells)
        self._read_contact(person, cells)
        self._read_name(person, cells)
        self._keep_the_rest(person, cells)
        if not person.full_name:
            person.problem = NOBODY
        return person

    def _cells(self, kind: Field, cells: Sequence[str]) -> list[tuple[int, str]]:
        """The filled cells of a field's columns."""
        return [
            (number, tidy(cells[number]))
            for number in self.columns.get(kind, [])
            if number < len(cells) and not is_nothing(cells[number])
        ]

    def _title(self, number: int) -> str:
        return self.header[number] if number < len(self.header) else f"Extra cell {number + 1}"

    def _read_texts(self, person: Person, cells: Sequence[str]) -> None:
        for kind, column in TEXT_FIELDS.items():
            for number, text in self._cells(kind, cells):
                person.values[column] = self._fitting(
                    person, number, " ".join(text.split()), longest(column), text
                )
        for number, text in self._cells(Field.SOURCE, cells):
            person.source = self._fitting(person, number, " ".join(text.split()), 80, text)
        person.notes += [text for _, text in self._cells(Field.NOTE, cells)]

    def _fitting(self, person: Person, number: int, text: str, most: int, whole: str) -> str:
        if len(text) <= most:
            return text
        title = self._title(number)
        person.keep(title, whole, f"“{title}” is longer than {most} characters: whole in the note")
        return text[: most - 1].rstrip() + "…"

    def _read_place(self, person: Person, cells: Sequence[str]) -> None:
        for number, text in self._cells(Field.COUNTRY, cells):
            code = country_code(text)
            if code:
                person.values["country"] = code
            else:
                person.keep(
                    self._title(number), text, f"“{_short(text)}” is no country that Rapport knows"
                )
        city, comma, land = person.values.get("city", "").rpartition(",")
        if comma and "country" not in person.values and country_code(land):
            person.values["country"] = country_code(land)
            person.values["city"] = city.strip()

    def _read_ways_to_reach(self, person: Person, cells: Sequence[str]) -> None:
        self._read_identifiers(
            person, cells, Field.EMAIL, person.emails, split_emails, "e-mail address"
        )
        self._read_identifiers(person, cells, Field.LINK, person.links, split_links, "web address")
        for number, text in self._cells(Field.PHONE, cells):
            countries = (
                person.values.get("country", ""),
                self.hints.phone_countries.get(str(number), ""),
            )
            split = partial(split_phones, countries=tuple(filter(None, countries)))
            self._take(person, number, text, split, person.phones, "phone number")

    def _read_identifiers(
        self,
        person: Person,
        cells: Sequence[str],
        kind: Field,
        found: list[tuple[str, str]],
        split: Callable[[str], Parts],
        noun: str,
    ) -> None:
        for number, text in self._cells(kind, cells):
            self._take(person, number, text, split, found, noun)

    def _take(
        self,
        person: Person,
        number: int,
        text: str,
        split: Callable[[str], Parts],
        found: list[tuple[str, str]],
        noun: str,
    ) -> None:
        """Add the values of one cell that are new; keep what is none of its kind."""
        parts = split(text)
        known = {normalized or value for value, normalized in found}
        for value, normalized in parts.values:
            if (normalized or value) in known:
                continue
            if len(found) < _MOST_IDENTIFIERS:
                found.append((value, normalized))
            else:
                person.keep(self._title(number), value, f"More than {_MOST_IDENTIFIERS} of a kind")
        title = self._title(number)
        for piece in parts.rejected:
            person.keep(title, piece, f"“{_short(piece)}” is no {noun}: kept in the note")
        if parts.has_more:
            person.keep(title, text)

    def _read_lists(self, person: Person, cells: Sequence[str]) -> None:
        for kind, words, slashes in [
            (Field.SKILLS, person.skills, True),
            (Field.TAGS, person.tags, False),
        ]:
            known: set[str] = set()
            for number, text in self._cells(kind, cells):
                for word in split_words(text, slashes=slashes):
                    if len(word) > _LONGEST_WORD or len(words) >= _MOST_WORDS:
                        person.keep(self._title(number), word)
                    elif fold(word) not in known:
                        known.add(fold(word))
                        words.append(word)

    def _read_contact(self, person: Person, cells: Sequence[str]) -> None:
        for number, text in self._cells(Field.CONTACTED, cells):
            order = DateOrder(self.hints.date_orders.get(str(number), DateOrder.DAY_FIRST))
            day = parse_date(text, today=self.today, order=order)
            title = self._title(number)
            if day is None:
                person.keep(title, text, f"“{_short(text)}” is no date: kept in the note")
            elif not date(1950, 1, 1) <= day <= self.today:
                person.keep(
                    title, text, f"{day:%-d %b %Y} is no day of a past contact: kept in the note"
                )
            else:
                person.contacted_on = day
                if (pair := slashed_date(text)) and order == DateOrder.MONTH_FIRST and pair[0] > 12:
                    person.warnings.append(f"“{text}” was read with the day first")

    def _read_name(self, person: Person, cells: Sequence[str]) -> None:
        name, numbers = self._written_name(cells)
        raw = [tidy(cells[number]) for number in numbers]
        if any(is_formula(text) for text in raw):
            for number, text in zip(numbers, raw, strict=True):
                person.keep(
                    self._title(number),
                    text,
                    "The name is a spreadsheet formula: kept as text in the note",
                )
            name = ""
        elif name and not any(letter.isalnum() for letter in name):
            for number, text in zip(numbers, raw, strict=True):
                person.keep(
                    self._title(number), text, f"“{_short(text)}” is no name: kept in the note"
                )
            name = ""
        elif _lost_ornaments(name, " ".join(raw)):
            for number, text in zip(numbers, raw, strict=True):
                person.keep(self._title(number), text)
        if not name and person.emails:
            name = name_from_address(person.emails[0][1])
            person.warnings.append(
                f"No name in the file: “{_short(name)}” is taken from the address"
            )
        most = longest("full_name")
        if len(name) > most:
            person.keep(
                "Name", name, f"The name is longer than {most} characters: whole in the note"
            )
            name = name[: most - 1].rstrip() + "…"
        person.full_name = name

    def _written_name(self, cells: Sequence[str]) -> tuple[str, list[int]]:
        """The name in reading order, and the columns it was made of."""
        parts: list[str] = []
        numbers: list[int] = []
        for kind in (Field.FIRST_NAME, Field.LAST_NAME):
            for number in self.columns.get(kind, []):
                if number < len(cells) and not is_nothing(cells[number], name=True):
                    parts.append(name_part(cells[number]))
                    numbers.append(number)
        name = " ".join(filter(None, parts))
        whole = self.columns.get(Field.FULL_NAME, [])
        if (
            not name
            and whole
            and whole[0] < len(cells)
            and not is_nothing(cells[whole[0]], name=True)
        ):
            return split_name(cells[whole[0]]), whole[:1]
        return name, numbers

    def _keep_the_rest(self, person: Person, cells: Sequence[str]) -> None:
        """Cells of columns that hold no field, and cells beyond the last column."""
        for number, text in self._cells(Field.KEEP, cells):
            person.keep(self._title(number), text)
        for number in range(len(self.header), len(cells)):
            text = tidy(cells[number])
            if not is_nothing(text):
                person.keep(self._title(number), text)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def _lost_ornaments(name: str, raw: str) -> bool:
    """Whether signs other than spaces, commas and capitals were taken out of a name."""

    def signs(text: str) -> list[str]:
        return sorted(
            letter for letter in fold(text) if not letter.isspace() and letter not in ',;"'
        )

    return bool(name) and signs(name) != signs(raw)
