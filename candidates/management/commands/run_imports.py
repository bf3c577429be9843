"""`manage.py run_imports`: go on with imports that wait or stand still, here and now."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from candidates.models import Import, ImportRow
from candidates.services.importing import running
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in


class Command(BaseCommand):
    help = (
        "Run the imports that wait or stand still, to their end, and say what became of each row."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--organization", help="Only in this one, by the first part of its address"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.filter(closed_at=None).order_by("pk")
        if options["organization"]:
            organizations = organizations.filter(slug=options["organization"])
            if not organizations:
                raise CommandError(f"There is no organization “{options['organization']}”.")
        worked = 0
        for organization in organizations:
            for stalled in running.stalled_imports(organization, patience=timedelta(0)):
                worked += 1
                while not running.work_on(organization, stalled.import_id):
                    pass
                self._report(organization, stalled.import_id)
        if not worked:
            self.stdout.write("No import waits.")

    def _report(self, organization: Organization, import_id: int) -> None:
        with acting_in(organization):
            import_file = Import.objects.get(pk=import_id)
        counts = ", ".join(
            f"{import_file.counts[outcome.value]} {outcome.label.lower()}"
            for outcome in ImportRow.Outcome
            if import_file.counts.get(outcome.value)
        )
        self.stdout.write(
            f"{organization.slug}: {import_file.file_name}: {import_file.get_state_display()}; "
            f"{import_file.done_count} of {import_file.row_count} rows: {counts or 'none'}"
        )
