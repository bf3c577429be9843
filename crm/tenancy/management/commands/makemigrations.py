"""`makemigrations`, which also writes the walls of owned tables into the migration."""

from django.core.management.commands import makemigrations

from crm.tenancy.autodetector import WallingAutodetector


class Command(makemigrations.Command):
    autodetector = WallingAutodetector
