"""Asking at a door whether somebody is here already: forms, résumés, mail from an unknown address."""

from collections.abc import Sequence
from dataclasses import dataclass

from candidates.models import Candidate, Distinction
from candidates.services.duplicates.keys import (
    MOST_OF_A_KEY,
    blocks_of,
    current_rules,
    facts_of,
    keys_of,
    with_namesakes,
)
from candidates.services.duplicates.refreshing import AT_THE_DOOR, compare_waiting
from candidates.services.duplicates.scoring import IDENTIFYING, POSSIBLE, Facts, Score, score
from candidates.services.matching import find_matches

# Whoever has one of these in common is told of, be it a shared mailbox and the name another.
IDENTIFIERS = IDENTIFYING | {"shared"}


@dataclass(frozen=True)
class Lookalike:
    """Somebody who is here and may be the same person, how sure that is, and why."""

    candidate: Candidate
    confidence: int
    sentences: list[str]

    @property
    def reason(self) -> str:
        """The reasons as one sentence: "Same phone number, same company"."""
        text = ", ".join(self.sentences)
        return text[:1].upper() + text[1:]


def find_lookalikes(
    facts: Facts,
    *,
    but: int | None = None,
    at_least: int = POSSIBLE,
    most: int = 5,
    is_reading: bool = False,
) -> list[Lookalike]:
    """Who is here that `facts` may be about, the surest first. `but` is the person who is being edited.

    Whoever has the same number, mailbox or profile is told of in any case, be the name ever so different.
    A page that only reads says so: then nobody is compared meanwhile.
    """
    if not is_reading:
        compare_waiting(AT_THE_DOOR)
    blocks = blocks_of(keys_of(facts))
    ids = {pk for people in blocks.values() if len(people) <= MOST_OF_A_KEY for pk in people}
    # Whoever has just come in has no keys yet.
    for found in find_matches((), facts.phones, facts.links).values():
        ids.update(found[:MOST_OF_A_KEY])
    ids -= {but, *_distinguished(but)}  # type: ignore[arg-type]
    known = facts_of(ids, current_rules())
    scores = {
        pk: score(with_namesakes(facts, theirs, blocks), theirs) for pk, theirs in known.items()
    }
    surest = sorted(
        (
            pk
            for pk, found in scores.items()
            if found.confidence >= at_least or IDENTIFIERS & {kind for kind, _ in found.reasons}
        ),
        key=lambda pk: (-scores[pk].confidence, pk),
    )[:most]
    people = Candidate.objects.in_bulk(surest)
    return [_lookalike(people[pk], scores[pk]) for pk in surest if pk in people]


def _lookalike(candidate: Candidate, found: Score) -> Lookalike:
    return Lookalike(candidate, found.confidence, found.sentences)


def _distinguished(candidate_id: int | None) -> Sequence[int]:
    """Of whom somebody said that they are not this person."""
    if candidate_id is None:
        return []
    pairs = Distinction.objects.filter(candidate=candidate_id).values_list("other", flat=True)
    others = Distinction.objects.filter(other=candidate_id).values_list("candidate", flat=True)
    return [*pairs, *others]
