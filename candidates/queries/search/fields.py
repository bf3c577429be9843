"""The fields that people are searched by: one registry for the language, the builder, pools and rules.

An app registers its fields in `AppConfig.ready()` (`candidates/search_fields.py` and its kind in higher apps):

    register(Field("tag", "Tag", Kind.REFERENCE, "Person", of_rows(CandidateTagSearch, "tag"), names=TAGS, is_many=True))

`match(condition, searcher)` gives the condition on `CandidateSearch` for a positive operator; negations are made
of it here. It may name search views only (`SearchView`): an ordinary table would take the index away from
every word that is searched for beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q

from candidates.queries.search.searcher import Searcher
from candidates.queries.search.terms import read_term
from candidates.queries.search.tree import NEGATIONS, OPPOSITES, Condition, QueryError
from candidates.queries.search.values import Names, amount_of, day_of, days_of

Match = Callable[[Condition, Searcher], Q]


class Kind(StrEnum):
    """What a field holds, and so how it is compared."""

    TEXT = "text"
    REFERENCE = "reference"
    CHOICE = "choice"
    DATE = "date"
    NUMBER = "number"
    YES_NO = "yes_no"
    # Whatever the field's own `check` takes, such as a place and a distance.
    FREE = "free"


_LISTS = {"any": "is any of", "all": "is all of", "none": "is none of"}
_TEXTS = {"any": "has", "all": "has all of", "none": "has none of"}
_KNOWN = {"set": "is known", "empty": "is not known"}
# Operators by kind, with what the builder calls them.
OPERATORS: dict[Kind, dict[str, str]] = {
    Kind.TEXT: _TEXTS | _KNOWN,
    Kind.REFERENCE: _LISTS | _KNOWN,
    Kind.CHOICE: _LISTS | _KNOWN,
    Kind.DATE: {
        "within": "in the last",
        "not_within": "not in the last",
        "older": "longer ago than",
        "next": "in the next",
        "from": "from",
        "before": "before",
        "on": "on",
        "between": "between",
        **_KNOWN,
    },
    Kind.NUMBER: {
        "at_least": "at least",
        "at_most": "at most",
        "between": "between",
        "equals": "exactly",
        **_KNOWN,
    },
    Kind.YES_NO: {"yes": "yes", "no": "no"},
    Kind.FREE: {"any": "is", "none": "is not"},
}
WITHOUT_VALUES = frozenset({"set", "empty", "yes", "no"})
SEVERAL_VALUES = frozenset({"any", "all", "none"})


@dataclass(frozen=True)
class Field:
    """One field. `is_many`: a person has several values of it.

    `names` of references and choices; a function gives those that the searcher may know.
    """

    key: str
    label: str
    kind: Kind
    group: str
    match: Match
    names: Names | Callable[[Searcher], Names] | None = None
    is_many: bool = False
    # Whether it can be unknown, and whether its days lie ahead (None: on both sides of today).
    can_be_empty: bool = True
    is_ahead: bool | None = False
    # Says what is wrong with a value, or nothing; and what the value of a FREE field looks like.
    check: Callable[[str], str] | None = None
    hint: str = ""
    # What may follow a bare value in a search text and belong to it, as a regular expression.
    tail: str = ""

    @property
    def operators(self) -> dict[str, str]:
        """The operators that make sense for this field, with their names."""
        found = dict(OPERATORS[self.kind])
        if not self.is_many:
            found.pop("all", None)
            if self.kind in {Kind.REFERENCE, Kind.CHOICE}:
                found |= {"any": "is", "none": "is not"}
        if not self.can_be_empty:
            for name in _KNOWN:
                found.pop(name, None)
        if self.kind == Kind.DATE and self.is_ahead is not None:
            for name in ("within", "not_within", "older") if self.is_ahead else ("next",):
                found.pop(name)
        return found

    @property
    def is_named(self) -> bool:
        """Whether its values are things with names: templates cannot ask `names`, which may be a function."""
        return self.names is not None

    def names_for(self, searcher: Searcher) -> Names | None:
        """The names of the field's values, as far as the searcher may know them."""
        return self.names(searcher) if callable(self.names) else self.names

    def condition(self, asked: Condition, searcher: Searcher) -> Q:
        """`asked`, which `refuse_wrong` has let pass, as a condition on `CandidateSearch`."""
        if asked.operator in NEGATIONS:
            positive = Condition(asked.field, OPPOSITES[asked.operator], asked.values)
            return ~self.match(positive, searcher)
        return self.match(asked, searcher)

    def refuse_wrong(self, asked: Condition) -> None:
        """Raise QueryError, with a sentence, if the field cannot be compared like that."""
        if asked.operator == "all" and not self.is_many:
            raise QueryError(
                f"A person has one {self.label.lower()}: write a comma between several to find any of them."
            )
        if asked.operator not in self.operators:
            raise QueryError(f"“{self.label}” cannot be compared by “{asked.operator}”.")
        needed = 2 if asked.operator == "between" else 1
        if asked.operator in WITHOUT_VALUES:
            needed = 0
        if len(asked.values) < needed or any(not value for value in asked.values):
            raise QueryError(f"“{self.label} {self.operators[asked.operator]}” needs a value.")
        if len(asked.values) > needed and asked.operator not in SEVERAL_VALUES:
            raise QueryError(f"“{self.label}” takes one value here.")
        for value in asked.values:
            self._refuse_value(asked.operator, value)

    def _refuse_value(self, operator: str, value: str) -> None:
        try:
            if self.kind == Kind.TEXT:
                read_term(value)
            elif self.kind == Kind.NUMBER:
                amount_of(value)
            elif self.kind == Kind.DATE:
                relative = operator in {"within", "not_within", "older", "next"}
                (days_of if relative else day_of)(value)
        except QueryError:
            raise
        except ValueError as wrong:
            raise QueryError(f"{self.label}: “{value}” cannot be read. {wrong}") from None
        if self.check and (problem := self.check(value)):
            raise QueryError(problem)


@dataclass
class Registry:
    """The fields that the apps have registered, in their order."""

    fields: dict[str, Field] = field(default_factory=dict)


registry = Registry()


def register(*fields: Field) -> None:
    """Let people be searched by these fields."""
    for one in fields:
        if one.key in registry.fields:
            raise ValueError(f"There is a field “{one.key}” already.")
        registry.fields[one.key] = one
