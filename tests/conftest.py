"""The cast, and the database, that tests share: Acme with a member of each role, and Globex with strangers."""

import functools
import os
import re
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import hypothesis
import psycopg
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, TransactionTestCase
from django.utils import timezone
from psycopg import sql
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from campaigns import clock
from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.factories import MembershipFactory, OrganizationFactory
from tests.reaching import NAMED, reaching
from tests.running import RunningApp

# How slow a machine is fails no test; and an example sees what the one before left, unless the test empties it.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("unhurried")
FORM_TAGS = re.compile(rb"</?form(?=[\s>])")


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to do: `tests.embedded` made the database before Django was set up."""


@pytest.fixture(scope="session", autouse=True)
def _empty_as_superuser() -> Iterator[None]:
    """Tests that commit clean up through the superuser: the application's role may not empty tables, by design.

    Only the tables that have rows: to truncate all of them, each with its indexes, takes a second per test.
    """

    def flush(_: TransactionTestCase) -> None:
        database = settings.DATABASES["default"]["NAME"]
        with psycopg.connect(
            os.environ["TEST_ADMIN_URL"], dbname=database, autocommit=True
        ) as superuser:
            # Replica mode: the audit table's trigger would refuse.
            superuser.execute("SET session_replication_role = replica")
            tables = {
                model._meta.db_table: model._meta.pk.column
                for model in apps.get_models(include_auto_created=True)
                if model._meta.managed
                and model._meta.label not in {"contenttypes.ContentType", "auth.Permission"}
            }
            has_rows = sql.SQL(" UNION ALL ").join(
                sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
                    sql.Literal(table), sql.Identifier(table)
                )
                for table in tables
            )
            for (table,) in superuser.execute(has_rows).fetchall():
                superuser.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                superuser.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), 1, false)",
                    [table, tables[table]],
                )

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", flush)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _reaches_what_it_is_named_for(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the role table says of a test (`shown_by`) is true."""
    named = NAMED.get(request.node.nodeid.partition("[")[0])
    with reaching(named) if named else nullcontext():
        yield


@pytest.fixture(autouse=True)
def _files_of_tests(tmp_path_factory: pytest.TempPathFactory, settings) -> None:
    """Uploaded files and exports lie in a folder of the test run."""
    settings.MEDIA_ROOT = str(tmp_path_factory.getbasetemp() / "files")


@pytest.fixture(autouse=True)
def _clock_that_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's clock cannot travel: while a test does, the process's own stands for it."""
    of_database = clock.now
    monkeypatch.setattr(
        clock,
        "now",
        lambda: timezone.now() if time_machine.escape_hatch.is_travelling() else of_database(),
    )


@pytest.fixture(autouse=True, scope="session")
def _forms_stand_apart() -> Iterator[None]:
    """No page that any test asks for has a form inside a form: browsers drop the inner one, and its end ends the outer."""
    request = Client.request

    def checked(self: Client, **environment: object) -> HttpResponse:
        response = request(self, **environment)
        if not response.streaming and response.headers.get("Content-Type", "").startswith(
            "text/html"
        ):
            tags = FORM_TAGS.findall(response.content)
            nested = [1 for one, next_one in pairwise(tags) if one == next_one == b"<form"]
            assert not nested, f"a form inside a form on {environment.get('PATH_INFO')}"
        return response

    patch = pytest.MonkeyPatch()
    patch.setattr(Client, "request", checked)
    yield
    patch.undo()


@pytest.fixture
def acme(db: None) -> Organization:
    return OrganizationFactory(name="Acme", slug="acme")


@pytest.fixture
def globex(db: None) -> Organization:
    return OrganizationFactory(name="Globex", slug="globex")


@pytest.fixture
def in_acme(acme: Organization) -> Iterator[Organization]:
    """Act in Acme for the whole test: for tests of services, not of views."""
    with acting_in(acme):
        yield acme


def _member(organization: Organization, role: Role) -> Membership:
    return MembershipFactory(
        organization=organization,
        role=role,
        user__email=f"{role.value}@{organization.slug}.example",
        user__name=f"{role.label} of {organization.name}",
    )


def lose_rights(user, change: str) -> None:
    """`removed` from every organization, made a `viewer`, or `inactive`."""
    if change == "inactive":
        user.is_active = False
        user.save()
        return
    memberships = Membership.objects.filter(user=user)
    if change == "removed":
        memberships.delete()
    else:
        memberships.update(role=Role.VIEWER)


@pytest.fixture
def owner(acme: Organization):
    return _member(acme, Role.OWNER).user


@pytest.fixture
def recruiter(acme: Organization):
    return _member(acme, Role.RECRUITER).user


@pytest.fixture
def sourcer(acme: Organization):
    return _member(acme, Role.SOURCER).user


@pytest.fixture
def manager(acme: Organization):
    return _member(acme, Role.HIRING_MANAGER).user


@pytest.fixture
def viewer(acme: Organization):
    return _member(acme, Role.VIEWER).user


@pytest.fixture
def stranger(globex: Organization):
    """Owns Globex; knows nothing of Acme."""
    return _member(globex, Role.OWNER).user


@pytest.fixture(params=["plain", "htmx"])
def mode(request: pytest.FixtureRequest) -> str:
    """Runs a view test twice: as a page load and as an htmx request."""
    return request.param


@pytest.fixture
def as_user(mode: str):
    """`as_user(recruiter)` gives a signed-in client that asks in the current mode."""

    def sign_in(user) -> Client:
        client = Client(headers={"HX-Request": "true"} if mode == "htmx" else {})
        client.force_login(user)
        return client

    return sign_in


class SharingScheduler(LoadScopeScheduling):
    """Gives every test to the next free process, except that modules with the running app share one."""

    def _split_scope(self, nodeid: str) -> str:
        return "running_app" if _uses_running_app(nodeid.split("::")[0]) else nodeid


@functools.cache
def _uses_running_app(module: str) -> bool:
    return "running_app" in Path(__file__).parent.parent.joinpath(module).read_text()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharingScheduler:
    return SharingScheduler(config, log)


@pytest.fixture(scope="session")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """`manage.py up` with demo data, as a person runs it; shared, so tests make their own rows."""
    app = RunningApp(tmp_path_factory.mktemp("running") / "data", demo=True)
    try:
        # Migrations and 600 people: ten seconds, or minutes where others use the machine too.
        app.start(seconds=400)
        yield app
    finally:
        app.stop()
