"""Brings the local database up to what the code expects, quickly when nothing is to do."""

from pathlib import Path

from django.apps import apps
from django.core.checks import run_checks
from django.db import connections

from crm.runtime.local import APPLICATION, DATABASE, OWNER, Place, Refusal
from crm.runtime.provisioning import Role, is_provisioned, provision


def make_roles_and_database(place: Place) -> None:
    """The two roles and the database, where they are missing."""
    environment = place.environment
    admin_url = (
        f"postgresql://postgres:{environment['ADMIN_PASSWORD']}@/postgres?host={place.socket_dir}"
    )
    if not is_provisioned(admin_url, database=DATABASE):
        provision(
            admin_url,
            database=DATABASE,
            owner=Role(OWNER, environment["OWNER_PASSWORD"]),
            application=Role(APPLICATION, environment["APPLICATION_PASSWORD"]),
        )


def check_walls() -> None:
    """Refuse to start on a database that does not keep organizations apart."""
    found = run_checks(databases=["default"], tags=["tenancy"])
    if found:
        raise Refusal(
            f"The database does not keep organizations apart: {'; '.join(m.msg for m in found)}"
        )


def has_pending_migrations() -> bool:
    """Whether a migration file was not applied; compares names, which is faster than a plan."""
    connection = connections["owner"]
    if "django_migrations" not in connection.introspection.table_names():
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    on_disk = {
        (config.label, file.stem)
        for config in apps.get_app_configs()
        for file in Path(config.path, "migrations").glob("[!_]*.py")
    }
    return not on_disk <= applied
