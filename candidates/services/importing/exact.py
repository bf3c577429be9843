"""Rows of our own export: every cell is read back as it was, nothing is guessed or put right."""

from collections.abc import Callable, Sequence
from datetime import date

from candidates.models import CustomField
from candidates.services.custom_fields.numbers import DecimalSign
from candidates.services.identifying import (
    country_code,
    normalize_email,
    normalize_link,
    normalize_phone,
)
from candidates.services.importing.fields import Field
from candidates.services.importing.rows import NOBODY, TEXT_FIELDS, Person, RowReader


class ExactReader(RowReader):
    """Makes people of the rows that `exporting.people` wrote: several values stand on lines of their own."""

    def read(self, cells: Sequence[str]) -> Person:
        person = Person()
        for number, (kind, cell) in enumerate(zip(self.kinds, cells, strict=False)):
            if cell and kind in self.custom.fields:
                several = self.custom.fields[kind].kind == CustomField.Kind.MULTIPLE
                self._take_custom(person, kind, cell.split("\n") if several else cell, number)
            elif cell:
                self._take_cell(person, kind, cell)
        country = person.values.get("country", "")
        person.phones = [
            (number, normalize_phone(number, country=country)) for number, _ in person.phones
        ]
        if not person.full_name:
            person.problem = NOBODY
        return person

    def _take_cell(self, person: Person, kind: str, cell: str) -> None:
        if kind == Field.FULL_NAME:
            person.full_name = cell
        elif kind == Field.COUNTRY:
            person.values["country"] = country_code(cell)
        elif kind in TEXT_FIELDS:
            person.values[TEXT_FIELDS[Field(kind)]] = cell
        elif kind == Field.EMAIL:
            person.emails = _each(cell, normalize_email)
        elif kind == Field.PHONE:
            person.phones = _each(cell, str)
        elif kind == Field.LINK:
            person.links = _each(cell, normalize_link)
        elif kind == Field.SKILLS:
            person.skills = cell.split("\n")
        elif kind == Field.TAGS:
            person.tags = cell.split("\n")
        elif kind == Field.SOURCE:
            person.source = cell
        elif kind == Field.NOTE:
            person.notes = [cell]
        elif kind == Field.CONTACTED:
            person.contacted_on = _day(cell)

    def _decimal_sign(self, number: int) -> DecimalSign:
        return DecimalSign.DOT


def _each(cell: str, normalize: Callable[[str], str | None]) -> list[tuple[str, str]]:
    return [(value, normalize(value) or "") for value in cell.split("\n") if value]


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None
