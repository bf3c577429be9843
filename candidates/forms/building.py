"""The filter builder's form: a tree of groups and conditions as flat fields, so that it works without JavaScript.

Each node has a number; `node-3` is "group" or "condition", `in-3` the number of the group it stands in, then
`all-3` (how a group combines) or `field-3`, `is-3`, `of-3` (a condition). `do` is what was pressed:
`add:3`, `group:3`, `remove:5`, `again`, or `find`.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from candidates.queries.search import (
    Combine,
    Condition,
    Field,
    Group,
    Kind,
    Prepared,
    QueryError,
    Searcher,
    registry,
)
from candidates.queries.search.custom import custom_search_fields
from candidates.queries.search.fields import SEVERAL_VALUES, WITHOUT_VALUES
from candidates.queries.search.tree import MOST_CONDITIONS, Node

FIRST_FIELD = "tag"


@dataclass
class Part:
    """A node as the form shows it."""

    number: int
    combine: str = ""
    parts: list["Part"] = dataclasses.field(default_factory=list)
    field: Field | None = None
    operator: str = ""
    value: str = ""
    choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    chosen: list[str] = dataclasses.field(default_factory=list)
    problem: str = ""

    @property
    def is_group(self) -> bool:
        return bool(self.combine)

    @property
    def has_value(self) -> bool:
        return self.operator not in WITHOUT_VALUES

    @property
    def hint(self) -> str:
        if self.field is None:
            return ""
        if self.field.kind == Kind.DATE:
            relative = self.operator in {"within", "not_within", "older", "next"}
            return "30d, 6w, 3m, 1y" if relative else "2026-03-31"
        return self.field.hint or ("1..5" if self.operator == "between" else "")


def fields_for(searcher: Searcher) -> dict[str, Field]:
    """Every field that the searcher may search by."""
    return registry.fields | custom_search_fields(None, searcher.role)


def tree_in(data: QueryDict, fields: Mapping[str, Field]) -> Group:
    """The tree in a submitted form, with what was pressed done to it. Unfinished conditions stay."""
    nodes: dict[int, Node] = {}
    inside: dict[int, list[int]] = {}
    for number in range(MOST_CONDITIONS):
        kind = data.get(f"node-{number}")
        if kind is None or data.get("do") == f"remove:{number}":
            continue
        parent = data.get(f"in-{number}", "")
        if number and parent.isdecimal() and int(parent) < number:
            inside.setdefault(int(parent), []).append(number)
        nodes[number] = (
            Group(_combine(data, number)) if kind == "group" else _condition(data, number, fields)
        )
    verb, _, at = data.get("do", "").partition(":")
    pressed = int(at) if at.isdecimal() else -1
    return _grown(0, nodes, inside, verb, pressed)


def _grown(
    number: int, nodes: dict[int, Node], inside: dict[int, list[int]], verb: str, pressed: int
) -> Group:
    """The group with this number and all that stands in it."""
    parts: list[Node] = []
    for child in inside.get(number, []):
        node = nodes[child]
        if isinstance(node, Group):
            node = _grown(child, nodes, inside, verb, pressed)
        parts.append(node)
    if number == pressed and verb == "add":
        parts.append(Condition(FIRST_FIELD, "any"))
    elif number == pressed and verb == "group":
        parts.append(Group(Combine.ANY, (Condition(FIRST_FIELD, "any"),)))
    own = nodes.get(number)
    combine = own.combine if isinstance(own, Group) else Combine.ALL
    return Group(combine, tuple(parts))


def _combine(data: QueryDict, number: int) -> Combine:
    said = data.get(f"all-{number}", "")
    return Combine(said) if said in list(Combine) else Combine.ALL


def _condition(data: QueryDict, number: int, fields: Mapping[str, Field]) -> Condition:
    key = data.get(f"field-{number}", FIRST_FIELD)
    one = fields.get(key) or registry.fields[FIRST_FIELD]
    operator = data.get(f"is-{number}", "")
    if operator not in one.operators:
        operator = next(iter(one.operators))
    values = [value[:200] for value in data.getlist(f"of-{number}") if value.strip()]
    if operator in WITHOUT_VALUES or data.get(f"was-{number}", key) != key:
        values = []
    elif one.kind == Kind.TEXT:
        values = [
            _term(part.strip()) for value in values for part in value.split(",") if part.strip()
        ]
    elif operator == "between":
        values = [end.strip() for value in values for end in value.split("..") if end.strip()]
    elif operator not in SEVERAL_VALUES:
        values = values[:1]
    return Condition(one.key, operator, tuple(values))


def _term(text: str) -> str:
    """What was typed as a term of the language: several words belong together."""
    return text if text.startswith('"') or " " not in text else f'"{text}"'


def finished(node: Node) -> Node:
    """The tree without conditions whose value was not given yet."""
    if isinstance(node, Condition):
        return node
    parts = tuple(
        finished(part)
        for part in node.parts
        if isinstance(part, Group) or part.values or part.operator in WITHOUT_VALUES
    )
    return Group(node.combine, parts)


def shown(tree: Group, fields: Mapping[str, Field], prepared: Prepared) -> Part:
    """The tree as the form shows it; names to choose from are read once for each field."""
    return _Shower(fields, prepared).part(tree)


class _Shower:
    def __init__(self, fields: Mapping[str, Field], prepared: Prepared) -> None:
        self.fields, self.prepared = fields, prepared
        self.choices: dict[str, list[tuple[str, str]]] = {}
        self.number = -1

    def part(self, node: Node) -> Part:
        self.number += 1
        if isinstance(node, Group):
            own = Part(self.number, combine=node.combine.value)
            own.parts = [self.part(part) for part in node.parts]
            return own
        one = self.fields.get(node.field)
        found = Part(self.number, field=one, operator=node.operator, chosen=list(node.values))
        joiner = ".." if node.operator == "between" else ", "
        found.value = joiner.join(node.values)
        if one is not None and one.names is not None and found.has_value:
            found.choices = self._choices(one)
        if one is not None and node.values:
            try:
                one.refuse_wrong(node)
            except QueryError as wrong:
                found.problem = wrong.sentence
        return found

    def _choices(self, one: Field) -> list[tuple[str, str]]:
        if one.key not in self.choices:
            names = one.names_for(self.prepared.searcher)
            self.choices[one.key] = names.choices() if names else []
        return self.choices[one.key]
