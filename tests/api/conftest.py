"""A program that asks the API with a member's token."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from crm.tenancy.api_tokens import make_token
from crm.tenancy.scope import acting_in

Ask = Callable[..., HttpResponse]


def secret_of(
    user, *, days: int = 30, with_second_factor: bool = False, name: str = "Report"
) -> str:
    """The secret of a new token of the user, in the organization that they belong to."""
    organization = user.memberships.get().organization
    with acting_in(organization):
        _, secret = make_token(
            name=name,
            expires_on=timezone.localdate() + timedelta(days=days),
            by=user,
            with_second_factor=with_second_factor,
        )
    return secret


def ask(secret: str, path: str, asked: dict[str, Any] | None = None, *, slug: str = "acme"):
    """What the API answers to whoever shows `secret`."""
    client = Client(headers={"Authorization": f"Bearer {secret}"} if secret else {})
    return client.get(f"/{slug}/api/v1/{path}", asked or {})


@pytest.fixture(autouse=True)
def _new_minute() -> None:
    """No test pays for the requests of another."""
    cache.clear()
