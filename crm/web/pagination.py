"""Keyset pages: the next page starts after the last row seen, so page 1,000 costs what page 1 costs."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import Field, Model, Q, QuerySet
from psycopg.errors import QueryCanceled

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
# So long a page waits for its count.
COUNT_MILLISECONDS = 60

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


@dataclass(frozen=True)
class KeysetPage(Generic[Item]):
    """Up to a page of rows, and the cursors of the neighbouring pages (empty where there is none)."""

    rows: Sequence[Item]
    next_cursor: str = ""
    previous_cursor: str = ""


def _encode(direction: str, values: list[Any]) -> str:
    # Not DjangoJSONEncoder: it cuts moments to milliseconds, and rows of the same one would be skipped.
    raw = json.dumps([direction, *values], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _decode(cursor: str, fields: Sequence[str], model: type[Model]) -> tuple[str, list[Any]] | None:
    """The direction and values in `cursor`, or None for anything that this module did not write."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        direction, *values = json.loads(raw)
        if direction not in {"next", "previous"} or len(values) != len(fields):
            return None
        # Fields of an order are never null, and Postgres takes no NUL and no half of a letter in a text.
        for value in values:
            if value is None or "\0" in str(value):
                return None
            str(value).encode()
        return direction, [
            cast("Field[Any, Any]", model._meta.get_field(name)).to_python(value)
            for name, value in zip(fields, values, strict=True)
        ]
    except (ArithmeticError, RecursionError, TypeError, ValidationError, ValueError):
        return None


def _beyond(fields: Sequence[str], descending: Sequence[bool], values: Sequence[Any]) -> Q:
    """Rows strictly after `values` in the given order.

    The first condition repeats the leading column alone (`<=`), so that the index range is bounded.
    """
    condition = Q()
    for depth in range(len(fields)):
        branch = Q(**dict(zip(fields[:depth], values[:depth], strict=True)))
        operator = "lt" if descending[depth] else "gt"
        condition |= branch & Q(**{f"{fields[depth]}__{operator}": values[depth]})
    lead = "lte" if descending[0] else "gte"
    return Q(**{f"{fields[0]}__{lead}": values[0]}) & condition


def keyset_page(
    queryset: QuerySet[Row],
    *,
    order: Sequence[str] = ("-created_at", "-id"),
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> KeysetPage[Row]:
    """One page of `queryset` in `order` (non-null fields, the last one unique), from `cursor`.

    A cursor that this function did not write gives the first page.
    """
    fields = [name.lstrip("-") for name in order]
    descending = [name.startswith("-") for name in order]
    decoded = _decode(cursor, fields, queryset.model) if cursor else None
    backwards = decoded is not None and decoded[0] == "previous"
    if backwards:
        descending = [not value for value in descending]
    queryset = queryset.order_by(
        *(f"-{name}" if down else name for name, down in zip(fields, descending, strict=True))
    )
    if decoded:
        queryset = queryset.filter(_beyond(fields, descending, decoded[1]))
    rows = list(queryset[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return KeysetPage(rows)

    has_next = more or backwards
    has_previous = more if backwards else decoded is not None
    return KeysetPage(
        rows,
        next_cursor=cursor_after(rows[-1], order) if has_next else "",
        previous_cursor=_mark("previous", rows[0], order) if has_previous else "",
    )


def beyond(queryset: QuerySet[Row], *, order: Sequence[str], cursor: str) -> QuerySet[Row]:
    """The rows on the cursor's side of its place, in no order; none for a cursor that is not ours."""
    fields = [name.lstrip("-") for name in order]
    decoded = _decode(cursor, fields, queryset.model)
    if decoded is None:
        return queryset.none()
    backwards = decoded[0] == "previous"
    descending = [name.startswith("-") != backwards for name in order]
    return queryset.filter(_beyond(fields, descending, decoded[1]))


def is_cursor(cursor: str, *, order: Sequence[str], model: type[Model]) -> bool:
    """Whether `cursor` says a place in this order of rows of `model`."""
    return _decode(cursor, [name.lstrip("-") for name in order], model) is not None


def turned(cursor: str) -> str:
    """The cursor of the same place that looks the other way; empty for a cursor that is not ours."""
    try:
        direction, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return _encode({"next": "previous", "previous": "next"}[direction], values)
    except (KeyError, RecursionError, TypeError, ValueError):
        return ""


def cursor_after(row: Model, order: Sequence[str]) -> str:
    """The cursor of the page that starts behind `row`, for rows that were not read as a page."""
    return _mark("next", row, order)


def _mark(direction: str, row: Model, order: Sequence[str]) -> str:
    return _encode(direction, [getattr(row, name.lstrip("-")) for name in order])


@dataclass(frozen=True)
class CappedCount:
    """A count that stops at COUNT_LIMIT: counting on costs more than anyone gains from it."""

    number: int
    capped: bool

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.capped else f"{self.number:,}"


def capped_count(queryset: QuerySet[Any]) -> CappedCount:
    """How many rows `queryset` has, up to COUNT_LIMIT."""
    number = queryset.order_by()[: COUNT_LIMIT + 1].count()
    return CappedCount(min(number, COUNT_LIMIT), number > COUNT_LIMIT)


def quick_count(queryset: QuerySet[Any]) -> CappedCount | None:
    """As `capped_count`; None where counting takes longer than a page should wait for it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {COUNT_MILLISECONDS}")
            counted = capped_count(queryset)
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as failure:
        if isinstance(failure.__cause__, QueryCanceled):
            return None
        raise
    return counted
