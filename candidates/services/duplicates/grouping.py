"""Groups of pairs that hang together: if A may be B and B may be C, the three are looked at as one.

Not where somebody said that A and C are two: B is one of them at most.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from candidates.models import Distinction, DuplicatePair
from crm.tenancy.bulk import among

# Longer chains of maybes are no group that anybody could judge at once.
MOST_OF_A_GROUP = 12


def pairs_around(candidate_ids: Iterable[int]) -> list[DuplicatePair]:
    """The pairs of these people and of everybody connected with them."""
    seen: set[int] = set()
    frontier = set(candidate_ids)
    pairs: dict[int, DuplicatePair] = {}
    while frontier:
        seen |= frontier
        ids = list(frontier)
        found = DuplicatePair.objects.filter(Q(candidate__in=ids) | Q(other__in=ids))
        pairs |= {pair.pk: pair for pair in found}
        frontier = {
            pk for pair in pairs.values() for pk in (pair.candidate_id, pair.other_id)
        } - seen
    return list(pairs.values())


def groups_of(pairs: Iterable[DuplicatePair]) -> list[list[DuplicatePair]]:
    """The pairs by group, the surest pair of each first: that one leads the group.

    A pair that would bring two together who were told apart, or too many, is a group by itself.
    """
    pairs = list(pairs)
    apart = told_apart(people_of(pairs))
    leaders: dict[int, list[DuplicatePair]] = {}
    members: dict[int, list[int]] = {}
    home: dict[int, int] = {}
    for pair in sorted(pairs, key=lambda pair: (-pair.confidence, -pair.pk)):
        homes = {home[pk] for pk in (pair.candidate_id, pair.other_id) if pk in home}
        people = {pair.candidate_id, pair.other_id}
        together = people | {pk for number in homes for pk in members[number]}
        is_torn = any(together & apart[pk] for pk in together if pk in apart)
        if homes and (is_torn or len(together) > MOST_OF_A_GROUP):
            # The weaker link is cut: it is shown by itself.
            leaders[-pair.pk] = [pair]
            continue
        number = min(homes, default=pair.pk, key=lambda one: _rank(leaders[one][0]))
        joined = [leaders.pop(one) for one in sorted(homes, key=lambda one: _rank(leaders[one][0]))]
        leaders[number] = [*(found for group in joined for found in group), pair]
        for one in homes:
            members.pop(one, None)
        members[number] = sorted(together)
        home |= dict.fromkeys(together, number)
    return list(leaders.values())


def told_apart(candidate_ids: Iterable[int]) -> dict[int, set[int]]:
    """Of these people those whom somebody told from another of them, and from whom."""
    people = among(candidate_ids)
    apart: dict[int, set[int]] = defaultdict(set)
    decided = Distinction.objects.filter(candidate__in=people, other__in=people)
    for one, other in decided.values_list("candidate", "other"):
        apart[one].add(other)
        apart[other].add(one)
    return apart


def _rank(pair: DuplicatePair) -> tuple[int, int]:
    return (-pair.confidence, -pair.pk)


def refresh_leaders(candidate_ids: Iterable[int]) -> None:
    """Say anew which pair leads each group that these people belong to."""
    wrong: dict[bool, list[int]] = {True: [], False: []}
    for group in groups_of(pairs_around(candidate_ids)):
        for place, pair in enumerate(group):
            if pair.is_leading != (place == 0):
                wrong[place == 0].append(pair.pk)
    for is_leading, ids in wrong.items():
        if ids:
            DuplicatePair.objects.filter(pk__in=ids).update(is_leading=is_leading)


def group_led_by(pair: DuplicatePair) -> list[DuplicatePair]:
    """The pairs of the group that `pair` leads, the surest first."""
    for group in groups_of(pairs_around([pair.candidate_id, pair.other_id])):
        if pair in group:
            return group
    return [pair]


def people_of(pairs: Iterable[DuplicatePair]) -> list[int]:
    """Who is in these pairs, the oldest record first."""
    return sorted({pk for pair in pairs for pk in (pair.candidate_id, pair.other_id)})
