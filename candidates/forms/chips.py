"""The search in words: a chip for each thing that is asked for, and errors with their place."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict

from candidates.forms.filtering import Asked
from candidates.queries.search import Combine, Condition, Group, Prepared, write
from candidates.queries.search.tree import Node

MOST_SHOWN = 3
# So much of the text is shown on each side of what is wrong.
AROUND = 40


@dataclass(frozen=True)
class Chip:
    """Something that is asked for: what it says, and the address of the list without it."""

    label: str
    operator: str
    value: str
    without: str

    def __str__(self) -> str:
        return " ".join(filter(None, [self.label, self.operator, self.value]))


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a text, and the text around its place: before, the place itself, after."""

    sentence: str
    before: str
    place: str
    after: str


def errors_of(asked: Asked, data: QueryDict) -> list[Mistake]:
    """The errors in the texts of the address, each pointing at its place."""
    found = []
    for name, error in asked.errors.items():
        text, end = data.get(name, ""), error.at + max(error.length, 1)
        before, after = text[: error.at], text[end:]
        found.append(
            Mistake(
                error.sentence,
                before if len(before) <= AROUND else f"…{before[-AROUND:]}",
                text[error.at : end] or " ",
                after if len(after) <= AROUND else f"{after[:AROUND]}…",
            )
        )
    return found


def chips_of(asked: Asked, prepared: Prepared, data: QueryDict) -> list[Chip]:
    """A chip for each thing that stands in the search, but for the words in the box."""
    chips = []
    for name, piece in asked.pieces():
        if name == "q" and isinstance(piece, Condition) and piece.field == "text":
            continue
        others = data.copy()
        others.pop("cursor", None)
        rest = asked.without(name, piece)
        if rest.parts:
            others[name] = write(rest, fields=prepared.fields, names=prepared.names)
        else:
            others.pop(name, None)
        label, operator, value = in_words(piece, prepared)
        chips.append(Chip(label, operator, value, f"?{others.urlencode()}"))
    return chips


def in_words(node: Node, prepared: Prepared) -> tuple[str, str, str]:
    """A piece of a search as field, comparison and value; groups in one value."""
    if isinstance(node, Group):
        joined = " or ".join(_whole(part, prepared) for part in node.parts)
        if node.combine == Combine.ALL:
            joined = " and ".join(_whole(part, prepared) for part in node.parts)
        return ("Any", "of", joined) if node.combine != Combine.NONE else ("None", "of", joined)
    field = prepared.fields.get(node.field)
    if field is None:
        return node.field, "is", "gone"
    values = [prepared.names.get((node.field, value), value) for value in node.values]
    if field.names is not None:
        gone = {v for v in node.values if (node.field, v) not in prepared.names}
        values = ["gone" if v in gone else n for v, n in zip(node.values, values, strict=True)]
    joiner = " to " if node.operator == "between" else " and " if node.operator == "all" else " or "
    shown = values[:MOST_SHOWN]
    if len(values) > MOST_SHOWN:
        shown.append(f"{len(values) - MOST_SHOWN} more")
    operator = field.operators.get(node.operator, node.operator)
    if len(values) == 1 and field.names is not None:
        operator = {"any": "is", "none": "is not"}.get(node.operator, operator)
    return field.label, operator, joiner.join(shown)


def _whole(node: Node, prepared: Prepared) -> str:
    return " ".join(filter(None, _spelled(node, prepared)))


def _spelled(node: Node, prepared: Prepared) -> Iterator[str]:
    if isinstance(node, Group):
        yield f"({in_words(node, prepared)[2]})"
    elif node.field == "text":
        yield from node.values
    else:
        yield from in_words(node, prepared)
