"""What higher apps lend to the pages and services of jobs: pipelines may not import them.

A higher app registers in its `AppConfig.ready()`: `extensions.register_enroller(Enroller(choices, check_path))`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import BooleanField, Exists, Q, Value
from django.db.models.expressions import Combinable

from crm.accounts.models import User
from crm.tenancy.requests import OrganizationRequest


@dataclass(frozen=True)
class Enroller:
    """Puts people on a sequence: which ones the member may choose, and where people are looked at before it is done.

    `check_path` takes the sequence, the candidates, who asks, and where the page goes on to; it enrolls nobody.
    """

    choices: Callable[[OrganizationRequest], Sequence[tuple[int, str]]]
    check_path: Callable[[int, Sequence[int], User, str], str]


_enrollers: list[Enroller] = []


def register_enroller(enroller: Enroller) -> None:
    _enrollers.append(enroller)


def enroller() -> Enroller | None:
    """The one that is there, if any app sends mail."""
    return _enrollers[0] if _enrollers else None


# Says of candidacies that are moved back, by their ids and before that, what has ended and does not begin again: a
# sentence, or nothing.
Remark = Callable[[Iterable[int]], str]
_remarks: list[Remark] = []


def register_remark(remark: Remark) -> None:
    _remarks.append(remark)


def what_stays_ended(candidacy_ids: Iterable[int]) -> str:
    """What higher apps say to whoever moves these back."""
    ids = list(candidacy_ids)
    return " ".join(filter(None, (remark(ids) for remark in _remarks)))


# Asks of a row of candidacies whether whoever registered it has to hear which stage it enters.
Watch = Callable[[], Exists]
_watches: list[Watch] = []


def register_watch(watch: Watch) -> None:
    """From now on `stage_entered` tells of those candidacies for which `watch` says yes when they are locked.

    So moves of all others, which are most, cost no statement more.
    """
    _watches.append(watch)


def is_watched() -> Combinable | Q:
    """What to annotate candidacies with when they are locked for a move."""
    nobody: Combinable | Q = Value(value=False, output_field=BooleanField())
    return reduce(or_, (Q(watch()) for watch in _watches)) if _watches else nobody
