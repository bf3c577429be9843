"""The database that is measured: a real one with its safety on, in a folder that may be kept between runs."""

import atexit
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg
from django.db import connections

from crm.runtime.provisioning import Role, provision
from crm.runtime.servers import start_postgres, start_valkey

ROOT = Path(__file__).resolve().parents[2]
OWNER, APPLICATION = Role("bench_owner", "owner"), Role("bench_app", "app")
DATABASE = "rapport_bench"
PLAIN = "plain"


@dataclass(frozen=True)
class Database:
    """How to reach what is measured: `plain` is a superuser, whom row-level security does not concern."""

    plain: str


def start(folder: Path) -> Database:
    """Start the servers on `folder`, migrate, and set Django up as the application's role."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    server = start_postgres(
        folder / "postgres", "shared_buffers=1GB", "max_wal_size=4GB", "jit=off", "work_mem=32MB"
    )
    atexit.register(server.stop)
    valkey = start_valkey(folder / "valkey")
    atexit.register(valkey.stop)
    admin = f"postgresql://postgres@/postgres?host={server.socket_dir}"
    provision(admin, database=DATABASE, owner=OWNER, application=APPLICATION)

    def url(role: Role) -> str:
        return f"postgres://{role.name}:{role.password}@/{server.socket_dir}/{DATABASE}"

    socket = valkey.socket_dir / "valkey.sock"
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "DATABASE_URL": url(APPLICATION),
            "DATABASE_OWNER_URL": url(OWNER),
            "BROKER_URL": f"redis+socket://{socket}",
            "CACHE_URL": f"unix://{socket}",
            "SECRET_KEY": "bench-" * 10,
            "FIELD_KEY": "field-" * 10,
            "ALLOWED_HOSTS": "testserver",
            "DEMO_MAILBOX": "1",
            "LOG_LEVEL": "ERROR",
        }
    )
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0", "--skip-checks"],
        check=True,
        cwd=ROOT,
    )
    django.setup()
    # The yardstick's way: a superuser, whom row-level security does not concern, through the same client.
    settings_of_plain = {**connections["default"].settings_dict, "USER": "postgres", "PASSWORD": ""}
    connections.settings[PLAIN] = settings_of_plain
    return Database(plain=f"postgresql://postgres@/{DATABASE}?host={server.socket_dir}")


def plain_connection(database: Database) -> psycopg.Connection[tuple[object, ...]]:
    """The yardstick's connection: no row-level security, no Django."""
    return psycopg.connect(database.plain, autocommit=True)
