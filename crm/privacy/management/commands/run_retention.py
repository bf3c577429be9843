"""Run retention by hand, with a readable report."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.privacy.models import PurgeRun
from crm.privacy.naming import in_words
from crm.privacy.services import retaining
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError


class Command(BaseCommand):
    help = "Erase the candidates whose time is up in one organization; --dry-run only counts them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument(
            "--keep-days",
            type=int,
            metavar="DAYS",
            help="Instead of the organization's own policy, for this run",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organization = Organization.objects.get(slug=options["organization"])
        except Organization.DoesNotExist:
            raise CommandError(f"There is no organization “{options['organization']}”.") from None
        try:
            with acting_in(organization):
                run = retaining.start_run(
                    by=None, is_dry_run=options["dry_run"], keep_days=options["keep_days"]
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
        while retaining.is_running(organization, run.pk):
            with acting_in(organization):
                has_more = retaining.run_batch(run.pk)
            if not has_more:
                # Over; or a worker of the nightly sweep holds it just now, and the report waits for that one.
                time.sleep(0.2)
        with acting_in(organization):
            run = PurgeRun.objects.get(pk=run.pk)
            verb = "would go" if run.is_dry_run else "erased"
            self.stdout.write(
                f"{organization.name}: {run.candidate_count} candidates {verb} "
                f"(no contact for {run.keep_days} days, since {run.cutoff_at:%Y-%m-%d})."
            )
            for kind, count in in_words(run.counts):
                self.stdout.write(f"  {count:>8}  {kind}")
            if not run.is_dry_run:
                self.stdout.write(f"Certificate {run.pk}, seal {run.certificate()['seal']}")
