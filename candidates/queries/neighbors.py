"""The neighbors of a person in the list one came from."""

from dataclasses import dataclass

from candidates.queries.search import SORTS, PeopleQuery, Searcher, find_people, prepare
from crm.web.pagination import (
    CappedCount,
    beyond,
    capped_count,
    cursor_after,
    keyset_page,
    turned,
)


@dataclass(frozen=True)
class Neighbor:
    """A person next to another one: where they stand in the list, and the cursor of a page with them."""

    pk: int
    place: str
    cursor: str


@dataclass(frozen=True)
class Neighbors:
    """The people before and behind somebody in a list, how many come before, and how many there are."""

    previous: Neighbor | None
    following: Neighbor | None
    position: int | None
    total: CappedCount


def neighbors_of(
    candidate_id: int, *, query: PeopleQuery, searcher: Searcher, place: str
) -> Neighbors | None:
    """Who stands next to the candidate in the list that `query` describes.

    `place` is the cursor of where the person stood when the list was left: the neighbors stay right although
    the person may have moved or dropped out since, by what was done on the record. Without it, the present
    place counts. At most five queries; None where the person has no place.
    """
    order = SORTS[query.sort]
    everybody = find_people(PeopleQuery(), searcher=searcher)
    if not place:
        own = everybody.filter(pk=candidate_id).first()
        if own is None:
            return None
        place = cursor_after(own, order)
    wanted, other_way = prepare(query, searcher=searcher).people(), turned(place)
    people = wanted.exclude(pk=candidate_id)
    if not other_way:
        return None
    behind = keyset_page(people, order=order, cursor=place, size=1).rows
    before = keyset_page(people, order=order, cursor=other_way, size=1).rows
    ahead = capped_count(beyond(people, order=order, cursor=other_way))
    return Neighbors(
        Neighbor(before[0].pk, cursor_after(before[0], order), other_way) if before else None,
        Neighbor(behind[0].pk, cursor_after(behind[0], order), place) if behind else None,
        None if ahead.capped else ahead.number + 1,
        capped_count(wanted),
    )
