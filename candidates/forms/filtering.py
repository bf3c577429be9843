"""The list's search as it stands in its address: what cannot be read finds nobody, and says where it is wrong.

`q` is what was typed, `where` what the filter builder wrote; both in the text language. `tag`, `pool`, `owner`
and `status` with an id or a code are the quick filters, and what other pages link to.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from candidates.queries.search import (
    SORTS,
    Combine,
    Condition,
    Group,
    PeopleQuery,
    Prepared,
    QueryError,
    Searcher,
    parse,
    prepare,
    registry,
    simplified,
    write,
)
from candidates.queries.search.tree import Node

# Of shorter words everything looks similar.
SHORTEST_GUESSED = 4
TEXTS = ("q", "where")
QUICK = ("tag", "pool", "owner", "status")
# What stands in quotes is passed over.
_SMALL_SIGN = re.compile(r'"[^"]*"|(?<=\S )(?P<sign>or|and)(?= \S)')
UNREADABLE = "The search cannot be read: nobody is found."


@dataclass(frozen=True)
class Asked:
    """What an address asks for: each of its parts as a tree, and what is wrong with its texts."""

    searcher: Searcher
    sort: str = ""
    parts: Mapping[str, Group] = field(default_factory=dict)
    errors: Mapping[str, QueryError] = field(default_factory=dict)

    @property
    def query(self) -> PeopleQuery:
        where = simplified(Group(Combine.ALL, tuple(self.parts.values())))
        return PeopleQuery(where, self.sort)

    def __bool__(self) -> bool:
        return bool(self.errors) or bool(self.query)

    def prepared(self) -> Prepared:
        """The query with its names looked up; one that cannot be read finds nobody."""
        found = prepare(self.query, searcher=self.searcher)
        if self.errors:
            found.problems.insert(0, UNREADABLE)
        return found

    def pieces(self) -> Iterator[tuple[str, Node]]:
        """What stands side by side in the search, each with the parameter that says it."""
        for name, tree in self.parts.items():
            for part in tree.parts:
                yield name, part

    def without(self, name: str, piece: Node) -> Group:
        """The tree of one parameter without one of its pieces."""
        tree = self.parts[name]
        return replace(tree, parts=tuple(part for part in tree.parts if part is not piece))


def asked_from(data: Mapping[str, str], *, searcher: Searcher) -> Asked:
    """The search in a query string."""
    parts: dict[str, Group] = {}
    errors: dict[str, QueryError] = {}
    for name in QUICK:
        if value := data.get(name, "")[:40].replace("\0", "").strip():
            parts[name] = Group(Combine.ALL, (_quick(name, value),))
    for name in TEXTS:
        try:
            parts[name] = parse(data.get(name, "").replace("\0", ""), searcher=searcher)
        except QueryError as wrong:
            errors[name] = wrong
    sort = data.get("sort", "")
    return Asked(searcher, sort if sort in SORTS else "", parts, errors)


def _quick(name: str, value: str) -> Condition:
    if name == "owner" and value == "none":
        return Condition("owner", "empty")
    return Condition(name, "any", (value,))


def similar(asked: Asked, prepared: Prepared, data: QueryDict) -> tuple[Prepared, QueryDict] | None:
    """The same search as it may have been meant, if it finds anybody; and its address.

    Tried in turn: "or" and "and" in small letters as signs; other words for a skill as the skill; words that look
    like those in the box.
    """
    typed = data.get("q", "")
    if prepared.problems or "q" not in asked.parts or not asked.parts["q"]:
        return None
    said = asked.parts["q"].parts
    meant = _skills_meant(said, asked.searcher)
    guesses = [
        _in_capitals(typed),
        _written(tuple(meant.get(part, part) for part in said), asked.searcher),
        _written(tuple(meant.get(part) or _like(part) for part in said), asked.searcher),
    ]
    tried = {typed, _written(said, asked.searcher)}
    for guess in guesses:
        if guess in tried:
            continue
        tried.add(guess)
        changed = data.copy()
        changed["q"] = guess
        loose = asked_from(changed, searcher=asked.searcher).prepared()
        if not loose.problems and loose.people().exists():
            return loose, changed
    return None


def _written(parts: tuple[Node, ...], searcher: Searcher) -> str:
    named = prepare(PeopleQuery(Group(Combine.ALL, parts)), searcher=searcher)
    return write(named.query.where, fields=named.fields, names=named.names)


def _in_capitals(text: str) -> str:
    """The text with "or" and "and" between words as the signs that they are in most search boxes."""
    return _SMALL_SIGN.sub(lambda found: found[0].upper() if found["sign"] else found[0], text)


def _skills_meant(parts: Iterable[Node], searcher: Searcher) -> dict[Node, Node]:
    """The plain words that are other words for skills people have, each as the condition on that skill. Two queries."""
    plain = {
        part.values[0]: part for part in parts if isinstance(part, Condition) and _is_plain(part)
    }
    names = registry.fields["skill"].names_for(searcher)
    found = names.find(plain) if names is not None and plain else {}
    return {plain[word]: Condition("skill", "any", (pk,)) for word, pk in found.items()}


def _is_plain(part: Condition) -> bool:
    return (
        (part.field, part.operator) == ("text", "any")
        and len(part.values) == 1
        and part.values[0][:1] != '"'
        and part.values[0][-1:] not in {"*", "~"}
    )


def _like(part: Node) -> Node:
    """A plain word of some length as one that may be misspelled; everything else as it is."""
    if isinstance(part, Group) or not _is_plain(part):
        return part
    (word,) = part.values
    return (
        replace(part, values=(f"{word}~",))
        if len(word) >= SHORTEST_GUESSED and word.isalpha()
        else part
    )
