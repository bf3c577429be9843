"""Do by hand, now, what beat does by the clock."""

import time
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Run sweeps of the beat schedule in this process: those that are named, or all of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="As --list shows them")
        parser.add_argument("--list", action="store_true", help="Show the sweeps, run none")

    def handle(self, *args: Any, **options: Any) -> None:
        schedule = settings.CELERY_BEAT_SCHEDULE
        unknown = sorted(set(options["names"]) - set(schedule))
        if unknown:
            raise CommandError(
                f"There is no sweep “{unknown[0]}”. There are: {', '.join(sorted(schedule))}."
            )
        current_app.loader.import_default_modules()
        for name in options["names"] or schedule:
            if options["list"]:
                self.stdout.write(f"{name:<22} {schedule[name]['schedule']}")
                continue
            started = time.monotonic()
            report = current_app.tasks[str(schedule[name]["task"])]()
            seconds = time.monotonic() - started
            said = f": {report}" if report is not None else ""
            self.stdout.write(f"{name}: done in {seconds:.1f} s{said}")
