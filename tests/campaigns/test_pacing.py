"""Cap, gap and window of the sender decide when a mail goes."""

import smtplib
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sender
from campaigns.services import delivering, dispatching
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db


MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)


State = Message.State


def test_a_cap_counts_the_last_24_hours(acme, owner, provider):
    capped = Outreach(acme, owner, daily_cap=3)
    with time_machine.travel(MONDAY, tick=False) as clock:
        capped.queue(*capped.people(5), started=True)
        delivering.deliver_due(acme)
        assert len(provider.accepted) == 3
        waiting = capped.messages(state=State.QUEUED)
        assert {message.waits_for for message in waiting} == {
            "The sender's cap of 3 in 24 hours: goes Tue 02 Jun, 08:00"
        }
        assert dispatching.organizations_with_work() == []

        clock.move_to(MONDAY + timedelta(hours=23, minutes=59))
        delivering.deliver_due(acme)
        assert len(provider.accepted) == 3

        clock.move_to(MONDAY + timedelta(hours=24))
        delivering.deliver_due(acme)
        assert len(provider.accepted) == 5


def test_a_mail_that_did_not_go_frees_its_place_under_the_cap(acme, owner, provider):
    capped = Outreach(acme, owner, daily_cap=1)
    first, second = capped.queue(*capped.people(2), started=True)

    def busy(mail):
        provider.before_accepting = None
        raise smtplib.SMTPResponseException(451, b"Try again later")

    provider.before_accepting = busy
    assert delivering.deliver_due(acme, limit=1).states == {State.QUEUED: 1}

    assert dispatching.organizations_with_work() == [acme]
    assert delivering.deliver_due(acme).states == {State.SENT: 1}
    assert capped.reload(second).state == State.SENT
    assert capped.reload(first).state == State.QUEUED


def test_a_cap_of_nothing_sends_nothing(acme, owner, provider):
    capped = Outreach(acme, owner, daily_cap=0)
    capped.queue(capped.candidate())

    delivering.deliver_due(acme)

    assert provider.accepted == []


def test_a_gap_lies_between_two_mails(acme, owner, provider):
    slow = Outreach(acme, owner, gap_seconds=60)
    with time_machine.travel(MONDAY, tick=False) as clock:
        slow.queue(*slow.people(3))
        sent_at = []
        while len(provider.accepted) < 3:
            before = len(provider.accepted)
            delivering.deliver_due(acme)
            sent_at += [timezone.now()] * (len(provider.accepted) - before)
            clock.shift(timedelta(seconds=1))

    gaps = [later - earlier for earlier, later in pairwise(sent_at)]
    assert all(timedelta(seconds=60) <= gap <= timedelta(seconds=91) for gap in gaps)


def test_outside_the_window_mail_waits_for_it(acme, owner, provider):
    office = Outreach(
        acme, owner, window_days=[0, 1, 2, 3, 4], window_start=time(9), window_end=time(17)
    )
    candidate = office.candidate()
    with time_machine.travel(MONDAY, tick=False) as clock:
        office.enroll(candidate)
        # Due already, as after a change of the sender's hours.
        office.inside(lambda: Enrollment.objects.update(next_at=MONDAY))
        dispatching.dispatch(acme)

        delivering.deliver_due(acme)
        assert provider.accepted == []
        (message,) = office.messages()
        assert message.state == State.QUEUED
        assert message.waits_for == "Outside the sender's hours: goes Mon 01 Jun, 09:00"

        clock.move_to(MONDAY + timedelta(hours=1))
        delivering.deliver_due(acme)
        assert len(provider.accepted) == 1


def test_two_workers_keep_a_cap_together(acme, owner, provider):
    """The second one checks while the first has the provider on the line."""
    capped = Outreach(acme, owner, daily_cap=1)
    _, second = capped.queue(*capped.people(2), started=True)

    def meanwhile(mail):
        provider.before_accepting = None
        delivering.deliver_due(acme)

    provider.before_accepting = meanwhile
    delivering.deliver_due(acme)

    assert len(provider.accepted) == 1
    assert capped.reload(second).state == State.QUEUED


def test_a_window_change_frees_the_sender(acme, owner, provider):
    from campaigns.services import pacing  # noqa: PLC0415

    capped = Outreach(acme, owner, daily_cap=1)
    capped.queue(*capped.people(2), started=True)
    delivering.deliver_due(acme)
    with acting_in(acme):
        Sender.objects.update(daily_cap=10)
        pacing.free(Sender.objects.get())

    delivering.deliver_due(acme)

    assert len(provider.accepted) == 2
