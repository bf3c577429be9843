"""`manage.py find_duplicates`: compare everybody who waits, here and now; `--all` compares everybody anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from candidates.models import DuplicatePair
from candidates.services.duplicates import refreshing
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in


class Command(BaseCommand):
    help = "Compare people who changed with all others, and say how far it is and what was found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--organization", help="Only in this one, by the first part of its address"
        )
        parser.add_argument("--all", action="store_true", help="Everybody, not only who changed")

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.filter(closed_at=None).order_by("pk")
        if options["organization"]:
            organizations = organizations.filter(slug=options["organization"])
            if not organizations:
                raise CommandError(f"There is no organization “{options['organization']}”.")
        for organization in organizations:
            if options["all"]:
                with acting_in(organization):
                    refreshing.note_everybody()
            while not refreshing.work_on(organization, seconds=10):
                self._report(organization)
            self._report(organization)

    def _report(self, organization: Organization) -> None:
        with acting_in(organization):
            progress = refreshing.progress()
            groups = DuplicatePair.objects.filter(is_leading=True).count()
        self.stdout.write(
            f"{organization.slug}: {progress.done:,} of {progress.people:,} people compared, "
            f"{groups:,} possible duplicates"
        )
