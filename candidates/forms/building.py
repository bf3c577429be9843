"""The filter builder's form: a tree of groups and conditions as flat fields, so that it works without JavaScript.

Each node has a number; `node-3` is "group" or "condition", `in-3` the number of the group it stands in, then
`all-3` (how a group combines) or `field-3`, `is-3`, `of-3` (a condition; as often as it has values). `more-3` is one
more value by its name, or its id; `unit-3` says what the number of a span counts. `do` is what was pressed:
`add:3`, `group:3`, `remove:5`, `drop:3:12` (a value), `again`, or `find`.
"""

import dataclasses
import re
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
from candidates.queries.search.fields import WITHOUT_VALUES
from candidates.queries.search.tree import MOST_CONDITIONS, Node

FIRST_FIELD = "tag"
# Of more names one is typed, and the browser shows those that fit.
MOST_IN_A_MENU = 30
# Groups are nodes, too.
MOST_NODES = 3 * MOST_CONDITIONS
SPANS = frozenset({"within", "not_within", "older", "next"})
UNITS = (("d", "days"), ("w", "weeks"), ("m", "months"), ("y", "years"))
_SPAN = re.compile(r"(\d{1,4})([dwmy])")
_SPAN_OR_NUMBER = re.compile(r"\d{1,4}[dwmy]?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Draft(Condition):
    """A condition that was just added, or with a name that was typed for one more value and that nothing has."""

    typed: str = ""
    is_new: bool = False


@dataclass
class Part:
    """A node as the form shows it."""

    number: int
    combine: str = ""
    parts: list["Part"] = dataclasses.field(default_factory=list)
    field: Field | None = None
    operator: str = ""
    # Each value with its name, and what can be chosen beside them.
    chosen: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    typed: str = ""
    problem: str = ""
    is_new: bool = False

    @property
    def is_group(self) -> bool:
        return bool(self.combine)

    @property
    def has_value(self) -> bool:
        return self.operator not in WITHOUT_VALUES

    @property
    def value(self) -> str:
        """The values as one types them."""
        return ", ".join(value for value, _ in self.chosen)

    @property
    def ends(self) -> list[str]:
        """One value, or the two of a range."""
        count = 2 if self.operator == "between" else 1
        return [*(value for value, _ in self.chosen), "", ""][:count]

    @property
    def is_span(self) -> bool:
        return self._is_of(Kind.DATE) and self.operator in SPANS

    @property
    def is_day(self) -> bool:
        return self._is_of(Kind.DATE) and self.operator not in SPANS

    @property
    def is_amount(self) -> bool:
        return self._is_of(Kind.NUMBER)

    def _is_of(self, kind: Kind) -> bool:
        return self.field is not None and self.field.kind == kind

    @property
    def span(self) -> tuple[str, str]:
        """The number and the unit of a span; what is none as it was typed."""
        found = _SPAN.fullmatch(self.value)
        return (found[1], found[2]) if found else (self.value, "d")

    @property
    def is_menu(self) -> bool:
        return len(self.choices) <= MOST_IN_A_MENU

    @property
    def hint(self) -> str:
        if self.field is None:
            return ""
        several = "one, or more with commas" if self.field.kind == Kind.TEXT else ""
        return self.field.hint or several


def fields_for(searcher: Searcher) -> dict[str, Field]:
    """Every field that the searcher may search by."""
    return registry.fields | custom_search_fields(None, searcher.role)


def tree_in(data: QueryDict, fields: Mapping[str, Field], searcher: Searcher) -> Group:
    """The tree in a submitted form, with what was pressed done to it. Unfinished conditions stay."""
    nodes: dict[int, Node] = {}
    inside: dict[int, list[int]] = {}
    for number in range(MOST_NODES):
        kind = data.get(f"node-{number}")
        if kind is None or data.get("do") == f"remove:{number}":
            continue
        parent = data.get(f"in-{number}", "")
        if number and parent.isdecimal() and int(parent) < number:
            inside.setdefault(int(parent), []).append(number)
        if kind == "group":
            nodes[number] = Group(_combine(data, number))
        else:
            nodes[number] = _condition(data, number, fields, searcher)
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
        parts.append(Draft(FIRST_FIELD, "any", is_new=True))
    elif number == pressed and verb == "group":
        parts.append(Group(Combine.ANY, (Draft(FIRST_FIELD, "any", is_new=True),)))
    own = nodes.get(number)
    combine = own.combine if isinstance(own, Group) else Combine.ALL
    return Group(combine, tuple(parts))


def _combine(data: QueryDict, number: int) -> Combine:
    said = data.get(f"all-{number}", "")
    return Combine(said) if said in list(Combine) else Combine.ALL


def _condition(
    data: QueryDict, number: int, fields: Mapping[str, Field], searcher: Searcher
) -> Condition:
    key = data.get(f"field-{number}", FIRST_FIELD)
    one = fields.get(key) or registry.fields[FIRST_FIELD]
    operator = data.get(f"is-{number}", "")
    if operator not in one.operators:
        operator = next(iter(one.operators))
    if operator in WITHOUT_VALUES or data.get(f"was-{number}", key) != key:
        return Condition(one.key, operator)
    dropped = data.get("do", "").removeprefix(f"drop:{number}:")
    values = [value[:200].strip() for value in data.getlist(f"of-{number}")]
    values = [value for value in values if value and value != dropped]
    if one.is_named:
        return _named(one, operator, values, data.get(f"more-{number}", "")[:200], searcher)
    return Condition(one.key, operator, _plain(one, operator, values, data.get(f"unit-{number}")))


def _named(
    one: Field, operator: str, values: list[str], more: str, searcher: Searcher
) -> Condition:
    """The values that are chosen, and one more by its id or its name."""
    names = one.names_for(searcher)
    if not (more := more.strip()) or names is None:
        return Condition(one.key, operator, tuple(values))
    found = more if names.of([more]) else names.find([more]).get(more)
    if found is None:
        return Draft(one.key, operator, tuple(values), typed=more)
    return Condition(one.key, operator, tuple(dict.fromkeys([*values, found])))


def _plain(one: Field, operator: str, values: list[str], unit: str | None) -> tuple[str, ...]:
    """Words, days and amounts as the language has them."""
    if one.kind == Kind.TEXT:
        parts = [part.strip() for value in values for part in value.split(",")]
        return tuple(term for part in parts if (term := _term(part)))
    if one.kind == Kind.DATE:
        # What was written for another comparison is no day, or no span.
        other = _DAY if operator in SPANS else _SPAN_OR_NUMBER
        values = [value for value in values if not other.fullmatch(value)]
        if operator in SPANS and unit in dict(UNITS):
            values = [f"{value}{unit}" if value.isdecimal() else value for value in values]
    return tuple(values[: 2 if operator == "between" else 1])


def _term(text: str) -> str:
    """What was typed as a term of the language: several words belong together."""
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    words = " ".join(text.replace('"', " ").split())
    return f'"{words}"' if is_quoted or " " in words else words


def finished(node: Node) -> Node:
    """The tree without conditions whose value was not given yet."""
    if isinstance(node, Condition):
        return node
    parts = tuple(
        finished(part) for part in node.parts if isinstance(part, Group) or _is_whole(part)
    )
    return Group(node.combine, parts)


def _is_whole(one: Condition) -> bool:
    needed = 2 if one.operator == "between" else 1
    return one.operator in WITHOUT_VALUES or len(one.values) >= needed


def shown(
    tree: Group, fields: Mapping[str, Field], prepared: Prepared
) -> tuple[Part, dict[str, list[tuple[str, str]]]]:
    """The tree as the form shows it, and by field the names that one types; they are read once for each field."""
    shower = _Shower(fields, prepared)
    root = shower.part(tree)
    many = {key: names for key, names in shower.choices.items() if len(names) > MOST_IN_A_MENU}
    return root, many


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
        found = Part(self.number, field=one, operator=node.operator)
        known = self.prepared.names
        is_named = one is not None and one.is_named
        for value in node.values:
            name = known.get((node.field, value), "gone" if is_named else value)
            found.chosen.append((value, name))
        if one is not None and one.is_named and found.has_value:
            found.choices = self._choices(one)
        found.is_new = isinstance(node, Draft) and node.is_new
        if isinstance(node, Draft) and node.typed and one is not None:
            found.typed = node.typed
            found.problem = f"There is no {one.label.lower()} “{node.typed}”."
        if one is not None and _is_whole(node):
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
