"""`manage.py read_resumes`: read the résumés that wait, here and now."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from candidates.models import Resume
from candidates.services.resumes import running
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in


class Command(BaseCommand):
    help = "Read the résumés that wait or stand still, and say how many are read and refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again",
            action="store_true",
            help="Also those that an older version of Rapport read; decisions stay",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for organization in Organization.objects.filter(closed_at=None).order_by("pk"):
            if options["again"]:
                running.read_again(organization)
            running.give_back_stalled(organization, patience=timedelta(minutes=1))
            with acting_in(organization):
                waiting = list(
                    Resume.objects.filter(state=Resume.State.WAITING).values_list("pk", flat=True)
                )
            if not waiting:
                continue
            while not running.read_waiting(organization):
                pass
            with acting_in(organization):
                refused = Resume.objects.filter(pk__in=waiting, state=Resume.State.REFUSED).count()
            self.stdout.write(
                f"{organization.slug}: {len(waiting)} read, {refused} of them refused"
            )
