"""The queue as it is shown: groups of people who may be one, page by page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from candidates.models import Candidate, DuplicatePair
from candidates.services.duplicates.explaining import WeighedPair, weakest_of
from candidates.services.duplicates.grouping import groups_of, pairs_around, people_of
from candidates.services.duplicates.scoring import CERTAIN, LIKELY
from crm.web.pagination import KeysetPage, keyset_page


def page_of_duplicates(
    *, at_least: int, kind: str, cursor: str
) -> tuple[list["DuplicateGroup"], KeysetPage[DuplicatePair]]:
    """A page of groups, the surest first: those of `at_least` %, and with a reason of `kind`."""
    pairs = DuplicatePair.objects.filter(is_leading=True, confidence__gte=at_least)
    if kind:
        pairs = pairs.filter(reasons__contains=[[kind]])
    page = keyset_page(pairs, order=("-confidence", "-id"), cursor=cursor, size=25)
    ids = [pk for pair in page.rows for pk in (pair.candidate_id, pair.other_id)]
    groups = {group[0].pk: group for group in groups_of(pairs_around(ids))}
    people = Candidate.objects.in_bulk({pk for group in groups.values() for pk in people_of(group)})
    members = [[people[pk] for pk in people_of(groups.get(pair.pk, [pair]))] for pair in page.rows]
    return [
        DuplicateGroup(*parts)
        for parts in zip(page.rows, members, weakest_of(members), strict=True)
    ], page


@dataclass(frozen=True)
class DuplicateGroup:
    """People who may be one, led by the pair that is surest."""

    pair: DuplicatePair
    people: list[Candidate]
    # Of more than two people: the pair that is least sure.
    weakest: WeighedPair | None

    @property
    def query(self) -> str:
        """How the page that compares them is asked for them."""
        return urlencode([("people", person.pk) for person in self.people])

    @property
    def band(self) -> str:
        return band_of(self.pair.confidence)


def band_of(confidence: int) -> str:
    """A confidence in words."""
    if confidence >= CERTAIN:
        return "Almost certain"
    return "Likely" if confidence >= LIKELY else "Possible"
