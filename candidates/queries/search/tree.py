"""What is asked for: one tree of conditions in groups, whoever asks: a list, a pool, a rule.

As JSON a group is `{"all": […]}`, `{"any": […]}` or `{"none": […]}`; a condition is
`{"field": "tag", "is": "any", "of": ["12"]}`. Fields, operators and values: `candidates.queries.search.fields`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_CONDITIONS = 100
MOST_VALUES = 500
MOST_LIKE = 10
DEEPEST = 12
LONGEST_VALUE = 200


class QueryError(ValueError):
    """What is wrong with a query, as a sentence for the user; `at` and `length` say where in the text."""

    def __init__(self, sentence: str, *, at: int = 0, length: int = 0) -> None:
        super().__init__(sentence)
        self.sentence, self.at, self.length = sentence, at, length


class Combine(StrEnum):
    """How the parts of a group belong together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True)
class Condition:
    """One statement about a person: the field, how it is compared, and with what."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Parts of which all, at least one, or none must hold. Without parts it says nothing: everybody."""

    combine: Combine = Combine.ALL
    parts: tuple["Node", ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)


Node = Condition | Group
NOTHING_SAID = Group()
# What the opposite of an operator is called.
OPPOSITES = {
    "any": "none",
    "set": "empty",
    "within": "not_within",
    "yes": "no",
    "none": "any",
    "empty": "set",
    "not_within": "within",
    "no": "yes",
}
NEGATIONS = frozenset({"none", "empty", "not_within", "no"})


def conditions_of(node: Node) -> Iterator[Condition]:
    """Every condition in the tree, from left to right."""
    if isinstance(node, Condition):
        yield node
    else:
        for part in node.parts:
            yield from conditions_of(part)


def simplified(node: Node) -> Group:
    """The same tree without empty groups, groups of one, and groups inside groups of their own kind.

    The answer is an ALL group; two trees that are written alike are equal.
    """
    found = _simple(node)
    if found is None:
        return NOTHING_SAID
    if isinstance(found, Group) and found.combine == Combine.ALL:
        return found
    return Group(Combine.ALL, (found,))


def negated(node: Node) -> Node:
    """The opposite of a simple node."""
    if isinstance(node, Condition):
        opposite = OPPOSITES.get(node.operator)
        return (
            Condition(node.field, opposite, node.values)
            if opposite
            else Group(Combine.NONE, (node,))
        )
    if node.combine == Combine.ANY:
        return Group(Combine.NONE, node.parts)
    if node.combine == Combine.NONE:
        return node.parts[0] if len(node.parts) == 1 else Group(Combine.ANY, node.parts)
    return Group(Combine.NONE, (node,))


def _simple(node: Node) -> Node | None:
    if isinstance(node, Condition):
        is_any = node.operator == "all" and len(node.values) == 1
        return Condition(node.field, "any", node.values) if is_any else node
    parts: list[Node] = []
    # A part of the same kind is taken in; "none of (a or b)" is "none of a, b".
    taken_in = Combine.ANY if node.combine == Combine.NONE else node.combine
    for part in map(_simple, node.parts):
        if isinstance(part, Group) and part.combine == taken_in:
            parts += part.parts
        elif part is not None:
            parts.append(part)
    if not parts:
        return None
    if node.combine == Combine.NONE:
        return negated(parts[0]) if len(parts) == 1 else Group(Combine.NONE, tuple(parts))
    return parts[0] if len(parts) == 1 else Group(node.combine, tuple(parts))


def as_json(node: Node) -> dict[str, Any]:
    """The tree as plain data."""
    if isinstance(node, Condition):
        return {"field": node.field, "is": node.operator, "of": list(node.values)}
    return {node.combine.value: [as_json(part) for part in node.parts]}


def from_json(data: object) -> Group:
    """The tree in plain data; refuses what is none, with a sentence. Nothing stored is trusted to be well-formed."""
    tree = simplified(_read(data, 0))
    refuse_large(tree)
    return tree


def refuse_large(tree: Group) -> None:
    """Raise QueryError for what could not be stored and read again: the same for whoever makes a tree."""
    conditions = list(conditions_of(tree))
    if len(conditions) > MOST_CONDITIONS:
        raise QueryError(f"A search has at most {MOST_CONDITIONS} conditions.")
    if any(len(one.values) > MOST_VALUES for one in conditions):
        raise QueryError(f"A condition names at most {MOST_VALUES} values.")
    # Each is compared with the words of everybody.
    if sum(value.endswith("~") for one in conditions for value in one.values) > MOST_LIKE:
        raise QueryError(
            f"A search looks for at most {MOST_LIKE} words by their likeness. Take some ~ away."
        )
    if _depth(tree) > DEEPEST:
        raise QueryError(f"Groups lie at most {DEEPEST} deep. Take some parentheses away.")


def _depth(node: Node) -> int:
    if isinstance(node, Condition):
        return 0
    return 1 + max(map(_depth, node.parts), default=0)


def _read(data: object, depth: int) -> Node:
    if depth > DEEPEST:
        raise QueryError(f"Groups lie at most {DEEPEST} deep. Take some parentheses away.")
    if isinstance(data, dict) and len(data) == 1:
        ((kind, parts),) = data.items()
        if kind in list(Combine) and isinstance(parts, list):
            return Group(Combine(kind), tuple(_read(part, depth + 1) for part in parts))
    if isinstance(data, dict) and data.keys() == {"field", "is", "of"}:
        field, operator, values = data["field"], data["is"], data["of"]
        texts = [field, operator, *values] if isinstance(values, list) else [None]
        if all(isinstance(text, str) and len(text) <= LONGEST_VALUE for text in texts):
            if len(values) > MOST_VALUES:
                raise QueryError(f"A condition names at most {MOST_VALUES} values.")
            return Condition(field, operator, tuple(values))
    raise QueryError("This search cannot be read. Build it again.")
