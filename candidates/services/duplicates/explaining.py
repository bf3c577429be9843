"""Why people are taken for one, pair by pair, weighed as they are now: also pairs that the queue does not hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from candidates.models import Candidate
from candidates.services.duplicates.keys import (
    blocks_of,
    current_rules,
    facts_of,
    keys_of,
    with_namesakes,
)
from candidates.services.duplicates.scoring import Score, score


@dataclass(frozen=True)
class WeighedPair:
    """Two people, and how sure it is that they are one."""

    one: Candidate
    other: Candidate
    score: Score


def weigh(groups: Iterable[Sequence[Candidate]]) -> list[list[WeighedPair]]:
    """All pairs of each group, the surest first; as many queries for one group as for many."""
    groups = list(groups)
    if not groups:
        return []
    facts = facts_of({person.pk for group in groups for person in group}, current_rules())
    blocks = blocks_of({key for known in facts.values() for key in keys_of(known)})
    return [
        sorted(
            (
                WeighedPair(
                    one,
                    other,
                    score(with_namesakes(facts[one.pk], facts[other.pk], blocks), facts[other.pk]),
                )
                for one, other in combinations(group, 2)
                if one.pk in facts and other.pk in facts
            ),
            key=lambda pair: -pair.score.confidence,
        )
        for group in groups
    ]


def weakest_of(groups: Iterable[Sequence[Candidate]]) -> list[WeighedPair | None]:
    """Of each group the pair that is least sure; None where two are the whole group."""
    groups = list(groups)
    weighed = iter(weigh(group for group in groups if len(group) > 2))
    return [next(weighed)[-1] if len(group) > 2 else None for group in groups]
