"""A walk over every address of the API: a new one without a rule in the table here fails the build (T13)."""

import re
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from crm.accounts.models import User
from crm.tenancy.roles import MEMBERS, READERS, Role
from crm.tenancy.scope import acting_in
from tests.access.test_urls import API_NAMESPACE, NO_SUCH_ID, told_by, walk
from tests.access.world import World, snapshot
from tests.api.conftest import secret_of
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class ApiRoute:
    """Whose token an address answers, and whose ids its arguments are."""

    roles: frozenset[Role]
    objects: dict[str, str] = field(default_factory=dict)


ROUTES = {
    "api:v1:candidates": ApiRoute(READERS),
    "api:v1:candidates_count": ApiRoute(READERS),
    "api:v1:candidate": ApiRoute(MEMBERS, {"candidate_id": "candidates.Candidate"}),
    "api:v1:pools": ApiRoute(READERS),
    "api:v1:fields": ApiRoute(READERS),
    "api:v1:openapi": ApiRoute(MEMBERS),
}
# Answers 404 to everybody.
NOTHING = "api:v1:nothing"
WALKED = [pytest.param(name, route, id=name) for name, route in ROUTES.items()]
WITH_OBJECTS = [
    pytest.param(name, route, id=name) for name, route in ROUTES.items() if route.objects
]


@pytest.fixture(autouse=True)
def _new_minute() -> None:
    cache.clear()


def address(name: str, route: ApiRoute, world: World, objects: World | int) -> str:
    kwargs = {
        argument: objects if isinstance(objects, int) else objects[label].pk
        for argument, label in route.objects.items()
    }
    with acting_in(world.organization):
        return reverse(name, urlconf=settings.ORGANIZATION_URLCONF, kwargs=kwargs)


def showing(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_every_address_is_in_the_table():
    patterns = get_resolver(settings.ORGANIZATION_URLCONF).url_patterns
    names = {name for name, _, _ in walk(patterns) if name.startswith(API_NAMESPACE)}

    assert names == {*ROUTES, NOTHING}


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_nobody_gets_in_without_a_token_of_the_organization(name, route, here, there):
    path = address(name, route, here, here)
    with_session = Client()
    with_session.force_login(here.member)
    for client in (Client(), with_session, showing(secret_of(there.member))):
        response = client.get(path)
        assert response.status_code == 401
        assert response["WWW-Authenticate"]
        assert b"acme-text" not in response.content


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_only_the_reviewed_roles_get_in(name, route, here):
    for role in Role:
        user = (
            User.objects.get(email="hiring_manager@acme.example")
            if role is Role.HIRING_MANAGER
            else MembershipFactory(organization=here.organization, role=role).user
        )
        response = showing(secret_of(user)).get(address(name, route, here, here))
        assert response.status_code == (200 if role in route.roles else 403), role
        assert b"globex-secret" not in response.content


@pytest.mark.parametrize(("name", "route"), WITH_OBJECTS)
def test_another_organizations_object_looks_like_none(name, route, here, there):
    client = showing(secret_of(here.member))

    foreign = client.get(address(name, route, here, there))
    absent = client.get(address(name, route, here, NO_SUCH_ID))

    assert foreign.status_code == 404
    assert told_by(foreign) == told_by(absent)
    assert b"globex-secret" not in foreign.content


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_reading_leaves_a_look_and_the_use_of_the_token(name, route, here, there):
    client, before = showing(secret_of(here.member)), snapshot(there.organization)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address(name, route, here, here))

    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    assert "no-store" in response["Cache-Control"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    writes = [
        query["sql"]
        for query in queries
        if re.match(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE)", query["sql"])
        and 'INSERT INTO "audit_auditentry"' not in query["sql"]
        and 'UPDATE "tenancy_apitoken" SET "last_used_at"' not in query["sql"]
    ]
    assert writes == []
    assert snapshot(there.organization) == before


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_nothing_is_written_by_the_api(name, route, here):
    client, path = showing(secret_of(here.member)), address(name, route, here, here)
    before = snapshot(here.organization)["candidates.Candidate"]

    for method in (client.post, client.put, client.patch, client.delete):
        assert method(path).status_code == 405

    assert snapshot(here.organization)["candidates.Candidate"] == before


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_a_nul_in_the_address_breaks_nothing(name, route, here):
    asked = "&".join(f"{key}=%00" for key in ("q", "where", "cursor", "tag"))
    path = address(name, route, here, here)

    assert showing(secret_of(here.member)).get(f"{path}?{asked}").status_code in {200, 422}
