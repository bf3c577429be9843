"""`manage.py beat`: enqueues the recurring sweeps of `CELERY_BEAT_SCHEDULE`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crm.celery import app


class Command(BaseCommand):
    help = "Run beat. One is enough; a second does no harm, because sweeps are idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--schedule", default="celerybeat-schedule", help="Its own memory: a file."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        app.start(["--quiet", "beat", f"--schedule={options['schedule']}", "--pidfile="])
