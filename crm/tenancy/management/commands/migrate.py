"""`migrate`, as the owner role: the application's role may not change the schema."""

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import migrate

from crm.tenancy.autodetector import WallingAutodetector


class Command(migrate.Command):
    autodetector = WallingAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in settings.DATABASES:
            parser.set_defaults(database="owner")
