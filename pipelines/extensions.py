"""What higher apps lend to the pages of jobs: pipelines may not import them.

A higher app registers in its `AppConfig.ready()`: `extensions.register_enroller(Enroller(choices, check_path))`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
