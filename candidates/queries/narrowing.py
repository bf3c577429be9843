"""Lists of jobs and pools, narrowed by words and by own fields: `lyon team:blue budget:>=5000 review_on:2026-01-01..2026-03-31`."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Exists, F, Func, Model, OuterRef, Q, QuerySet, TextField

from candidates.folding import fold
from candidates.models import CustomField, value_model
from candidates.queries.custom_fields import custom_fields
from candidates.queries.search.tree import QueryError
from candidates.queries.search.values import amount_of, day_of
from crm.tenancy.roles import Role

Kind = CustomField.Kind
Row = TypeVar("Row", bound=Model)
MOST_TERMS = 8
_TERM = re.compile(r'(?:(?:field\.)?([a-z][\w-]*):)?(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_YES, _NO = {"yes", "true"}, {"no", "false"}


def narrowed(
    rows: "QuerySet[Row]",
    text: str,
    *,
    subject: CustomField.Subject,
    role: Role,
    columns: Sequence[str],
) -> "tuple[QuerySet[Row], str]":
    """Those of `rows` that hold every word of `text` in `columns` or in a field that `role` sees, and match each `field:value`.

    What is wrong with the text comes back as a sentence, and then no rows.
    """
    terms = _TERM.findall(text)
    if not terms:
        return rows, ""
    if len(terms) > MOST_TERMS:
        return rows.none(), f"A list takes {MOST_TERMS} words at once: take some of them away."
    fields = {one.key: one for one in custom_fields(role=role, subject=subject)}
    own = value_model(subject).objects.filter(**{subject.value: OuterRef("pk")}).order_by()
    rows = rows.alias(**{f"folded_{name}": _folded(name) for name in columns})
    for key, quoted, bare in terms:
        value = quoted or bare
        if not key:
            held = Q()
            for name in columns:
                held |= Q(**{f"folded_{name}__contains": fold(value)})
            rows = rows.filter(held | Q(Exists(_saying(own, list(fields.values()), value))))
        elif (field := fields.get(key.lower())) is None:
            known = (
                f"Fields are: {', '.join(sorted(fields))}." if fields else "No field is set up yet."
            )
            return rows.none(), f"There is no field “{key}” here, or you may not see it. {known}"
        else:
            try:
                rows = rows.filter(Exists(_matching(own, field, value)))
            except (QueryError, ValueError) as wrong:
                return rows.none(), f"{field}: “{value}” cannot be read. {wrong}"
    return rows, ""


def _folded(column: str) -> Func:
    return Func(F(column), function="candidates_fold", output_field=TextField())


def _saying(own: "QuerySet[Any]", fields: Sequence[CustomField], words: str) -> "QuerySet[Any]":
    """Values of these fields that hold the words."""
    said = own.filter(field__in=fields).alias(
        said=_folded("text"), chosen=_folded("option__name"), who=_folded("member__name")
    )
    folded = fold(words)
    found: QuerySet[Any] = said.filter(
        Q(said__contains=folded) | Q(chosen__contains=folded) | Q(who__contains=folded)
    )
    return found


def _matching(own: "QuerySet[Any]", field: CustomField, value: str) -> "QuerySet[Any]":
    if field.kind in {Kind.NUMBER, Kind.MONEY}:
        return own.filter(_within("number", value, lambda text: amount_of(text)[0]), field=field)
    if field.kind == Kind.DATE:
        return own.filter(_within("day", value, day_of), field=field)
    if field.kind == Kind.BOOLEAN:
        if value.lower() not in _YES | _NO:
            raise QueryError("Write yes or no.")
        return own.filter(field=field, yes=value.lower() in _YES)
    return _saying(own, [field], value)


def _within(column: str, value: str, read: Any) -> Q:
    """`5`, `>=5`, `>5`, `<=5`, `<5` or `5..9`."""
    for sign, lookup in ((">=", "gte"), ("<=", "lte"), (">", "gt"), ("<", "lt")):
        if value.startswith(sign):
            return Q(**{f"{column}__{lookup}": read(value.removeprefix(sign))})
    first, dots, last = value.partition("..")
    if dots:
        return Q(**{f"{column}__gte": read(first), f"{column}__lte": read(last)})
    return Q(**{column: read(value)})
