"""`manage.py provision_database`: makes the two roles and the database that DATABASE_URL and DATABASE_OWNER_URL name."""

import os
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crm.runtime.provisioning import Role, provision


class Command(BaseCommand):
    help = (
        "Make the owner role, the application's role and the database, as DATABASE_OWNER_URL and "
        "DATABASE_URL name them, through DATABASE_ADMIN_URL: a role that may create roles and databases. "
        "Safe to run again; run it before the first `migrate`, and to change the roles' passwords."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        admin_url = os.environ.get("DATABASE_ADMIN_URL")
        if not admin_url or "owner" not in settings.DATABASES:
            raise CommandError("DATABASE_ADMIN_URL and DATABASE_OWNER_URL must both be set.")
        owner, application = settings.DATABASES["owner"], settings.DATABASES["default"]
        if owner["USER"] == application["USER"]:
            raise CommandError("DATABASE_URL and DATABASE_OWNER_URL must name two different roles.")
        try:
            provision(
                admin_url.replace("postgres://", "postgresql://", 1),
                database=owner["NAME"],
                owner=Role(owner["USER"], owner["PASSWORD"]),
                application=Role(application["USER"], application["PASSWORD"]),
            )
        except psycopg.Error as error:
            raise CommandError(f"The database could not be provisioned: {error}") from error
        self.stdout.write(
            f"Database {owner['NAME']}: owner {owner['USER']}, application {application['USER']}."
        )
