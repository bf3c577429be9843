"""Locking people for an act on all that is theirs."""

from collections.abc import Iterable

from candidates.models import Candidate
from candidates.services.merging.rules import lock_above


def lock_people(candidate_ids: Iterable[int]) -> None:
    """Whoever writes to these people waits: what runs for them first, then they, in order, so that two who lock do not
    wait for each other."""
    ids = sorted(set(candidate_ids))
    lock_above(ids)
    people = Candidate.objects.select_for_update(of=("self",)).filter(pk__one_of=ids)
    list(people.order_by("pk").values_list("pk"))
