"""A test that the role table names as the one that reaches an address has to do so: it fails where it does not."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from tests.access.role_table import ROUTES

# The addresses that a test, by its id without parameters, is named for.
NAMED: dict[str, set[str]] = defaultdict(set)
for name, route in ROUTES.items():
    if route.shown_by:
        NAMED[route.shown_by].add(name)


@contextmanager
def reaching(addresses: set[str]) -> Iterator[None]:
    """Whatever happens inside posts to each of `addresses`, and is not refused."""
    reached = set()
    request = Client.request

    def note(client: Client, **environ: Any) -> Any:
        response = request(client, **environ)
        match = response.wsgi_request.resolver_match
        if environ.get("REQUEST_METHOD") == "POST" and match and response.status_code < 400:
            reached.add(match.view_name)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", note)
        yield
    missed = sorted(addresses - reached)
    assert not missed, (
        f"tests/access/role_table/ names this test for {missed}: it posts there without success"
    )
