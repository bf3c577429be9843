"""The pages that enroll a pool, for their tests: whom they are asked for, what they show and post on."""

from campaigns.models import Enrollment
from candidates.models import (
    Suppression,
    TalentPool,
)
from candidates.services import suppressing
from candidates.services.pools import add_to_pool
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, TalentPoolFactory

ADDRESS = "/acme/sequences/enroll/"


def make_pool(outreach) -> TalentPool:
    """Amara may be written to; Priya has no address; Sam unsubscribed."""
    amara = outreach.candidate()
    sam = outreach.candidate("sam@example.com", full_name="Sam Noor")
    with acting_in(outreach.organization):
        pool = TalentPoolFactory(name="Silver medalists")
        priya = CandidateFactory(full_name="Priya Raman")
        suppressing.suppress("email", "sam@example.com", reason=Suppression.Reason.UNSUBSCRIBED)
        add_to_pool(pool, [amara.pk, priya.pk, sam.pk], by=None)
    return pool


def enrolled(outreach) -> list[str]:
    with acting_in(outreach.organization):
        people = Enrollment.objects.order_by("candidate__full_name")
        return list(people.values_list("candidate__full_name", flat=True))


def checked(client, outreach, pool, **more) -> dict:
    """What the page of the check posts on: the pool's people as they were counted."""
    page = client.post(ADDRESS, {"pool": pool.pk, "sequence": outreach.sequence.pk, **more})
    return {
        "pool": pool.pk,
        "sequence": outreach.sequence.pk,
        "candidates": page.context["frozen"],
    }
