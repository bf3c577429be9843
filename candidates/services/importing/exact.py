"""Rows of our own export: every cell is read back as it was, nothing is guessed or put right.

A spreadsheet program may have rewritten a cell, or a person typed into it: what could not have come from us is read as in
any other file, and kept in the note where it is still none of its kind.
"""

from collections.abc import Sequence
from itertools import zip_longest

from candidates.models import CustomField
from candidates.services.custom_fields.numbers import DecimalSign
from candidates.services.identifying import normalize_email, normalize_link, normalize_phone
from candidates.services.importing.cells_of_notes import parted_notes
from candidates.services.importing.fields import NAMES, Field
from candidates.services.importing.parsing import (
    is_shortened,
    split_emails,
    split_links,
    split_phones,
    tidy,
)
from candidates.services.importing.rows import (
    LONGEST_SOURCE,
    LONGEST_WORD,
    NOBODY,
    TEXT_FIELDS,
    Person,
    RowReader,
    longest,
    short,
)

_LONGEST_LINK, _LONGEST_NUMBER = 500, 60


class ExactReader(RowReader):
    """Makes people of the rows that `exporting.people` wrote: several values stand on lines of their own."""

    def _read(self, cells: Sequence[str]) -> Person:
        person = Person()
        # Columns that somebody added, and cells beyond the last one, are kept as in any other file.
        for number, (kind, cell) in enumerate(
            zip_longest(self.kinds, cells, fillvalue=Field.KEEP.value)
        ):
            if cell and kind in self.custom.fields:
                several = self.custom.fields[kind].kind == CustomField.Kind.MULTIPLE
                self._take_custom(person, kind, cell.split("\n") if several else cell, number)
            elif cell:
                self._take_cell(person, number, kind, cell)
        country = person.values.get("country", "")
        person.phones = [
            (value, normalized or normalize_phone(value, country=country))
            for value, normalized in person.phones
        ]
        if not person.full_name:
            names = self._filled(cells)
            self._read_name(person, {kind: names[kind] for kind in NAMES if kind in names})
        if not person.full_name:
            person.problem = NOBODY
        return person

    def _take_cell(self, person: Person, number: int, kind: str, cell: str) -> None:
        if kind == Field.FULL_NAME:
            person.full_name = self._fitting(person, number, cell, longest("full_name"), cell)
        elif kind == Field.COUNTRY:
            self._read_country(person, number, cell)
        elif kind in TEXT_FIELDS:
            column = TEXT_FIELDS[Field(kind)]
            person.values[column] = self._fitting(person, number, cell, longest(column), cell)
        elif kind == Field.SOURCE:
            person.source = self._fitting(person, number, cell, LONGEST_SOURCE, cell)
        elif kind == Field.NOTE:
            person.notes = parted_notes(cell)
        elif kind == Field.CONTACTED:
            self._read_contact(person, {kind: [(number, cell)]})
        elif kind == Field.KEEP:
            person.keep(self._title(number), tidy(cell))
        else:
            for line in filter(None, cell.split("\n")):
                self._take_line(person, number, kind, line)

    def _take_line(self, person: Person, number: int, kind: str, line: str) -> None:
        """One of several values."""
        if kind == Field.EMAIL:
            if exact := normalize_email(line):
                person.emails.append((line, exact))
            else:
                self._take(
                    person, number, line, split_emails(line), person.emails, "e-mail address"
                )
        elif kind == Field.PHONE:
            if len(line) <= _LONGEST_NUMBER and not is_shortened(line):
                person.phones.append((line, ""))
            else:
                self._take(person, number, line, split_phones(line), person.phones, "phone number")
        elif kind == Field.LINK:
            if len(line) <= _LONGEST_LINK and (exact := normalize_link(line)):
                person.links.append((line, exact))
            else:
                self._take(person, number, line, split_links(line), person.links, "web address")
        elif kind in {Field.SKILLS, Field.TAGS}:
            words = person.skills if kind == Field.SKILLS else person.tags
            if len(line) <= LONGEST_WORD:
                words.append(line)
                if ";" in line:
                    person.warnings.append(
                        f"“{short(line)}” is read as one: each stands on a line of its own in the cell"
                    )
            else:
                title = self._title(number)
                person.keep(
                    title, line, f"“{short(line)}” is too long for “{title}”: kept in the note"
                )

    def _decimal_sign(self, number: int) -> DecimalSign:
        # We write a dot. A column that can only be read with a comma was written by another program.
        return super()._decimal_sign(number) or DecimalSign.DOT
