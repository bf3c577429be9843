"""The fields to search by, each with how its comparisons are written."""

from typing import Any

from candidates.forms.building import fields_for
from candidates.queries.search import Combine, Condition, Field, Group, Kind, Searcher, write
from candidates.queries.search.fields import WITHOUT_VALUES
from candidates.queries.search.values import Fixed

_SPANS = frozenset({"within", "not_within", "older", "next"})


def search_fields(searcher: Searcher) -> list[dict[str, Any]]:
    """Every field that the searcher may search by: one query."""
    found = fields_for(searcher)
    return [
        {
            "key": one.key,
            "label": one.label,
            "kind": one.kind.value,
            "group": one.group,
            "hint": one.hint,
            "operators": [
                {"operator": name, "label": label, "example": _written(one, name)}
                for name, label in one.operators.items()
            ],
        }
        for one in found.values()
    ]


def _written(one: Field, operator: str) -> str:
    """A condition of this kind in the text language; where the organization's own names stand, so does their kind."""
    condition = Condition(one.key, operator, _values(one, operator))
    named = one.names.of(condition.values) if isinstance(one.names, Fixed) else {}
    names = {(one.key, value): name for value, name in named.items()}
    return write(Group(Combine.ALL, (condition,)), fields={one.key: one}, names=names)


def _values(one: Field, operator: str) -> tuple[str, ...]:
    if operator in WITHOUT_VALUES:
        return ()
    if one.kind == Kind.DATE:
        if operator in _SPANS:
            return ("90d",)
        return ("2026-01-01", "2026-03-31") if operator == "between" else ("2026-01-01",)
    if one.kind == Kind.NUMBER:
        return ("50", "80") if operator == "between" else ("50",)
    several = 2 if operator == "all" else 1
    if one.kind == Kind.FREE:
        return (one.hint,)
    if one.kind == Kind.TEXT:
        return ("berlin", "remote")[:several]
    if isinstance(one.names, Fixed):
        return tuple(list(one.names.labels())[:several])
    return (f"name of a {one.label.lower()}", "another name")[:several]
