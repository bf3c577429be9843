"""The reviewed table: who may open which address of an organization, with what, and what it does.

A URL that is not here fails the build (`test_urls.py`). `objects` says which model's id each URL
argument takes; `data` is a body that the POST accepts, made from the world's own rows, so that the
walk can also post another organization's ids and see them refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crm.tenancy.roles import ADMINS, EDITORS, MEMBERS, READERS, RECRUITERS, Role
from tests.access.world import World

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


@dataclass(frozen=True)
class Route:
    """One address: its roles, its methods, the model of each argument, a body that its POST accepts."""

    roles: frozenset[Role]
    methods: tuple[str, ...] = GET
    objects: dict[str, str] = field(default_factory=dict)
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: Callable[[World], dict[str, Any]] | None = None
    data: Callable[[World], dict[str, Any]] | None = None
    # What the page answers its member: 302 for a page that only sends on.
    status: int = 200


ROUTES: dict[str, Route] = {
    "audit:list": Route(ADMINS),
    "tenancy:settings": Route(
        ADMINS,
        BOTH,
        data=lambda world: {"name": "Acme", "time_zone": "Europe/Berlin", "postal_address": ""},
    ),
    "tenancy:members": Route(ADMINS),
    "tenancy:invite": Route(
        ADMINS, POST, data=lambda world: {"email": "new@example.com", "role": "recruiter"}
    ),
    "tenancy:change_role": Route(
        ADMINS, POST, {"pk": "tenancy.Membership"}, data=lambda world: {"role": "sourcer"}
    ),
    "tenancy:remove_member": Route(
        ADMINS, POST, {"pk": "tenancy.Membership"}, data=lambda world: {}
    ),
    "tenancy:resend_invitation": Route(
        ADMINS, POST, {"pk": "tenancy.Invitation"}, data=lambda world: {}
    ),
    "tenancy:revoke_invitation": Route(
        ADMINS, POST, {"pk": "tenancy.Invitation"}, data=lambda world: {}
    ),
}

__all__ = [
    "ADMINS",
    "BOTH",
    "EDITORS",
    "GET",
    "MEMBERS",
    "POST",
    "READERS",
    "RECRUITERS",
    "ROUTES",
    "Route",
]
