"""Fill an empty database with demo data, and print who can sign in."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.runtime.demo.cast import SIGN_INS, make_cast
from crm.runtime.demo.story import tell_story
from crm.tenancy.models import Organization


class Command(BaseCommand):
    help = "Make two organizations with invented people, pools, jobs and sequences in all states."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--password",
            default=os.environ.get("DEMO_PASSWORD"),
            help="For all demo sign-ins; by default from DEMO_PASSWORD in the environment",
        )
        parser.add_argument(
            "--people", type=int, default=600, help="Candidates in both organizations"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if Organization.objects.exists():
            # A first start that was interrupted: what is there is good enough to go on with.
            self.stdout.write("There are organizations already: nothing is added.")
            return
        if not options["password"]:
            raise CommandError("Name the password of the demo sign-ins: --password=…")
        acme, globex = make_cast(options["password"])
        tell_story(acme, people=options["people"] * 3 // 4, seed=1)
        tell_story(globex, people=options["people"] // 4, seed=2)
        self.stdout.write("Demo data is ready. Sign in with the password you gave as:")
        for address, role in SIGN_INS:
            self.stdout.write(f"  {address:<28} {role}")
