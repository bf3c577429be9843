"""Change sets that need somebody: undos that stand still, and values whose time is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import UNDOABLE_FOR, Change, ChangeMark, ChangeSet
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

# A batch takes seconds: whoever has not moved for so long is dead.
STALE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class StalledUndo:
    organization: Organization
    change_set_id: int
    title: str


def stalled_undos(
    now: datetime | None = None, *, patience: timedelta = STALE_AFTER
) -> list[StalledUndo]:
    """Undos that nobody works on, in all organizations; each is given out once."""
    now = now or timezone.now()
    stalled: list[StalledUndo] = []
    for organization in _organizations("candidates_organizations_with_undos", now - patience):
        with acting_in(organization):
            waiting = ChangeSet.objects.select_for_update(of=("self",), skip_locked=True).filter(
                state=ChangeSet.State.UNDOING, beat_at__lte=now - patience
            )
            for change_set in waiting.order_by("pk"):
                change_set.beat_at = now
                change_set.save(update_fields=["beat_at"])
                stalled.append(StalledUndo(organization, change_set.pk, change_set.title))
    return stalled


@transaction.atomic
def forget_old_values(now: datetime | None = None) -> int:
    """Delete the values before and after of change sets that can no longer be undone; returns how many sets."""
    now = now or timezone.now()
    forgotten = 0
    for organization in _organizations(
        "candidates_organizations_with_old_changes", now - UNDOABLE_FOR
    ):
        with acting_in(organization):
            old = ChangeSet.objects.filter(
                forgotten_at=None, created_at__lte=now - UNDOABLE_FOR
            ).exclude(state__in=[ChangeSet.State.APPLYING, ChangeSet.State.UNDOING])
            ids = [found.pk for found in old if found.undoable_until <= now]
            for side in ("before", "after", "provenance"):
                Change.objects.filter(change_set__in=ids, **{f"{side}__isnull": False}).update(
                    **{side: None}
                )
            ChangeMark.objects.filter(change_set__in=ids).delete()
            forgotten += ChangeSet.objects.filter(pk__in=ids).update(forgotten_at=now)
    return forgotten


def _organizations(function: str, before: datetime) -> list[Organization]:
    """Where there is something to do. Asked over all organizations; tells their ids alone."""
    with connection.cursor() as cursor:
        # The functions are those of a migration of this app.
        cursor.execute(f"SELECT {function}(%s)", [before])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))
