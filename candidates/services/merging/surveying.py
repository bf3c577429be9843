"""Which groups of the queue are sure enough to be merged without a look at each, and which are not, and why.

Writes nothing: what it says is promised before, and asked again for each group when its turn has come.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import models

from candidates.models import Candidate, DuplicatePair
from candidates.services.duplicates.grouping import (
    MOST_OF_A_GROUP,
    groups_of,
    pairs_around,
    people_of,
    told_apart,
)
from candidates.services.duplicates.scoring import IDENTIFYING, is_identified

# Groups that one change set takes: its undo is one transaction.
MOST_GROUPS = 2000
# Pairs that are looked at for them: of most groups there is one, of the largest there are dozens.
MOST_PAIRS = 5 * MOST_GROUPS
EITHER = "One of these records may be either of two people who were told apart."
CHAIN = f"They hang together with others, more than {MOST_OF_A_GROUP} records in all."
CHANGED = "They changed meanwhile, and are no longer as sure."

Group = list[DuplicatePair]


@dataclass
class Survey:
    """The groups that are that sure, the surest first, each with its surest pair first."""

    sure: list[Group] = field(default_factory=list)
    # With the reason why somebody has to look at them.
    left: list[tuple[Group, str]] = field(default_factory=list)
    # How many sure ones are too many for one change set.
    beyond: int = 0

    def about(self, leader: DuplicatePair) -> tuple[Group, str]:
        """The group that this pair leads, and why it is not to be merged: empty where it is."""
        told = [*((group, "") for group in self.sure), *self.left]
        return next((found for found in told if found[0][0] == leader), ([leader], CHANGED))


@dataclass(frozen=True)
class Left:
    """A group that is not merged, as it is shown."""

    people: list[Candidate]
    confidence: int
    reason: str


def sure_pairs(at_least: int) -> "models.QuerySet[DuplicatePair]":
    """Pairs that are sure enough, and share what names a person, the surest first."""
    identified = models.Q()
    for kind in IDENTIFYING:
        identified |= models.Q(reasons__contains=[[kind]])
    pairs = DuplicatePair.objects.filter(identified, confidence__gte=at_least)
    return pairs.order_by("-confidence", "-pk")


def survey(at_least: int, leaders: Iterable[DuplicatePair] | None = None) -> Survey:
    """The groups of these pairs, of all sure ones without any.

    Whoever hangs on by a weaker pair, or by one that shares no identifier, is not in a group: a look is for that.
    """
    pairs = list(sure_pairs(at_least)[:MOST_PAIRS] if leaders is None else leaders)
    around = pairs_around(people_of(pairs))
    either = _between(around)
    found = Survey()
    taken: set[int] = set()
    groups = groups_of(
        pair for pair in around if pair.confidence >= at_least and is_identified(pair.reasons)
    )
    for group in sorted(groups, key=lambda group: (-group[0].confidence, -group[0].pk)):
        people = set(people_of(group))
        if not either.isdisjoint(people):
            found.left.append((group, EITHER))
        elif not taken.isdisjoint(people):
            found.left.append((group, CHAIN))
        elif len(found.sure) == MOST_GROUPS:
            found.beyond += 1
        else:
            found.sure.append(group)
        taken |= people
    return found


def _between(pairs: Sequence[DuplicatePair]) -> set[int]:
    """Who may be one with two of these people of whom somebody said that they are two."""
    near: dict[int, set[int]] = defaultdict(set)
    for pair in pairs:
        near[pair.candidate_id].add(pair.other_id)
        near[pair.other_id].add(pair.candidate_id)
    apart = told_apart(near)
    return {
        pk
        for pk, others in near.items()
        if any(apart[one] & others for one in others & apart.keys())
    }


def show_left(left: Iterable[tuple[Group, str]]) -> list[Left]:
    """These groups with their people, in two queries for however many."""
    left = list(left)
    people = Candidate.objects.in_bulk({pk for group, _ in left for pk in people_of(group)})
    return [
        Left([people[pk] for pk in people_of(group)], group[0].confidence, reason)
        for group, reason in left
    ]
