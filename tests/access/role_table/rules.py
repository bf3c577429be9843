"""What a rule of the reviewed table says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crm.tenancy.roles import Role
from tests.access.world import World

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


@dataclass(frozen=True)
class Route:
    """One address: its roles, its methods, the model of each argument, a body that its POST accepts.

    Where the world has nothing that a POST could succeed with, `shown_by` names the test that reaches it with
    success, as pytest does: `tests/campaigns/test_views_mails.py::test_assigning`.
    """

    roles: frozenset[Role]
    methods: tuple[str, ...] = GET
    objects: dict[str, str] = field(default_factory=dict)
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: Callable[[World], dict[str, Any]] | None = None
    data: Callable[[World], dict[str, Any]] | None = None
    shown_by: str = ""
    # What the page answers its member: 302 for a page that only sends on.
    status: int = 200


def pk(label: str) -> dict[str, str]:
    """The one argument of most addresses: the id of a row of model `label`."""
    return {"pk": label}
