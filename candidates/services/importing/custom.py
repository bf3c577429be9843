"""Columns of a file that fill an organization's own fields."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from candidates.models import CandidateCustomValue, CustomField, Import, ImportRow, Origin
from candidates.queries.custom_fields import custom_fields
from candidates.services.custom_fields.definitions import MOST_OPTIONS, FieldRefused, add_field
from candidates.services.custom_fields.numbers import (
    DecimalSign,
    currency_of_title,
    is_unclear,
    parse_number,
    sign_shown,
    split_money,
)
from candidates.services.custom_fields.reading import Columns, Reader
from candidates.services.custom_fields.values import PARTS
from candidates.services.identifying import fold
from candidates.services.importing.dates import DateOrder, parse_date
from candidates.services.importing.fields import CUSTOM, NEW, Field
from candidates.services.importing.guessing import Mapping, columns_of
from candidates.services.importing.parsing import is_nothing, split_links, split_words
from candidates.services.matching import Identifier
from crm.accounts.models import User
from crm.tenancy.bulk import among, among_texts
from crm.tenancy.roles import Role

Kind = CustomField.Kind
HIDDEN = "(not shown)"
_PART_ROWS = 5000
# Columns of a value.
STORED = (
    "text", "normalized", "number", "currency", "day", "yes", "option_id", "member_id", "unique_key",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnValue:
    """One row of a field's values; equal to another one that says the same."""

    same: tuple[Any, ...]
    columns: Columns = field(compare=False)

    @classmethod
    def of(cls, columns: Columns) -> "OwnValue":
        said = (columns.get(part, "") for part in PARTS)
        return cls(tuple(None if part == "" else part for part in said), columns)

    @property
    def stored(self) -> tuple[Any, ...]:
        """The columns of the row, as `STORED` names them."""
        held = self.columns
        option, member = held.get("option"), held.get("member")
        return (
            held.get("text", ""),
            held.get("normalized", ""),
            held.get("number"),
            held.get("currency", ""),
            held.get("day"),
            held.get("yes"),
            option.pk if option else None,
            member.pk if member else None,
            held.get("unique_key"),
        )


class CustomColumns:
    """The organization's own fields that a mapping names, by what the mapping calls them."""

    def __init__(self, fields: Iterable[CustomField] = ()) -> None:
        self.fields = {f"{CUSTOM}{one.key}": one for one in fields}
        self._reader = Reader(self.fields.values())

    @classmethod
    def named_in(cls, mapping: Mapping) -> "CustomColumns":
        """Those that there still are; one query, none where the mapping names none."""
        keys = {kind.removeprefix(CUSTOM) for kind in mapping.values() if kind.startswith(CUSTOM)}
        return cls([one for one in importable_fields() if one.key in keys] if keys else [])

    def read(
        self,
        kind: str,
        given: str | Sequence[str],
        *,
        today: date,
        order: DateOrder = DateOrder.DAY_FIRST,
        sign: DecimalSign | None = None,
        currency: str = "",
    ) -> list[OwnValue]:
        """What a cell says in a field; raises ValueUnreadable where it does not fit.

        `currency` is that of an amount which names none.
        """
        one = self.fields[kind]
        found: Any = given
        if not isinstance(given, str):
            pass
        elif one.kind == Kind.DATE:
            found = parse_date(given, today=today, order=order) or given
        elif one.kind == Kind.NUMBER:
            number = parse_number(given, sign=sign)
            found = given if number is None else number
        elif one.kind == Kind.MONEY:
            amount, named = split_money(given)
            number = parse_number(amount, sign=sign)
            found = given if number is None else (number, named or currency)
        return [OwnValue.of(columns) for columns in self._reader.read(one, found)]

    def doubt(
        self, kind: str, given: str, values: Iterable[OwnValue], sign: DecimalSign | None
    ) -> str:
        """What to tell of a number that might be another one: its column leaves it open, or is written otherwise."""
        one = self.fields[kind]
        if one.kind not in {Kind.NUMBER, Kind.MONEY}:
            return ""
        amount, _ = split_money(given)
        is_open = sign is None and one.kind == Kind.NUMBER and is_unclear(amount)
        if is_open or (sign and sign_shown(amount) == sign.other):
            return f"{one.name}: “{given[:40]}” was read as {self.shown(kind, values)}"
        return ""

    def marks(self, kind: str, values: Iterable[OwnValue]) -> list[Identifier]:
        """By what the values tell their owner from everybody else: those of unique fields do."""
        keys = (value.columns.get("unique_key") for value in values)
        return [(kind, key) for key in keys if key]

    def shown(self, kind: str, values: Iterable[OwnValue]) -> str:
        """The values in words, as a page shows them; those of private fields are not."""
        one = self.fields[kind]
        if one.is_private:
            return HIDDEN
        rows = (CandidateCustomValue(field=one, **value.columns) for value in values)
        return ", ".join(row.shown for row in rows)

    def held_by(self, ids: set[int]) -> Iterator[tuple[int, str, OwnValue, bool]]:
        """What these people have: id, field, value, and whether a person set it."""
        if not self.fields:
            return
        names = {one.pk: kind for kind, one in self.fields.items()}
        rows = CandidateCustomValue.objects.filter(
            candidate_id__in=among(ids), field__in=list(names)
        )
        for row in rows.select_related("option", "member"):
            columns = {part: getattr(row, part) for part in (*PARTS, "normalized", "unique_key")}
            is_by_hand = row.provenance_kind in {Origin.PERSON, Origin.UNKNOWN}
            yield row.candidate_id, names[row.field_id], OwnValue.of(columns), is_by_hand

    def find(self, marks: Iterable[Identifier]) -> dict[Identifier, list[int]]:
        """Who has which of these values of unique fields."""
        wanted: dict[str, list[str]] = {}
        for kind, value in marks:
            if kind in self.fields:
                wanted.setdefault(kind, []).append(value)
        found: dict[Identifier, list[int]] = {}
        for kind, keys in wanted.items():
            rows = CandidateCustomValue.objects.filter(
                field=self.fields[kind], unique_key__in=among_texts(keys)
            )
            for key, candidate_id in rows.values_list("unique_key", "candidate_id"):
                found[kind, str(key)] = [candidate_id]
        return found

    def of_kind(self, wanted: Kind, mapping: Mapping) -> list[int]:
        """The columns that fill fields of this kind."""
        return [
            number
            for kind, one in self.fields.items()
            if one.kind == wanted
            for number in columns_of(mapping, kind)
        ]


# Fields for columns


def importable_fields(*, role: Role | None = None) -> list[CustomField]:
    """Those that a cell can fill: a file is no text."""
    return [one for one in custom_fields(role=role) if one.kind != Kind.FILE]


def columns_titled_so(header: Sequence[str]) -> Mapping:
    """The columns that are called as one of the organization's own fields is; names of files are left out."""
    names = {
        fold(one.name): Field.LEAVE_OUT if one.kind == Kind.FILE else f"{CUSTOM}{one.key}"
        for one in custom_fields()
    }
    found: Mapping = {}
    for number, title in enumerate(header):
        kind = names.get(fold(title))
        if kind and (kind == Field.LEAVE_OUT or kind not in found.values()):
            found[number] = kind
    return found


def without_lost_fields(mapping: Mapping) -> Mapping:
    """The mapping without columns whose field there is no longer."""
    known = CustomColumns.named_in(mapping).fields
    return {
        number: kind
        for number, kind in mapping.items()
        if not kind.startswith(CUSTOM) or kind in known
    }


def likely_kind(values: Sequence[str], title: str = "") -> Kind:
    """Which kind of field would hold these values of a column best."""
    if not values:
        return Kind.TEXT
    if currency_of_title(title) and all(
        parse_number(split_money(value)[0]) is not None for value in values
    ):
        return Kind.MONEY
    tests = {
        Kind.NUMBER: lambda value: parse_number(value) is not None,
        Kind.DATE: lambda value: parse_date(value, today=date(2000, 1, 1)) is not None,
        Kind.URL: lambda value: bool(split_links(value).values),
        Kind.BOOLEAN: lambda value: fold(value) in {"yes", "no", "ja", "nein", "true", "false"},
    }
    fitting = (kind for kind, test in tests.items() if all(map(test, values)))
    return next(fitting, Kind.LONG_TEXT if max(map(len, values)) > 200 else Kind.TEXT)


def unfilled_required(import_file: Import) -> list[str]:
    """Of each required field that no column fills, a sentence: a file is not refused for it, but says so."""
    filled = set(import_file.mapping.values())
    return [
        f"“{one.name}” is required when people are added by hand, and no column of this file fills it."
        for one in custom_fields()
        if one.is_required and f"{CUSTOM}{one.key}" not in filled
    ]


def required_left_empty(import_file: Import) -> list[str]:
    """Of each required field that some of the people have not whom the import made, a sentence with how many."""
    made = import_file.rows.filter(outcome=ImportRow.Outcome.CREATE, candidate__isnull=False)
    sentences = []
    for one in custom_fields():
        if one.is_required:
            values = CandidateCustomValue.objects.filter(candidate=OuterRef("candidate"), field=one)
            number = made.filter(~Exists(values)).count()
            if number:
                people = "new person has" if number == 1 else "new people have"
                sentences.append(f"“{one.name}” is required, and {number:,} {people} none.")
    return sentences


def make_fields(import_file: Import, mapping: Mapping, *, by: User) -> Mapping:
    """Add a field for each column that is to have a new one, called as the column is; returns the mapping to them.

    Raises FieldRefused with a sentence where such a field cannot be. One that has choices gets them from
    the column's cells.
    """
    made: Mapping = {}
    for number, kind in mapping.items():
        if kind.startswith(NEW):
            wanted = Kind(kind.removeprefix(NEW))
            options = _choices_in(import_file, number, wanted)
            name = import_file.header[number][:80].strip()
            one = add_field(name=name, kind=wanted, by=by, options=options)
            kind = f"{CUSTOM}{one.key}"
        made[number] = kind
    return made


def _choices_in(import_file: Import, number: int, kind: Kind) -> list[str]:
    if kind not in {Kind.SINGLE, Kind.MULTIPLE}:
        return []
    found: dict[str, str] = {}
    for cells in _different_cells(import_file, number):
        for cell in cells:
            words = split_words(cell) if kind == Kind.MULTIPLE else [" ".join(cell.split())]
            for word in words:
                found.setdefault(fold(word)[:100], word)
        if len(found) > MOST_OPTIONS:
            raise FieldRefused(
                f"“{import_file.header[number]}” has more than {MOST_OPTIONS} different values: "
                "too many to choose from. Make it a text."
            )
    return sorted(found.values(), key=fold)


def _different_cells(import_file: Import, number: int) -> Iterator[list[str]]:
    """What a column says, part of the file after part: all of a long one at once would fill the memory."""
    line = 0
    while True:
        rows = import_file.rows.filter(line__gt=line).order_by("line")
        part = list(rows.values_list("line", f"cells__{number}")[:_PART_ROWS])
        if not part:
            return
        line = part[-1][0]
        cells = dict.fromkeys(cell for _, cell in part if isinstance(cell, str))
        yield [cell for cell in cells if not is_nothing(cell)]
