"""Finding anew what depends on people who changed: their places, and the smart pools they are in.

What is to be done stands in `PersonMark`, written by the database itself. A worker that dies loses nothing, two at once
take different people, and working twice on somebody changes nothing.
"""

from time import monotonic

from django.db import connection, transaction

from candidates.models import PersonMark
from candidates.services.placing import place_people
from candidates.services.smart_pools import refresh_members
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

BATCH = 2000


@transaction.atomic
def freshen_batch(size: int = BATCH) -> int:
    """Take up to `size` marks, find anew what depends on their people; returns how many marks were taken."""
    taken = list(
        PersonMark.objects.select_for_update(skip_locked=True)
        .order_by("pk")
        .values_list("pk", "candidate")[:size]
    )
    if not taken:
        return 0
    people = {candidate_id for _, candidate_id in taken}
    place_people(people)
    refresh_members(people)
    done = PersonMark.objects.filter(pk__in=[pk for pk, _ in taken])
    done._raw_delete(done.db)
    return len(taken)


def freshen(organization: Organization, *, seconds: float) -> bool:
    """Work on marks until there are none or the time is up; True when there are none."""
    until = monotonic() + seconds
    while monotonic() < until:
        with acting_in(organization):
            if not freshen_batch():
                return True
    return False


def organizations_with_marks() -> list[Organization]:
    """Where somebody changed. Asked over all organizations; tells their ids alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidates_organizations_with_marks()")
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))
