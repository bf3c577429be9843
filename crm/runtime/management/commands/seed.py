"""Fill an empty database with demo data, and print who can sign in."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from crm.runtime.demo.cast import SIGN_INS, make_cast
from crm.runtime.demo.story import tell_story
from crm.tenancy.models import Organization


@contextmanager
def beside(work: Callable[..., None], *args: Any, **options: Any) -> Iterator[None]:
    """Do `work` in a process of its own while the block runs: somebody waits for both.

    Raises CommandError at the end where it failed; what went wrong stands in its output.
    """
    # No connection may be shared: each process opens its own.
    connections.close_all()
    other = get_context("fork").Process(target=work, args=args, kwargs=options)
    other.start()
    try:
        yield
    finally:
        other.join()
    if other.exitcode:
        raise CommandError(f"The process beside ended with {other.exitcode}.")


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
        people = options["people"]
        with beside(tell_story, globex, people=people // 4, seed=2):
            tell_story(acme, people=people - people // 4, seed=1)
        self.stdout.write("Demo data is ready. Sign in with the password you gave as:")
        for address, role in SIGN_INS:
            self.stdout.write(f"  {address:<28} {role}")
