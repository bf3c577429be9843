"""Do by hand, now, what beat does by the clock."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app
from celery.signals import before_task_publish
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

# A statement that writes, also behind WITH; not SELECT … FOR UPDATE.
_WRITES = re.compile(
    r"^(?:WITH\b.*?)?\b(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.DOTALL | re.IGNORECASE
)
_DID = {"INSERT INTO": "added", "UPDATE": "changed", "DELETE FROM": "deleted"}


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
            with _noting() as noted:
                current_app.tasks[str(schedule[name]["task"])]()
            seconds = time.monotonic() - started
            self.stdout.write(f"{name}: done in {seconds:.1f} s: {_in_words(noted)}")


@contextmanager
def _noting() -> Iterator[Counter[tuple[str, str]]]:
    """Counts what the block writes, as (what was done, to what), and what it hands to the workers."""
    noted: Counter[tuple[str, str]] = Counter()

    def note_rows(
        execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        written = _WRITES.match(str(sql).lstrip())
        rows = context["cursor"].rowcount
        if written and rows > 0:
            noted[_DID[written[1].upper()], _plural(written[2])] += rows
        return result

    def note_task(sender: str = "", **_: Any) -> None:
        noted["handed to the workers:", sender.rpartition(".")[2]] += 1

    before_task_publish.connect(note_task, weak=False, dispatch_uid="sweep")
    try:
        with connection.execute_wrapper(note_rows):
            yield noted
    finally:
        before_task_publish.disconnect(note_task, dispatch_uid="sweep")


def _plural(table: str) -> str:
    """What the rows of a table are called."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            return str(model._meta.verbose_name_plural)
    return table


def _in_words(noted: Counter[tuple[str, str]]) -> str:
    lines = [f"{did} {count} {what}" for (did, what), count in sorted(noted.items())]
    return "; ".join(lines) or "nothing was due"
