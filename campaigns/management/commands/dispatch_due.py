"""`manage.py dispatch_due`: what beat has done every few seconds, once and by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from campaigns.services import delivering, dispatching


class Command(BaseCommand):
    help = "Queue the steps that are due, in every organization, and send what may go now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--queue-only", action="store_true", help="Leave the sending to the workers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = dispatching.dispatch_due()
        self.stdout.write(
            f"Organizations with work: {report.organizations}\n"
            f"Mails queued: {report.queued}\n"
            f"Tasks given: {report.tasks}\n"
            f"Held because a merge field has no value: {report.held}\n"
            f"Stopped because the person must not be written to: {report.stopped}"
        )
        if options["queue_only"]:
            return
        for organization in dispatching.organizations_with_work():
            done = delivering.deliver_due(organization, limit=1_000_000, seconds=24 * 3600)
            for state, count in done.states.items():
                self.stdout.write(f"{organization.slug}: {state.label}: {count}")
            if done.not_now:
                self.stdout.write(f"{organization.slug}: Not now: {done.not_now}")
