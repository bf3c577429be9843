"""Imports, exports and days in the background. What is to be done stands in the database; a lost task costs a minute, no row."""

from celery import shared_task

from candidates.services import (
    bulk,
    freshening,
    mailing,
    notifying,
    saved_searches,
    smart_pools,
    snoozing,
    telling,
    warming,
    watching,
)
from candidates.services.changes import sweeping, undoing
from candidates.services.custom_fields import files as custom_files
from candidates.services.duplicates import refreshing
from candidates.services.exporting import running as exporting
from candidates.services.files import delete_orphans
from candidates.services.importing import running
from candidates.services.merging import bulk as merging
from candidates.services.resumes import forgetting
from candidates.services.resumes import running as reading
from crm.tenancy.models import Organization
from crm.tenancy.sweeping import everywhere, inside

SWEEP_SECONDS = 60


@shared_task
def work_on_import(organization_id: int, import_id: int) -> None:
    """Check or run one import; a long one queues up again, so that others get their turn."""
    organization = Organization.objects.get(pk=organization_id)
    if not running.work_on(organization, import_id):
        work_on_import.delay(organization_id, import_id)


@shared_task(expires=SWEEP_SECONDS)
def resume_imports() -> None:
    """Go on with imports whose worker died, or whose task was lost."""
    for organization in running.organizations_with_stalled_imports():
        for stalled in running.stalled_imports(organization):
            work_on_import.delay(organization.pk, stalled.import_id)


@shared_task
def work_on_undo(organization_id: int, change_set_id: int) -> None:
    """Undo one change set; a long one queues up again, so that others get their turn."""
    organization = Organization.objects.get(pk=organization_id)
    if not undoing.work_on_undo(organization, change_set_id):
        work_on_undo.delay(organization_id, change_set_id)


@shared_task(expires=SWEEP_SECONDS)
def resume_undos() -> None:
    """Go on with undos whose worker died, or whose task was lost."""
    for stalled in sweeping.stalled_undos():
        work_on_undo.delay(stalled.organization.pk, stalled.change_set_id)


@shared_task(expires=3600)
def forget_old_changes() -> None:
    """Forget the values of change sets that can no longer be undone."""
    sweeping.forget_old_values()


@shared_task(expires=3600)
def forget_import_rows() -> None:
    running.forget_old_rows()


@shared_task(expires=600)
def return_snoozed() -> int:
    """Bring back whose day has come; tell how many."""
    return everywhere(inside(snoozing.return_due))


@shared_task(expires=600)
def tell_of_the_day() -> None:
    """Tell members whose tasks are due, and whose people go cold."""
    everywhere(inside(telling.tell_due), inside(telling.tell_cold))


@shared_task(expires=SWEEP_SECONDS)
def tell_watchers() -> None:
    """Tell who follows people and pools what others did there."""
    everywhere(inside(watching.tell_watchers))


@shared_task(expires=3600)
def tell_of_matches() -> int:
    """Tell members of new people in their saved searches; how many were told."""
    return everywhere(saved_searches.tell_of_matches)


@shared_task(expires=SWEEP_SECONDS)
def mail_notifications() -> int:
    """Mail members what they were told and have not read; tell how many mails."""
    return everywhere(mailing.mail_due)


@shared_task(expires=3600)
def forget_notifications() -> None:
    everywhere(inside(notifying.forget_old_notifications))


# An export of everything may take long, and is written in one go.
@shared_task(soft_time_limit=3 * 3600, time_limit=3 * 3600 + 60)
def write_export(organization_id: int, export_id: int) -> None:
    """Write one file."""
    exporting.work_on(Organization.objects.get(pk=organization_id), export_id)


@shared_task(expires=SWEEP_SECONDS)
def tend_exports() -> None:
    """Begin exports anew whose worker died, and delete files whose time is over."""
    for organization in exporting.organizations_with_due_exports():
        for export_id in exporting.tend(organization):
            write_export.delay(organization.pk, export_id)


@shared_task
def read_resumes(organization_id: int) -> None:
    """Read the files that wait in an organization; many queue up again, so that others get their turn."""
    organization = Organization.objects.get(pk=organization_id)
    if not reading.read_waiting(organization):
        read_resumes.delay(organization_id)


@shared_task(expires=SWEEP_SECONDS)
def resume_reading() -> None:
    """Go on with files whose worker died, or whose task was lost."""
    for organization in reading.organizations_with_waiting_resumes():
        reading.give_back_stalled(organization)
        read_resumes.delay(organization.pk)


@shared_task(expires=3600)
def forget_files() -> None:
    """Delete files that nobody needs any more, and those that no row knows."""
    forgetting.forget_old()
    custom_files.forget_unused()
    delete_orphans()


COMPARING_SECONDS = 45


@shared_task(expires=SWEEP_SECONDS)
def compare_people() -> None:
    """Compare whoever changed with all others, in every organization where somebody waits."""
    for organization in refreshing.organizations_with_waiting():
        compare_in.delay(organization.pk)


@shared_task(expires=SWEEP_SECONDS)
def compare_in(organization_id: int) -> None:
    """The people who wait in one organization; a long queue goes on with the next sweep."""
    refreshing.work_on(Organization.objects.get(pk=organization_id), seconds=COMPARING_SECONDS)


@shared_task(expires=3600)
def compare_everybody() -> None:
    """Once a night: whatever a day's changes left behind is put right."""
    everywhere(inside(refreshing.note_everybody))


@shared_task
def merge_all(organization_id: int, change_set_id: int) -> None:
    """Merge the surest pairs of the queue; many take several turns."""
    organization = Organization.objects.get(pk=organization_id)
    if not merging.work_on_merging(organization, change_set_id, seconds=COMPARING_SECONDS):
        merge_all.delay(organization_id, change_set_id)


@shared_task(expires=SWEEP_SECONDS)
def resume_merging() -> None:
    """Go on with merging whose worker died, or whose task was lost."""
    everywhere(_resume_merging_in)


def _resume_merging_in(organization: Organization) -> None:
    for change_set_id in merging.stalled_mergings(organization):
        merge_all.delay(organization.pk, change_set_id)


@shared_task(expires=3600)
def rewarm_everybody() -> None:
    """Once a night: whoever's stored warmth is not what the timeline says is put right. Fading needs no work."""
    everywhere(warming.rewarm)


@shared_task
def work_on_bulk_act(organization_id: int, act_id: int) -> None:
    """Go through one act on many people; a long one queues up again, so that others get their turn."""
    organization = Organization.objects.get(pk=organization_id)
    if not bulk.work_on(organization, act_id):
        work_on_bulk_act.delay(organization_id, act_id)


@shared_task(expires=SWEEP_SECONDS)
def resume_bulk_acts() -> None:
    """Go on with acts whose worker died, or whose task was lost; forget selections nobody used."""
    for organization in bulk.organizations_with_bulk_acts():
        for act_id in bulk.tend(organization):
            work_on_bulk_act.delay(organization.pk, act_id)


@shared_task(expires=60)
def fill_pools() -> None:
    """Fill the smart pools that are due: new ones, those whose rule changed, and all of them at night."""
    for organization in smart_pools.organizations_with_due_pools():
        fill_pools_in.delay(organization.pk)


@shared_task(expires=600)
def fill_pools_in(organization_id: int) -> None:
    smart_pools.fill_due(Organization.objects.get(pk=organization_id))


@shared_task(expires=3600)
def fill_every_pool() -> None:
    """Once a night: what depends on the day alone comes true in every smart pool."""
    everywhere(
        inside(smart_pools.note_due),
        inside(smart_pools.forget_departures),
        lambda organization: fill_pools_in.delay(organization.pk),
    )


FRESHENING_SECONDS = 25


@shared_task(expires=30)
def freshen_people() -> None:
    """Follow whatever changed in people: their places and smart pools, in every organization with marks."""
    for organization in freshening.organizations_with_marks():
        freshen_in.delay(organization.pk)


@shared_task(expires=60)
def freshen_in(organization_id: int) -> None:
    """The marks of one organization; a long queue goes on with the next sweep."""
    freshening.freshen(Organization.objects.get(pk=organization_id), seconds=FRESHENING_SECONDS)
