"""`manage.py provision_database`, and how the supervisor knows that nothing is left to do."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import connections

from crm.runtime.database import has_pending_migrations
from crm.runtime.local import ROOT
from crm.runtime.provisioning import Role, is_provisioned, provision

SOCKETS = os.environ["TEST_SOCKET_DIR"]
DATABASE = f"provisioned_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture
def unprovisioned():
    """The name of a database that is not there, and that goes after the test."""
    drop()
    yield DATABASE
    drop()


def drop() -> None:
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE}")


def run_command(**environment: str) -> subprocess.CompletedProcess[str]:
    urls = {
        "DATABASE_URL": f"postgres://{DATABASE}_app:first@/{SOCKETS}/{DATABASE}",
        "DATABASE_OWNER_URL": f"postgres://{DATABASE}_owner:second@/{SOCKETS}/{DATABASE}",
        "DATABASE_ADMIN_URL": os.environ["TEST_ADMIN_URL"],
    }
    return subprocess.run(
        [sys.executable, "manage.py", "provision_database"],
        env=os.environ | urls | environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def connect(role: str) -> psycopg.Connection:
    return psycopg.connect(
        host=SOCKETS, dbname=DATABASE, user=f"{DATABASE}_{role}", autocommit=True
    )


def test_provisioned_owner_makes_tables_that_the_application_only_fills(unprovisioned):
    first, second = run_command(), run_command()

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert is_provisioned(os.environ["TEST_ADMIN_URL"], database=DATABASE)
    with connect("owner") as owner:
        owner.execute("CREATE TABLE thing (id serial)")
    with connect("app") as application:
        application.execute("INSERT INTO thing DEFAULT VALUES")
        assert application.execute("SELECT id FROM thing").fetchall() == [(1,)]
        for refused in ("DROP TABLE thing", "TRUNCATE thing", "CREATE TABLE other ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(refused)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DATABASE_ADMIN_URL": ""}, "must both be set"),
        ({"DATABASE_OWNER_URL": ""}, "must both be set"),
        (
            {"DATABASE_OWNER_URL": f"postgres://{DATABASE}_app:first@/{SOCKETS}/{DATABASE}"},
            "two different roles",
        ),
        (
            {"DATABASE_ADMIN_URL": "postgres://nobody@127.0.0.1:1/postgres"},
            "could not be provisioned",
        ),
    ],
)
def test_provisioning_refuses_with_a_sentence(unprovisioned, environment, sentence):
    done = run_command(**environment)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_half_provisioned_is_not_provisioned(unprovisioned):
    admin_url = os.environ["TEST_ADMIN_URL"]
    assert not is_provisioned(admin_url, database=DATABASE)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {DATABASE}")

    assert not is_provisioned(admin_url, database=DATABASE)
    roles = [Role(f"{DATABASE}_{name}", "secret") for name in ("owner", "app")]
    provision(admin_url, database=DATABASE, owner=roles[0], application=roles[1])
    assert is_provisioned(admin_url, database=DATABASE)


@pytest.mark.django_db
def test_pending_migrations_are_noticed(monkeypatch):
    # The owner's connection would not see what this test's transaction takes away.
    monkeypatch.setattr("crm.runtime.database.connections", {"owner": connections["default"]})
    assert not has_pending_migrations()

    with connections["default"].cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'runtime' AND name = '0001_tables'"
        )

    assert has_pending_migrations()
