"""Brings the local database up to what the code expects, quickly when nothing is to do."""

from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, connections

from crm.runtime.local import APPLICATION, DATABASE, OWNER, Place, Refusal
from crm.runtime.provisioning import Role, is_provisioned, provision


def prepare_database(place: Place, say: Callable[[str], None]) -> None:
    """Roles, database, migrations, and the check that the walls between organizations stand."""
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
    if has_pending_migrations():
        say("Bringing the database up to date…")
        _migrate()
    found = run_checks(databases=["default"], tags=["tenancy"])
    connections.close_all()
    if found:
        raise Refusal(
            f"The database does not keep organizations apart: {'; '.join(m.msg for m in found)}"
        )


def _migrate() -> None:
    try:
        call_command("migrate", verbosity=0)
    except DatabaseError as error:
        raise Refusal(
            f"The database could not be brought up to date: {str(error).splitlines()[0]}. "
            "Nothing was lost: each migration is applied wholly or not at all."
        ) from error


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
