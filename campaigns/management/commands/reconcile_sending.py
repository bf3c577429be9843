"""`manage.py reconcile_sending`: settles mails whose worker died."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from campaigns.services import reconciling, repeating


class Command(BaseCommand):
    help = "Settle the mails that a worker took up and never finished."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=int,
            default=int(reconciling.LEASE.total_seconds()),
            help="Seconds since the worker took the mail (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = reconciling.reconcile_sending(lease=timedelta(seconds=options["older_than"]))
        settled = repeating.repeat_doubtful()
        self.stdout.write(
            f"Back in the queue (never handed over): {report.requeued}\n"
            f"In doubt (handed over, no answer recorded): {report.ambiguous}\n"
            f"Set aside (stopped several workers): {report.set_aside}\n"
            f"Cleared up (the provider knew them again): {settled}"
        )
