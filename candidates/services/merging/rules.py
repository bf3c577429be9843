"""What each app does with its rows when people are merged; apps above this one register theirs in `ready()`.

A model that belongs to people and has no rule here fails a test: it would be lost with the record that goes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from crm.accounts.models import User


@dataclass(frozen=True)
class Merge:
    """Who stays, who goes into that record (the oldest first), and who does it."""

    survivor: int
    losers: tuple[int, ...]
    by: User | None

    @property
    def everybody(self) -> list[int]:
        return [self.survivor, *self.losers]


Rule = Callable[[Merge], None]


@dataclass(frozen=True)
class MergeRules:
    """One app's: a rule for each model, called in this order, and what is locked before."""

    rules: Mapping[type[models.Model], Rule]
    lock: Callable[[Sequence[int]], Any] | None = None
    # Sentences for whoever is about to merge: what will end, what goes on.
    foretell: Callable[[Sequence[int]], list[str]] | None = None


# The lowest first: what sends is locked before what it sends to.
_registered: dict[int, MergeRules] = {}


def register_rules(rules: MergeRules, *, order: int) -> None:
    """Let an app's rules be followed, those of lower `order` first."""
    _registered[order] = rules


def all_rules() -> list[MergeRules]:
    return [rules for _, rules in sorted(_registered.items())]


def lock_above(candidate_ids: Sequence[int]) -> None:
    """Lock what the apps above hold of these people: before the people, as everything does that locks both."""
    for rules in all_rules():
        if rules.lock:
            rules.lock(candidate_ids)


def foretold(candidate_ids: Sequence[int]) -> list[str]:
    """What merging these people would end, as sentences of all apps."""
    return [
        sentence
        for rules in all_rules()
        if rules.foretell
        for sentence in rules.foretell(candidate_ids)
    ]


def follow(merge: Merge) -> None:
    """The rule of rows that hang on another row of the person: they go where that goes."""
