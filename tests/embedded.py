"""A pytest plugin, loaded before pytest-django: real servers in a temporary folder, and settings that name them.

Each worker process gets a copy of the migrated database.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from crm.runtime.provisioning import Role, provision
from crm.runtime.servers import Server, start_postgres, start_valkey
from tests.migrated import ROOT, unpack

TEMPLATE = "rapport_template"
OWNER, APPLICATION = Role("rapport_owner", "owner"), Role("rapport_app", "app")


def database_url(role: Role, database: str) -> str:
    return f"postgres://{role.name}:{role.password}@/{os.environ['TEST_SOCKET_DIR']}/{database}"


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="rapport-test-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    unpack(folder / "postgres", make=_make_template)
    server = _start_postgres(folder / "postgres")
    atexit.register(server.stop)
    valkey = start_valkey(folder / "valkey")
    atexit.register(valkey.stop)
    os.environ["TEST_VALKEY_SOCKET"] = str(valkey.socket_dir / "valkey.sock")


def _start_postgres(data_dir: Path) -> Server:
    # A lost test database costs nothing, a second per test does.
    server = start_postgres(data_dir, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
    os.environ["TEST_ADMIN_URL"] = f"postgresql://postgres@/postgres?host={server.socket_dir}"
    os.environ["TEST_SOCKET_DIR"] = str(server.socket_dir)
    return server


def _make_template(data_dir: Path) -> None:
    server = _start_postgres(data_dir)
    try:
        provision(
            os.environ["TEST_ADMIN_URL"], database=TEMPLATE, owner=OWNER, application=APPLICATION
        )
        _point_settings_at(TEMPLATE)
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0", "--skip-checks"],
            check=True,
            cwd=ROOT,
        )
    finally:
        server.stop()


def _point_settings_at(database: str) -> None:
    # Each worker process has its own numbered database in Valkey, as it has in Postgres.
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    socket = os.environ.get("TEST_VALKEY_SOCKET", "not started")
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "DATABASE_URL": database_url(APPLICATION, database),
            "DATABASE_OWNER_URL": database_url(OWNER, database),
            "BROKER_URL": f"redis+socket://{socket}?virtual_host={number}",
            "CACHE_URL": f"unix://{socket}?db={number}",
            "SECRET_KEY": "test-" * 10,
            "FIELD_KEY": "field-" * 10,
            "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
            "SITE_URL": "http://testserver",
            "DEMO_MAILBOX": "1",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        }
    )


def _copy_template() -> str:
    database = f"rapport_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(database), sql.Identifier(TEMPLATE), sql.Identifier(OWNER.name)
            )
        )
    return database


if "PYTEST_XDIST_WORKER" not in os.environ:
    _start()
_point_settings_at(_copy_template())
