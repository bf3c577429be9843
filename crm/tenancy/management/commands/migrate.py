"""`migrate`, as the owner role: the application's role may not change the schema."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from crm.tenancy.autodetector import WallingAutodetector


class Command(migrate.Command):
    autodetector = WallingAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in settings.DATABASES:
            parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_half_way(connections[options["database"]])
        super().handle(*args, **options)


def refuse_half_way(connection: BaseDatabaseWrapper) -> None:
    """Refuse a database that has some, but not all, of the migrations that another one replaced.

    Django would take the replacement as not there, and say nothing, or end in an error about something else.
    """
    loader = MigrationLoader(connection, load=False)
    loader.load_disk()
    applied = MigrationRecorder(connection).applied_migrations()
    for (app, _), migration in sorted(loader.disk_migrations.items()):
        missing = [name for name in migration.replaces if name not in applied]
        if missing and len(missing) < len(migration.replaces):
            raise CommandError(
                f"This database lacks changes that came before the first release, such as {app}."
                f"{missing[0][1]}, and this version no longer has them one by one. Bring the database up to date"
                " with the version that made it or the newest one that still has this migration,"
                " or start with an empty database."
            )
