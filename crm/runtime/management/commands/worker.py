"""`manage.py worker`: a Celery worker for every queue, or for the named ones."""

import os
import warnings
from typing import Any

from celery.exceptions import SecurityWarning
from django.core.management.base import BaseCommand, CommandParser

from crm.celery import QUEUES, app
from crm.runtime.watchdog import Watchdog


class Command(BaseCommand):
    help = "Run a worker. More workers may run at the same time, on any machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queues", default=",".join(QUEUES))
        parser.add_argument(
            "--concurrency", type=int, default=int(os.environ.get("WORKER_CONCURRENCY", "2"))
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # About running as root: the reason is pickled messages, and ours are JSON only.
        warnings.simplefilter("ignore", SecurityWarning)
        Watchdog(options["queues"].split(",")).connect()
        # Gossip and mingle make workers talk to each other, which nothing here needs.
        app.start(
            [
                "--quiet",
                "worker",
                f"--queues={options['queues']}",
                f"--concurrency={options['concurrency']}",
                "--without-gossip",
                "--without-mingle",
            ]
        )
