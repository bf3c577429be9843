"""Cap, gap and window of the sender decide when a mail goes."""

import smtplib
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Enrollment, Hold, Message, Sender, SendingRules
from campaigns.services import delivering, dispatching, enrolling, senders, sequences
from campaigns.services.sending_rules import edit_sending_rules
from campaigns.tasks import DELIVERIES
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


def test_nothing_is_taken_up_while_the_cap_of_the_organization_is_full(acme, owner, provider):
    first = Outreach(acme, owner)
    with acting_in(acme):
        SendingRules.objects.update_or_create(defaults={"daily_cap": 2})
    with time_machine.travel(MONDAY, tick=False) as clock:
        first.queue(*first.people(30), started=True)
        delivering.deliver_due(acme, limit=DELIVERIES)
        for _ in range(3):
            clock.shift(timedelta(hours=1))
            report = delivering.deliver_due(acme, limit=DELIVERIES)
            assert (report.taken, len(provider.accepted)) == (0, 2)
        (late,) = first.queue(first.candidate("late@example.org"), started=True)[-1:]

    assert [hold.because for hold in first.inside(lambda: list(Hold.objects.all()))] == [
        "The organization's cap of 2 in 24 hours"
    ]
    waiting = first.messages(state=State.QUEUED)
    assert {message.waits_for for message in waiting} == {
        "The organization's cap of 2 in 24 hours: goes Tue 02 Jun, 08:00"
    }
    assert late in waiting


def test_a_mail_that_did_not_go_frees_its_place_under_the_cap_of_the_organization(
    acme, owner, provider
):
    first = Outreach(acme, owner)
    with acting_in(acme):
        SendingRules.objects.update_or_create(defaults={"daily_cap": 1})
    failing, waiting = first.queue(*first.people(2), started=True)

    def busy(mail):
        provider.before_accepting = None
        raise smtplib.SMTPResponseException(451, b"Try again later")

    provider.before_accepting = busy
    assert delivering.deliver_due(acme, limit=1).states == {State.QUEUED: 1}
    assert delivering.deliver_due(acme).states == {State.SENT: 1}
    assert first.reload(waiting).state == State.SENT
    assert first.reload(failing).state == State.QUEUED


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


def test_all_who_wait_for_the_cap_of_a_company_go_once_it_is_raised(outreach, provider):
    with acting_in(outreach.organization):
        SendingRules.objects.update_or_create(defaults={"domain_cap": 1})
    people = [outreach.candidate(f"p{number}@works.example") for number in range(4)]
    outreach.queue(*people, started=True)
    delivering.deliver_due(outreach.organization)
    assert len(provider.accepted) == 1

    outreach.inside(edit_sending_rules, by=outreach.user, domain_cap=10)
    delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == 4


@pytest.mark.parametrize("act", ["edit", "resume", "resume all", "activate"])
def test_what_no_longer_holds_all_leaves_each_mail_its_own_reason(act, outreach, owner):
    amara, ben = outreach.people(2)
    of_amara, of_ben = outreach.queue(amara, ben)
    outreach.inside(enrolling.pause, outreach.enrollment(amara), because="Met her at a fair")
    if act == "edit":
        outreach.inside(
            lambda: Message.objects.filter(pk=of_ben.pk).update(waits_for="One mail every minute")
        )
        details = senders.SenderDetails(name="Robin", address=outreach.sender.address)
        outreach.inside(senders.edit_sender, outreach.sender, details, by=owner)
    elif act == "resume":
        outreach.inside(senders.pause_sender, outreach.sender, because="Holiday", by=owner)
        outreach.inside(senders.resume_sender, outreach.sender, by=owner)
    elif act == "resume all":
        outreach.inside(senders.pause_all_sending, by=owner)
        outreach.inside(senders.resume_all_sending, by=owner)
    else:
        outreach.inside(sequences.pause_sequence, outreach.sequence, by=owner)
        outreach.inside(sequences.activate_sequence, outreach.sequence, by=owner)

    words = [outreach.waits_for(mail) for mail in (of_amara, of_ben)]
    assert words == ["Met her at a fair", ""]


def test_a_sender_that_goes_on_leaves_the_mails_of_a_paused_sequence_their_reason(outreach, owner):
    (message,) = outreach.queue(outreach.candidate())
    outreach.inside(sequences.pause_sequence, outreach.sequence, by=owner)
    outreach.inside(senders.pause_sender, outreach.sender, because="Holiday", by=owner)

    outreach.inside(senders.resume_sender, outreach.sender, by=owner)

    assert outreach.waits_for(message) == "The sequence is paused"


def hold_by(reason, outreach, mail) -> str:
    """Let a mail of an office, at 8 on a Monday, wait for a reason of its own; returns what it says."""
    if reason == "a company's cap":
        outreach.inside(SendingRules.objects.update_or_create, defaults={"domain_cap": 0})
        delivering.deliver_due(outreach.organization)
        return "0 mails to works.example in 24 hours: goes Tue 02 Jun, 08:00"
    if reason == "the sender's cap":
        outreach.inside(Sender.objects.update, daily_cap=0)
        delivering.deliver_due(outreach.organization)
        return "The sender's cap of 0 in 24 hours: goes Tue 02 Jun, 08:00"
    if reason == "a paused sender":
        outreach.inside(senders.pause_sender, outreach.sender, because="Holiday", by=outreach.user)
        return "The sender is paused: Holiday"
    if reason == "an absence":
        until = MONDAY + timedelta(days=9)
        with acting_in(outreach.organization):
            enrolling.postpone([mail.enrollment], until=until, because="Away until 10 Jun 2026")
        return "Away until 10 Jun 2026"
    return "Outside the sender's hours: goes Mon 01 Jun, 09:00"


@pytest.mark.parametrize("everybody", ["kill switch", "no postal address", "paused sequence"])
@pytest.mark.parametrize(
    "reason", ["hours", "a company's cap", "the sender's cap", "a paused sender", "an absence"]
)
def test_what_held_all_is_over_and_each_mail_says_again_what_it_waits_for(
    reason, everybody, acme, owner, provider
):
    opens = time(9) if reason == "hours" else time(8)
    office = Outreach(acme, owner, window_start=opens, window_end=time(17))
    with time_machine.travel(MONDAY, tick=False):
        office.enroll(office.candidate("amara@works.example"))
        office.inside(lambda: Enrollment.objects.update(next_at=MONDAY))
        dispatching.dispatch(acme)
        (mail,) = office.messages()
        own = hold_by(reason, office, mail)
        assert office.waits_for(mail) == own

        if everybody == "kill switch":
            office.inside(senders.pause_all_sending, by=owner)
            acme.refresh_from_db()
            held = "Sending is paused for the whole organization"
        elif everybody == "no postal address":
            acme.postal_address = ""
            acme.save()
            held = "The organization has no postal address yet: add it under Settings"
        else:
            office.inside(sequences.pause_sequence, office.sequence, by=owner)
            held = own if reason == "a paused sender" else "The sequence is paused"
        delivering.deliver_due(acme)
        assert office.waits_for(mail) == held

        if everybody == "kill switch":
            office.inside(senders.resume_all_sending, by=owner)
            acme.refresh_from_db()
        elif everybody == "no postal address":
            acme.postal_address = "1 Main Street, Springfield"
            acme.save()
        else:
            office.inside(sequences.activate_sequence, office.sequence, by=owner)
        assert office.waits_for(mail) == own
        delivering.deliver_due(acme)
        assert office.waits_for(mail) == own

    assert provider.accepted == []
