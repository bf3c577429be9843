"""Many people under rules of sending, and a worker that does what is due."""

from campaigns.models import (
    SendingRules,
)
from campaigns.services import (
    delivering,
    dispatching,
)
from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach


def crowd(outreach: Outreach, count: int, domain: str = "example.com") -> list[Candidate]:
    return [
        outreach.candidate(f"p{number}@{domain}", full_name=f"Person {number}")
        for number in range(count)
    ]


def rules(outreach: Outreach, **limits) -> None:
    with acting_in(outreach.organization):
        SendingRules.objects.update_or_create(defaults=limits)


def work(outreach: Outreach) -> None:
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization, limit=1000)
