"""Bounces and complaints: what one, three, or a percentage of them changes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.models import Enrollment, Hold, Message, MessageEvent, Sequence
from campaigns.services import bouncing, guarding, holding
from campaigns.services.sending_rules import edit_sending_rules
from candidates.models import Candidate, EmailAddress, Notification
from candidates.services import suppressing
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db


def sent_to(outreach, candidate: Candidate, number: int) -> Message:
    """A mail outside of the sequence's steps: what matters is that it went."""
    return Message.objects.create(
        direction="out", state="sent", candidate=candidate, sender=outreach.sender,
        to_address="amara@example.com", message_id=f"<{number}@x>", handed_at=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(("soft", "retired"), [(1, False), (2, False), (3, True)])
def test_three_soft_bounces_within_two_weeks_retire_an_address(outreach, soft, retired):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        for number in range(soft):
            message = sent_to(outreach, candidate, number)
            for _ in range(2):  # a report that comes twice counts once
                bouncing.take_bounce(
                    message, hard=False, event_id=f"e{number}", description="4.2.2 full"
                )

        state = EmailAddress.objects.get().state
        assert (state == EmailAddress.State.BOUNCED) is retired
        # It may work again: only a person says so, but nothing forbids it for ever.
        assert not suppressing.is_suppressed("email", "amara@example.com")


def test_soft_bounces_of_long_ago_do_not_count(outreach):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        for number in range(3):
            message = sent_to(outreach, candidate, number)
            bouncing.take_bounce(message, hard=False, event_id=f"e{number}", description="full")
            MessageEvent.objects.update(at=timezone.now() - timedelta(days=15))

        assert EmailAddress.objects.get().state != EmailAddress.State.BOUNCED


def campaign(outreach, *, mails: int, complaints: int = 0, bounces: int = 0) -> Message:
    """So many mails of the sequence, of which some were complained about or came back; the last of these."""
    people = Candidate.objects.bulk_create(
        Candidate(full_name=f"Person {number}") for number in range(mails)
    )
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(sequence=outreach.sequence, candidate=person, state="finished")
        for person in people
    )
    messages = Message.objects.bulk_create(
        Message(direction="out", state="sent", enrollment=enrollment, step=outreach.first,
                candidate=enrollment.candidate, sender=outreach.sender)
        for enrollment in enrollments
    )  # fmt: skip
    for count, kind in ((complaints, "complained"), (bounces, "bounced")):
        MessageEvent.objects.bulk_create(
            MessageEvent(message=message, kind=kind, event_id=f"{kind}{message.pk}")
            for message in messages[:count]
        )
    return Message.objects.select_related("enrollment__sequence__owner").get(pk=messages[0].pk)


@pytest.mark.parametrize(
    ("numbers", "paused", "told"),
    [
        ({"mails": 199, "complaints": 5}, False, False),
        ({"mails": 200, "complaints": 1}, True, True),
        ({"mails": 400, "complaints": 1}, False, True),
        ({"mails": 1100, "complaints": 1}, False, False),
        ({"mails": 200, "bounces": 9}, False, False),
        ({"mails": 200, "bounces": 10}, True, True),
    ],
)
def test_a_sequence_stops_itself_at_the_limits(outreach, numbers, paused, told):
    with acting_in(outreach.organization):
        message = campaign(outreach, **numbers)

        guarding.look_at(message)
        guarding.look_at(message)

        assert (Sequence.objects.get().state == "paused") is paused
        notices = Notification.objects.filter(kind="sender", user=outreach.user)
        assert notices.count() == (1 if told else 0)


def test_it_is_written_down_that_a_sequence_was_stopped(outreach):
    with acting_in(outreach.organization):
        guarding.look_at(campaign(outreach, mails=200, bounces=10))

        hold = Hold.objects.get()
    assert (hold.sequence_id, hold.because) == (outreach.sequence.pk, holding.SEQUENCE_PAUSED)


def test_sequences_and_senders_go_by_the_organizations_own_limit(outreach):
    with acting_in(outreach.organization):
        message = campaign(outreach, mails=200, bounces=10)
        edit_sending_rules(
            by=outreach.user, bounce_limit=Decimal(6), complaint_limit=Decimal("0.3")
        )

        guarding.look_at(message)
        assert Sequence.objects.get().state == "active"

        edit_sending_rules(by=outreach.user, bounce_limit=Decimal(5))
        guarding.look_at(message)
        assert Sequence.objects.get().state == "paused"
        assert guarding.broken_limit(gone=100, bounced=5, complained=0) == (
            "5% of its mails came back"
        )
