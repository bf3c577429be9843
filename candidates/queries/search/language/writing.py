"""From a tree to the text that means it: `parse(write(tree))` is the tree again."""

import re
from collections.abc import Mapping

from candidates.queries.search.fields import Field, Kind
from candidates.queries.search.tree import Combine, Condition, Group, Node, simplified
from candidates.queries.search.values import numbered

_PLAIN = re.compile(r"[^\W_](?:[\w.+#/-]*\w)?[+#]{0,2}")
_KEYWORDS = {"AND", "OR", "NOT"}
_NEGATIVE = {"none": "any", "not_within": "within"}


def write(tree: Group, *, fields: Mapping[str, Field], names: Mapping[tuple[str, str], str]) -> str:
    """The tree in the text language. `names` by field and value; a value without one keeps its number."""
    found = simplified(tree)
    return " ".join(_written(part, fields, names, is_inner=True) for part in found.parts)


def _written(
    node: Node,
    fields: Mapping[str, Field],
    names: Mapping[tuple[str, str], str],
    *,
    is_inner: bool,
) -> str:
    if isinstance(node, Condition):
        return _condition(node, fields.get(node.field), names)
    inner = [_written(part, fields, names, is_inner=True) for part in node.parts]
    if node.combine == Combine.ALL:
        whole = " ".join(inner)
        return f"({whole})" if is_inner else whole
    whole = " OR ".join(inner)
    return f"NOT ({whole})" if node.combine == Combine.NONE else f"({whole})"


def _condition(one: Condition, field: Field | None, names: Mapping[tuple[str, str], str]) -> str:
    sign, operator = "", one.operator
    if operator in _NEGATIVE:
        sign, operator = "-", _NEGATIVE[operator]
    if operator in {"set", "empty"}:
        return f"{'has' if operator == 'set' else 'no'}:{one.field}"
    if operator in {"yes", "no"}:
        return f"{one.field}:{operator}"
    if field is not None and field.kind in {Kind.DATE, Kind.NUMBER}:
        return f"{sign}{one.field}:{_ranged(operator, one.values)}"
    if field is not None and field.kind == Kind.TEXT:
        values = [_term(value) for value in one.values]
    else:
        values = [_named(one.field, value, names) for value in one.values]
    separator = "&" if operator == "all" else ","
    if one.field == "text" and len(values) == 1:
        return f"{sign}{_safe_word(values[0])}"
    return f"{sign}{one.field}:{separator.join(values)}"


def _ranged(operator: str, values: tuple[str, ...]) -> str:
    plain = [value.replace(" ", "") for value in values]
    if operator == "between":
        return "..".join(plain)
    signs = {
        "at_least": ">=",
        "at_most": "<=",
        "older": ">",
        "from": ">=",
        "before": "<",
        "next": "next",
    }
    return signs.get(operator, "") + plain[0]


def _named(field: str, value: str, names: Mapping[tuple[str, str], str]) -> str:
    if len(value) > 1 and value.endswith("*"):
        return value
    name = names.get((field, value))
    if value.isdigit() and (name is None or '"' in name or name.endswith(numbered("", value))):
        return f"#{value}"
    name = value if name is None else name
    return name if _PLAIN.fullmatch(name) and name not in _KEYWORDS else _quoted(name)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _term(term: str) -> str:
    """Several words in one term are quoted: that is how they are meant."""
    if term.startswith('"') or not re.search(r"[\s,&()“”„]", term):
        return term
    return _quoted(term.replace('"', " "))


def _safe_word(term: str) -> str:
    """A word that the language would read as a sign of its own is written as a field's value."""
    plain = _PLAIN.fullmatch(term.rstrip("*~")) and term not in _KEYWORDS
    return term if plain or term.startswith('"') else f"text:{term}"
