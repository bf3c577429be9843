"""Ready ways to match a field's condition: on a column of the person, or on rows that belong to them."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from candidates.models import SearchRow
from candidates.queries.search.fields import Match
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.terms import (
    Term,
    column_holds,
    column_looks_like,
    read_term,
    record_holds,
    row_holds,
)
from candidates.queries.search.tree import Condition
from candidates.queries.search.values import amount_of, day_bounds, moment_of

NOBODY = Q(pk__in=[])
# Not an empty condition: that one would say nothing in any group.
EVERYBODY = ~NOBODY


def of_column(column: str, *, is_id: bool = False) -> Match:
    """A code or an id in a column of the person; an empty text, or no id, is unknown."""
    known = Q(**{f"{column}__isnull": False}) if is_id else ~Q(**{column: ""})

    def match(asked: Condition, searcher: Searcher) -> Q:
        return known if asked.operator == "set" else Q(**{f"{column}__in": list(asked.values)})

    return match


def of_rows(rows: type[SearchRow], column: str, **fixed: Any) -> Match:
    """An id or a code in rows of the person, of which there may be several."""

    def having(**wanted: Any) -> Q:
        return Q(Exists(rows.objects.filter(candidate=OuterRef("pk"), **fixed, **wanted)))

    def match(asked: Condition, searcher: Searcher) -> Q:
        if asked.operator == "set":
            return having()
        if asked.operator == "all":
            everything = Q()
            for value in asked.values:
                everything &= having(**{column: value})
            return everything if asked.values else NOBODY
        return having(**{f"{column}__in": list(asked.values)}) if asked.values else NOBODY

    return match


def text_column(column: str) -> Match:
    """Words in a text column of the person, which the record's words hold too."""

    def holds(term: Term) -> Q:
        return column_looks_like(column, term) if term.is_like else column_holds(column, term)

    def match(asked: Condition, searcher: Searcher) -> Q:
        if asked.operator == "set":
            return ~Q(**{column: ""})
        return combined(asked, [holds(read_term(value)) for value in asked.values])

    return match


def text_rows(rows: type[SearchRow], column: str, **fixed: Any) -> Match:
    """Words in a text of rows of the person. The rows are read one by one: for texts of no index."""

    def match(asked: Condition, searcher: Searcher) -> Q:
        own = rows.objects.filter(candidate=OuterRef("pk"), **fixed)
        if asked.operator == "set":
            return Q(Exists(own.exclude(**{column: ""})))
        found = [Q(Exists(own.filter(row_holds(column, read_term(v))))) for v in asked.values]
        return combined(asked, found)

    return match


def indexed_rows(rows: type[SearchRow], column: str) -> Match:
    """Words in a text of rows of the person, which the record's words hold too: found by the index first."""

    def match(asked: Condition, searcher: Searcher) -> Q:
        own = rows.objects.filter(candidate=OuterRef("pk"))
        if asked.operator == "set":
            return Q(Exists(own.exclude(**{column: ""})))
        found = [
            record_holds(term) & Q(Exists(own.filter(row_holds(column, term))))
            for term in map(read_term, asked.values)
        ]
        return combined(asked, found)

    return match


def combined(asked: Condition, found: list[Q]) -> Q:
    """Any or all of `found`, as the condition says."""
    whole = Q()
    for one in found:
        whole = whole & one if asked.operator == "all" else whole | one
    return whole if found else NOBODY


def on_day(column: str, *, is_moment: bool = True) -> Match:
    """A day, or a moment, in a column of the person."""

    def match(asked: Condition, searcher: Searcher) -> Q:
        if asked.operator == "set":
            return Q(**{f"{column}__isnull": False})
        return between(column, asked, is_moment=is_moment)

    return match


def rows_on_day(
    rows: type[SearchRow], column: str, *, is_moment: bool = False, **fixed: Any
) -> Match:
    """A day, or a moment, in rows of the person."""

    def match(asked: Condition, searcher: Searcher) -> Q:
        own = rows.objects.filter(candidate=OuterRef("pk"), **fixed)
        if asked.operator == "set":
            return Q(Exists(own.filter(**{f"{column}__isnull": False})))
        return Q(Exists(own.filter(between(column, asked, is_moment=is_moment))))

    return match


def between(column: str, asked: Condition, *, is_moment: bool = True) -> Q:
    """The days that the condition means, on a column."""
    first, end = day_bounds(asked.operator, asked.values)

    def bound(day: date) -> Any:
        return moment_of(day) if is_moment else day

    found = Q(**{f"{column}__isnull": False})
    if first is not None:
        found &= Q(**{f"{column}__gte": bound(first)})
    if end is not None:
        found &= Q(**{f"{column}__lt": bound(end)})
    return found


def rows_amount(rows: type[SearchRow], column: str, **fixed: Any) -> Match:
    """A number, or an amount of money, in rows of the person."""

    def match(asked: Condition, searcher: Searcher) -> Q:
        own: QuerySet[Any] = rows.objects.filter(candidate=OuterRef("pk"), **fixed)
        if asked.operator == "set":
            return Q(Exists(own.filter(**{f"{column}__isnull": False})))
        amounts = sorted(map(amount_of, asked.values))
        lookups = {"at_least": ["gte"], "at_most": ["lte"], "between": ["gte", "lte"]}
        for lookup, (number, currency) in zip(
            lookups.get(asked.operator, ["exact"]), amounts, strict=True
        ):
            own = own.filter(**{f"{column}__{lookup}": number})
            if currency:
                own = own.filter(currency=currency)
        return Q(Exists(own))

    return match


def having_rows(rows: type[SearchRow], **fixed: Any) -> Match:
    """Whether the person has such a row: for yes-or-no fields."""

    def match(asked: Condition, searcher: Searcher) -> Q:
        return Q(Exists(rows.objects.filter(candidate=OuterRef("pk"), **fixed)))

    return match
