"""Retention in the background: one run per organization and night, batch by batch."""

from functools import partial

from celery import shared_task
from django.utils import timezone

from crm.privacy.models import PurgeRun
from crm.privacy.services import retaining
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.tenancy.sweeping import everywhere, inside

# Between two batches other tasks get their turn, and a purge stays far from the task's time limit.
BATCHES_PER_TASK = 20
RESUMING_SECONDS = 120


@shared_task
def run_retention(organization_id: int, run_id: int) -> None:
    """Work on a run; rings for itself while there is more."""
    organization = Organization.objects.get(pk=organization_id)
    for _ in range(BATCHES_PER_TASK):
        with acting_in(organization):
            more = retaining.run_batch(run_id)
        if not more:
            return
    run_retention.delay(organization_id, run_id)


@shared_task
def sweep_retention() -> None:
    """Start tonight's runs where a policy asks for them, and go on with runs that a crash left behind."""
    slot = timezone.now().date()
    everywhere(inside(partial(retaining.start_nightly_run, slot=slot)), _go_on)


@shared_task(expires=RESUMING_SECONDS)
def resume_retention() -> None:
    """Go on with runs whose worker died, or whose task was lost; a run that a worker holds is left to it."""
    everywhere(_go_on)


def _go_on(organization: Organization) -> None:
    with acting_in(organization):
        running = PurgeRun.objects.filter(state=PurgeRun.State.RUNNING)
        unfinished = list(running.values_list("pk", flat=True))
    for run_id in unfinished:
        run_retention.delay(organization.pk, run_id)
