"""What conditions compare with: days, amounts and names, as they are written and as the database needs them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.db.models import CharField, Exists, F, Func, OuterRef, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from candidates.folding import fold
from crm.web.ids import is_id

# A month is thirty days and a year 365: "the last 3 months" must not depend on the month one asks in.
UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}
_SPAN = re.compile(r"(\d{1,4})([dwmy])")
_AMOUNT = re.compile(r"(-?[\d.]{1,20})\s*([A-Za-z]{3})?")
MOST_CHOICES = 2000
DAYS = "Write a number and a unit: 90d, 6w, 3m or 1y."
A_DAY = "Write a day as 2026-03-31, or a number and a unit: 90d, 6w, 3m or 1y."


def days_of(text: str) -> int:
    """How many days a span such as 90d, 6w, 3m or 1y has; ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(DAYS)
    return int(found[1]) * UNITS[found[2]]


def day_of(text: str) -> date:
    """The day written as 2026-03-31; ValueError for anything else."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(A_DAY)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"There is no day {text}.") from None


def day_bounds(operator: str, values: tuple[str, ...]) -> tuple[date | None, date | None]:
    """The first day that counts and the first that does not any more; today is the reader's own day."""
    today = timezone.localdate()
    match operator:
        case "within":
            return _shifted(today, -days_of(values[0])), _after(today)
        case "next":
            return today, _after(_shifted(today, days_of(values[0])))
        case "older":
            return None, _shifted(today, -days_of(values[0]))
        case "before":
            return None, day_of(values[0])
        case "from":
            return day_of(values[0]), None
        case "on":
            return day_of(values[0]), _after(day_of(values[0]))
        case _:
            first, last = sorted(map(day_of, values))
            return first, _after(last)


def _shifted(day: date, days: int) -> date:
    """The day so many days on, as far as the calendar goes."""
    number = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(number)


def _after(day: date) -> date | None:
    """The day after, with which a span ends; none after the last of the calendar."""
    return None if day == date.max else day + timedelta(days=1)


def moment_of(day: date) -> datetime:
    """When the day begins for the reader."""
    # The calendar's very ends cannot be moved to another time zone.
    day = min(max(day, date(2, 1, 1)), date(9998, 12, 31))
    return timezone.make_aware(datetime.combine(day, time.min))


def amount_of(text: str) -> tuple[Decimal, str]:
    """A number and its currency (or nothing), such as 80000 EUR; ValueError for anything else."""
    found = _AMOUNT.fullmatch(text.strip())
    try:
        return Decimal(found[1]), (found[2] or "").upper()  # type: ignore[index]
    except (InvalidOperation, TypeError):
        raise ValueError("Write a number, such as 80000 or 80000 EUR.") from None


class Names(Protocol):
    """Names for the values of a field, both ways. Values are ids, or codes of a choice."""

    def of(self, values: Iterable[str]) -> dict[str, str]:
        """The names of those values that exist."""

    def find(self, names: Iterable[str]) -> dict[str, str]:
        """The values of those names that exist, whatever their case and accents."""

    def beginning(self, start: str) -> list[str]:
        """The values whose name begins so."""

    def choices(self) -> list[tuple[str, str]]:
        """Up to MOST_CHOICES (value, name) pairs, by name."""


@dataclass(frozen=True)
class Fixed:
    """The names of choices that are the same everywhere."""

    labels: Callable[[], Mapping[str, str]]

    def of(self, values: Iterable[str]) -> dict[str, str]:
        labels = self.labels()
        return {value: labels[value] for value in values if value in labels}

    def find(self, names: Iterable[str]) -> dict[str, str]:
        known = {fold(label): value for value, label in self.labels().items()}
        known = {fold(value): value for value in self.labels()} | known
        return {name: known[fold(name)] for name in names if fold(name) in known}

    def beginning(self, start: str) -> list[str]:
        return [
            value for value, label in self.labels().items() if fold(label).startswith(fold(start))
        ]

    def choices(self) -> list[tuple[str, str]]:
        return list(self.labels().items())


def numbered(name: str, pk: int | str) -> str:
    """How a row is called whose name alone would mean another one."""
    return f"{name} #{pk}"


@dataclass(frozen=True)
class Rows:
    """The names of rows. `folded` is a column that holds the name folded, if there is one.

    A row whose name a newer one has is told by its number, too: by the name alone the newest is meant.
    """

    rows: Callable[[], "QuerySet[Any]"]
    name: str = "name"
    folded: str = ""

    def of(self, values: Iterable[str]) -> dict[str, str]:
        ids = [int(value) for value in values if is_id(value)]
        if self.folded:
            # No two rows have it in common, and there may be thousands.
            return {str(pk): name for pk, name in self._named(self.rows().filter(pk__in=ids))}
        same = {"same": Func(self._name(), function="candidates_fold", output_field=TextField())}
        newer = self.rows().alias(**same).filter(same=OuterRef("same"), pk__gt=OuterRef("pk"))
        rows = self.rows().filter(pk__in=ids).alias(**same).annotate(is_older=Exists(newer))
        return {
            str(pk): numbered(name, pk) if is_older else name
            for pk, name, is_older in self._named(rows, "is_older")
        }

    def find(self, names: Iterable[str]) -> dict[str, str]:
        wanted = {name: fold(name) for name in names}
        rows = self.rows()
        if self.folded:
            rows = rows.filter(**{f"{self.folded}__in": [*wanted.values()]})
        # Of two rows of one name the newest is meant.
        known = {fold(name): str(pk) for pk, name in self._named(rows.order_by("pk"))}
        return {name: known[folded] for name, folded in wanted.items() if folded in known}

    def beginning(self, start: str) -> list[str]:
        rows = self.rows()
        if self.folded:
            rows = rows.filter(**{f"{self.folded}__startswith": fold(start)})
        return [str(pk) for pk, name in self._named(rows) if fold(name).startswith(fold(start))]

    def choices(self) -> list[tuple[str, str]]:
        named = self._named(self.rows())[:MOST_CHOICES]
        return sorted(((str(pk), name) for pk, name in named), key=lambda one: one[1].casefold())

    def _name(self) -> Combinable:
        return F(self.name)

    def _named(self, rows: "QuerySet[Any]", *more: str) -> "QuerySet[Any, Any]":
        named: QuerySet[Any, Any] = rows.annotate(called=self._name()).values_list(
            "pk", "called", *more
        )
        return named


@dataclass(frozen=True)
class Members(Rows):
    """People of the organization, by name or else by address; "me" is whoever asks."""

    def _name(self) -> Combinable:
        return Coalesce(NullIf("name", Value("")), "email", output_field=CharField())

    def of(self, values: Iterable[str]) -> dict[str, str]:
        values = list(values)
        return super().of(values) | ({"me": "me"} if "me" in values else {})

    def find(self, names: Iterable[str]) -> dict[str, str]:
        names = list(names)
        return super().find(names) | {name: "me" for name in names if fold(name) == "me"}

    def choices(self) -> list[tuple[str, str]]:
        return [("me", "Me"), *super().choices()]
