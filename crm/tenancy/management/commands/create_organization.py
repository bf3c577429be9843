"""Makes an organization and prints the link by which its owner joins."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from crm.tenancy import services


class Command(BaseCommand):
    help = "Make an organization and print the invitation link of its owner (valid for 7 days)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="First part of its addresses: /<slug>/")
        parser.add_argument("name")
        parser.add_argument("owner_email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organization, link = services.create_organization(
                slug=options["slug"], name=options["name"], owner_email=options["owner_email"]
            )
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(
            f"{organization.name} is ready at {organization.get_absolute_url()}\n"
            f"Give this link to {options['owner_email']}; it works once, for 7 days:\n{link}"
        )
