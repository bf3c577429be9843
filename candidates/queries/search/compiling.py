"""From a tree to people: names are looked up, what is gone is said, and the rest becomes one condition.

A query with anything unknown in it finds nobody: a tag that was deleted must neither widen a pool to
everybody nor turn "none of" into all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q, QuerySet

from candidates.models import CandidateSearch
from candidates.queries.search.custom import custom_search_fields, family_of
from candidates.queries.search.fields import Field, Kind, registry
from candidates.queries.search.matching import NOBODY
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.terms import digits_of
from candidates.queries.search.tree import (
    NOTHING_SAID,
    Combine,
    Condition,
    Group,
    Node,
    QueryError,
    as_json,
    conditions_of,
    from_json,
)

SORTS = {
    "": ("-created_at", "-id"),
    "touched": ("-last_touched_at", "-id"),
    "untouched": ("last_touched_at", "id"),
    "warmest": ("-heat", "-id"),
}


@dataclass(frozen=True)
class PeopleQuery:
    """Which people, in which order: what lists, exports, bulk acts, saved searches, pools and rules hold."""

    where: Group = NOTHING_SAID
    sort: str = ""

    def __bool__(self) -> bool:
        return bool(self.where)

    def as_json(self) -> dict[str, Any]:
        """To be stored; `from_json` reads it."""
        return {"where": as_json(self.where), "sort": self.sort}

    @classmethod
    def from_json(cls, data: Any) -> "PeopleQuery":
        """What `as_json` gave. Raises QueryError for anything else."""
        if not isinstance(data, dict):
            raise QueryError("This search cannot be read. Build it again.")
        sort = data.get("sort", "")
        return cls(from_json(data.get("where")), sort if sort in SORTS else "")


def words_query(text: str, *, sort: str = "") -> PeopleQuery:
    """People whose record, notes or résumé hold every word of `text`: no operators, no prefixes."""
    text = text[:200]
    if digits_of(text.strip()):
        # A telephone number is one, however it is spaced.
        return PeopleQuery(
            Group(Combine.ALL, (Condition("text", "any", (f'"{text.strip()}"',)),)), sort
        )
    words = [word.strip('"*~') for word in text.split()[:8]]
    terms = [word for word in words if any(letter.isalnum() for letter in word)]
    if len(terms) < len(words) and not terms:
        return PeopleQuery(Group(Combine.ALL, (Condition("text", "any", (text,)),)), sort)
    return PeopleQuery(
        Group(Combine.ALL, tuple(Condition("text", "any", (term,)) for term in terms)), sort
    )


# How a problem ends that a search has, and a rule has not.
_FINDS_NOBODY = ": nobody is found."


@dataclass
class Prepared:
    """A query whose names are known: `problems` says what is wrong with it, `names` what its values are called."""

    query: PeopleQuery
    searcher: Searcher
    fields: dict[str, Field]
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> str:
        """The first problem, without what follows from it where people are looked for; empty if there is none."""
        return self.problems[0].replace(_FINDS_NOBODY, ".") if self.problems else ""

    def people(self) -> "QuerySet[CandidateSearch]":
        """Ids and sort keys of the people, in no order. Never join this with a table."""
        found = CandidateSearch.objects.only("id", "created_at", "last_touched_at", "heat")
        own = self.searcher.own_people()
        if own is not None:
            found = found.filter(pk__in=own)
        return found.filter(self.condition()) if self.query or self.problems else found

    def condition(self) -> Q:
        """The query as a condition on `CandidateSearch`."""
        return NOBODY if self.problems else self._of(self.query.where)

    def _of(self, node: Node) -> Q:
        if isinstance(node, Condition):
            return self._condition(node)
        parts = [self._of(part) for part in node.parts]
        whole = Q()
        for part in parts:
            whole = whole & part if node.combine == Combine.ALL else whole | part
        return ~whole if node.combine == Combine.NONE else whole

    def _condition(self, asked: Condition) -> Q:
        field = self.fields[asked.field]
        if asked.operator == "all" and field.names and any(map(is_beginning, asked.values)):
            # Of the names that begin so, any will do.
            each = tuple(replace(asked, operator="any", values=(value,)) for value in asked.values)
            return self._of(Group(Combine.ALL, each))
        return field.condition(self._resolved(asked), self.searcher)

    def _resolved(self, asked: Condition) -> Condition:
        """ "me" as an id, and names that begin so (`py*`) as the ids that they are now."""
        names = self.fields[asked.field].names_for(self.searcher)
        if names is None:
            return asked
        values: list[str] = []
        for value in asked.values:
            if is_beginning(value):
                values += names.beginning(value[:-1])
            elif value == "me" and self.searcher.user is not None:
                values.append(str(self.searcher.user.pk))
            else:
                values.append(value)
        return replace(asked, values=tuple(values))


def is_beginning(value: str) -> bool:
    """Whether a value of a reference stands for all names that begin so."""
    return len(value) > 1 and value.endswith("*")


def prepare(query: PeopleQuery, *, searcher: Searcher) -> Prepared:
    """Look up what the query names: one query for each kind of name in it, none for words and days."""
    asked = list(conditions_of(query.where))
    prepared = Prepared(query, searcher, fields_of((one.field for one in asked), searcher))
    by_field: dict[str, list[str]] = {}
    for one in asked:
        found = prepared.fields.get(one.field)
        if found is None:
            prepared.problems.append(_unknown(one.field))
            continue
        try:
            found.refuse_wrong(one)
        except QueryError as wrong:
            prepared.problems.append(wrong.sentence)
        if found.names is not None:
            by_field.setdefault(one.field, []).extend(one.values)
    for key, values in by_field.items():
        _name(prepared, prepared.fields[key], values)
    prepared.problems = list(dict.fromkeys(prepared.problems))
    return prepared


def fields_of(keys: Iterable[str], searcher: Searcher) -> dict[str, Field]:
    """The fields with these keys, as far as they exist and the searcher may see them."""
    wanted = set(keys)
    found = {key: registry.fields[key] for key in wanted if key in registry.fields}
    custom = {key for key in wanted if family_of(key)}
    return found | (custom_search_fields(custom, searcher.role) if custom else {})


def _unknown(key: str) -> str:
    family = family_of(key)
    name = key.removeprefix(family.prefix) if family else key
    return f"The field “{name}” is not there any more, or you may not see it{_FINDS_NOBODY}"


def _name(prepared: Prepared, one: Field, values: list[str]) -> None:
    names = one.names_for(prepared.searcher)
    assert names is not None  # noqa: S101 - the caller asks for such fields only
    exact = {value for value in values if not is_beginning(value)}
    known = names.of(exact) if exact else {}
    noun = one.label.lower()
    article = "An" if noun[:1] in "aeiou" else "A"
    for value in values:
        if is_beginning(value):
            prepared.names[one.key, value] = value
        elif value in known:
            prepared.names[one.key, value] = known[value]
        else:
            prepared.problems.append(
                f"{article} {noun} that this search names is not there any more{_FINDS_NOBODY}"
            )
    if one.kind == Kind.REFERENCE and "me" in exact and prepared.searcher.user is None:
        prepared.problems.append("Say who “me” is: this is not searched for one person alone.")


def find_people(query: PeopleQuery, *, searcher: Searcher) -> "QuerySet[CandidateSearch]":
    """The people that `query` describes, as far as `searcher` may find them; nobody if it has problems.

    Ids and sort keys through the fence, in no order: slice it, count it capped, or read its ids; never join it.
    """
    return prepare(query, searcher=searcher).people()
