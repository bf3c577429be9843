"""A campaign inside a running installation: begun, watched and settled by `manage.py shell`, beside it."""

import json
from collections import Counter
from datetime import time, timedelta

from campaigns.models import Enrollment, Message, Sender, Sequence, Step
from campaigns.services import enrolling, reconciling
from candidates.models import Candidate, EmailAddress
from crm.accounts.models import User
from crm.runtime.models import MailboxMessage
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

SLUG = "outage"
UNSETTLED = (Message.State.QUEUED, Message.State.SENDING)


def begin(mails: int) -> None:
    """One mail each to so many people, at any hour."""
    organization = Organization.objects.create(
        name="Outage", slug=SLUG, postal_address="1 Main Street, Springfield"
    )
    with acting_in(organization):
        sender = Sender.objects.create(
            name="Robin Reyes",
            address=f"robin@{SLUG}.example",
            daily_cap=2 * mails,
            window_days=list(range(7)),
            window_start=time(0),
            window_end=time(0),
        )
        sequence = Sequence.objects.create(
            name="Welcome", sender=sender, state=Sequence.State.ACTIVE
        )
        Step.objects.create(sequence=sequence, position=1, subject="A role", body="Shall we talk?")
        people = Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number}") for number in range(mails)
        )
        EmailAddress.objects.bulk_create(
            EmailAddress(
                candidate=person,
                address=f"person{number}@example.com",
                normalized=f"person{number}@example.com",
                is_primary=True,
            )
            for number, person in enumerate(people)
        )
        user = User.objects.get(email="operator@rapport.example")
        enrolling.enroll(sequence, [person.pk for person in people], by=user)


def show() -> None:
    """How far it is, as JSON. What a dead process left is given up after three seconds."""
    reconciling.reconcile_sending(lease=timedelta(seconds=3))
    with acting_in(Organization.objects.get(slug=SLUG)):
        messages = list(Message.objects.values_list("state", "message_id", "problem"))
        waiting = Enrollment.objects.filter(state=Enrollment.State.ACTIVE).count()
    accepted = Counter(
        MailboxMessage.objects.filter(organization_slug=SLUG).values_list("message_id", flat=True)
    )
    report = {
        "messages": messages,
        "unsettled": waiting + sum(state in UNSETTLED for state, _, _ in messages),
        "accepted": dict(accepted),
    }
    print(json.dumps(report))  # noqa: T201 - read by the test that runs it
