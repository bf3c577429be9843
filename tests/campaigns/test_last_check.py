"""What happens between queueing and sending is seen in the last second."""

import os
import smtplib
from contextlib import suppress
from datetime import time, timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns import clock, faults
from campaigns.models import Enrollment, Message, Sender, Sequence
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    reconciling,
    resuming,
)
from campaigns.services.unsubscribing import unsubscribe
from candidates.models import Candidate, EmailAddress, Suppression, Touchpoint
from candidates.services import suppressing
from crm.accounts.models import User
from crm.privacy.services.erasing import erase_candidates
from crm.tenancy.models import Membership, Organization
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Killed
from tests.campaigns.links import unsubscribe_token

pytestmark = pytest.mark.django_db

State = Message.State


# What may happen between queueing and sending, and what must become of the mail.
def _suppress(outreach, candidate):
    suppressing.suppress("email", "amara@example.com", reason="objected", by=outreach.user)


def _answer(outreach, candidate):
    Message.objects.create(
        direction="in", state="received", candidate=candidate, message_id="<x@example.com>"
    )


def _do_not_contact(outreach, candidate):
    Candidate.objects.update(status=Candidate.Status.DO_NOT_CONTACT)


def _not_now(outreach, candidate):
    Candidate.objects.update(status=Candidate.Status.NOT_NOW)


def _bounce(outreach, candidate):
    EmailAddress.objects.update(state=EmailAddress.State.BOUNCED)


def _lose_address(outreach, candidate):
    EmailAddress.objects.all().delete()


def _stop(outreach, candidate):
    enrolling.stop(Enrollment.objects.get(), Enrollment.StopReason.MANUAL, by=outreach.user)


def _pause(outreach, candidate):
    enrolling.pause(Enrollment.objects.get(), by=outreach.user)


def _pause_sequence(outreach, candidate):
    Sequence.objects.update(state=Sequence.State.PAUSED)


def _pause_sender(outreach, candidate):
    Sender.objects.update(paused_at=timezone.now())


def _pause_organization(outreach, candidate):
    Organization.objects.filter(slug="acme").update(sending_paused_at=timezone.now())


def _lose_postal_address(outreach, candidate):
    Organization.objects.filter(slug="acme").update(postal_address="")


def _sender_leaves(outreach, candidate):
    colleague = User.objects.create(email="gone@acme.example", name="Gone")
    Sender.objects.update(user=colleague)


def _close_window(outreach, candidate):
    now = timezone.now()
    Sender.objects.update(
        window_start=time((now.hour + 2) % 24), window_end=time((now.hour + 3) % 24)
    )


def _lose_name(outreach, candidate):
    Candidate.objects.update(full_name="amara@example.com", preferred_name="")


EVENTS = {
    _suppress: State.CANCELLED,
    _answer: State.CANCELLED,
    _do_not_contact: State.CANCELLED,
    _not_now: State.CANCELLED,
    _bounce: State.CANCELLED,
    _lose_address: State.CANCELLED,
    _stop: State.CANCELLED,
    _pause: State.QUEUED,
    _pause_sequence: State.QUEUED,
    _pause_sender: State.QUEUED,
    _pause_organization: State.QUEUED,
    _lose_postal_address: State.QUEUED,
    _sender_leaves: State.QUEUED,
    _close_window: State.QUEUED,
    _lose_name: State.QUEUED,
}


@pytest.mark.parametrize("moment", ["before the claim", "after the claim"])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_the_last_check_sees_what_happened_since(event, moment, outreach, provider, monkeypatch):
    candidate = outreach.candidate()
    (message,) = outreach.queue(candidate)
    if moment == "before the claim":
        outreach.inside(event, outreach, candidate)
    else:
        # `deliver` has taken the row when this runs, in a transaction of its own as another process's.
        def reach(point):
            if point == "after claim":
                outreach.inside(event, outreach, candidate)

        monkeypatch.setattr(faults, "reach", reach)

    with time_machine.travel(timezone.now(), tick=False):
        delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    message = outreach.reload(message)
    assert message.state == EVENTS[event]
    if message.state == State.QUEUED:
        assert message.attempts == 0
    else:
        assert message.problem
        assert outreach.enrollment(candidate).state == Enrollment.State.STOPPED


@pytest.mark.parametrize("pause", [_pause_sequence, _pause_organization])
def test_a_mail_that_a_worker_has_taken_ends_with_its_sequence_though_all_is_paused(
    pause, outreach, provider, monkeypatch
):
    """Put back into the queue, it would wait there for ever."""
    candidate = outreach.candidate()
    (message,) = outreach.queue(candidate)

    def reach(point):
        if point == "after claim":
            outreach.inside(_stop, outreach, candidate)
            outreach.inside(pause, outreach, candidate)

    monkeypatch.setattr(faults, "reach", reach)
    delivering.deliver_due(outreach.organization)

    message = outreach.reload(message)
    assert (message.state, message.problem) == (State.CANCELLED, "Stopped by hand")
    assert provider.accepted == []


def test_what_a_dead_worker_had_taken_of_an_ended_sequence_does_not_come_back(
    outreach, provider, die_at
):
    candidate = outreach.candidate()
    (message,) = outreach.queue(candidate)
    die_at("after claim")
    with suppress(Killed):
        delivering.deliver_due(outreach.organization)
    outreach.inside(_stop, outreach, candidate)

    reconciling.reconcile_sending(lease=timedelta(0))

    assert outreach.reload(message).state == State.CANCELLED


def test_a_mail_that_is_to_be_tried_again_is_not_once_its_sequence_has_ended(outreach, provider):
    candidate = outreach.candidate()
    (message,) = outreach.queue(candidate)

    def busy(mail):
        outreach.inside(_stop, outreach, candidate)
        raise smtplib.SMTPDataError(451, b"Later")

    provider.before_accepting = busy
    delivering.deliver_due(outreach.organization)

    message = outreach.reload(message)
    assert (message.state, message.handed_at) == (State.CANCELLED, None)


def test_a_corrected_template_and_address_count_up_to_the_last_moment(outreach, provider):
    candidate = outreach.candidate()
    outreach.queue(candidate)
    with acting_in(outreach.organization):
        outreach.first.body = "Dear {{ first_name }}"
        outreach.first.save()
        EmailAddress.objects.update(
            address="a.okafor@example.com", normalized="a.okafor@example.com"
        )

    delivering.deliver_due(outreach.organization)

    (mail,) = provider.accepted
    assert mail.body.startswith("Dear Amara")
    assert mail.to == ["a.okafor@example.com"]


def test_missing_data_holds_until_it_is_there(outreach, provider):
    candidate = outreach.candidate()
    (message,) = outreach.queue(candidate)
    outreach.inside(_lose_name, outreach, candidate)
    delivering.deliver_due(outreach.organization)
    enrollment = outreach.enrollment(candidate)
    assert (enrollment.state, enrollment.stop_reason) == ("paused", "missing_data")
    assert enrollment.waits_for == outreach.reload(message).waits_for == "Needs data: first_name"

    with acting_in(outreach.organization):
        Candidate.objects.update(full_name="Amara Okafor")
        resuming.resume(enrollment, by=outreach.user)
    delivering.deliver_due(outreach.organization)

    assert [mail.subject for mail in provider.accepted] == ["A role for Amara"]
    assert outreach.reload(message).waits_for == ""


# What ends all mail to a person, whatever the order.
FINAL = ("answer", "suppress", "unsubscribe", "erase")
OF_THE_PERSON = ("pause", "resume", *FINAL)
STEPS = st.lists(
    st.sampled_from(
        ["dispatch", "deliver", "die", "sweep", "pause", "resume", "rewrite", "move on", *FINAL]
    ),
    max_size=14,
)
# `make soak` tries a thousand orders.
ORDERS = 1000 if os.environ.get("SOAK") else 30


@hypothesis_settings(
    max_examples=ORDERS,
)
@given(steps=STEPS)
def test_no_interleaving_sends_twice_or_after_an_answer(steps, outreach, provider, monkeypatch):
    """T35: whatever happens in whatever order, a step goes out once at most, and never after a stop."""
    provider.reset()
    with acting_in(outreach.organization):
        Message.objects.all().delete()
        Enrollment.objects.all().delete()
        Touchpoint.objects.all().delete()
        Suppression.objects.all().delete()
        EmailAddress.objects.all().delete()
        Candidate.objects.all().delete()
        if outreach.sequence.steps.count() == 1:
            outreach.add_step(body="Second", wait_business_days=0)
            outreach.add_step(body="Third", wait_business_days=0)
    candidate = outreach.candidate()
    outreach.enroll(candidate)
    stopped_at: int | None = None

    for step in steps:
        if step in OF_THE_PERSON and not outreach.inside(Candidate.objects.exists):
            continue
        if step == "dispatch":
            dispatching.dispatch(outreach.organization)
        elif step == "deliver":
            delivering.deliver_due(outreach.organization)
        elif step == "die":

            def reach(point):
                if point == ["after claim", "after hand-over", "before hand-over"][len(steps) % 3]:
                    raise Killed

            monkeypatch.setattr(faults, "reach", reach)
            with suppress(Killed):
                delivering.deliver_due(outreach.organization)
            monkeypatch.setattr(faults, "reach", lambda point: None)
        elif step == "sweep":
            reconciling.reconcile_sending(lease=timedelta(0))
        elif step == "answer":
            with acting_in(outreach.organization):
                _answer_once(candidate)
        elif step == "suppress":
            outreach.inside(_suppress, outreach, candidate)
        elif step == "unsubscribe":
            for message in outreach.messages(direction="out", candidate=candidate)[:1]:
                assert unsubscribe(unsubscribe_token(message))
                stopped_at = len(provider.accepted) if stopped_at is None else stopped_at
        elif step == "erase":
            outreach.inside(erase_candidates, [candidate.pk])
        elif step == "rewrite":
            with acting_in(outreach.organization):
                outreach.sequence.steps.update(body="Dear {{ first_name }}")
        elif step == "move on":
            with acting_in(outreach.organization):
                Enrollment.objects.exclude(next_at=None).update(next_at=clock.now())
        elif step == "pause":
            outreach.inside(enrolling.pause, outreach.enrollment(candidate), by=outreach.user)
        elif step == "resume" and outreach.enrollment(candidate).state == "paused":
            outreach.inside(resuming.resume, outreach.enrollment(candidate), by=outreach.user)
        if step in {"answer", "suppress", "erase"} and stopped_at is None:
            stopped_at = len(provider.accepted)

    ids = [mail.extra_headers["Message-ID"] for mail in provider.accepted]
    assert len(ids) == len(set(ids))
    if stopped_at is not None:
        assert len(ids) == stopped_at
    with acting_in(outreach.organization):
        steps_sent = list(
            Message.objects.filter(direction="out").values_list("step__position", flat=True)
        )
        assert len(steps_sent) == len(set(steps_sent))
        for message in Message.objects.filter(state=State.SENT):
            assert message.message_id in ids


def _answer_once(candidate: Candidate) -> None:
    running = enrolling.lock_running(candidate)
    if not Message.objects.filter(direction="in").exists():
        _answer(None, candidate)
        enrolling.end([enrollment.pk for enrollment in running], Enrollment.StopReason.REPLIED)


def test_a_member_who_left_sends_nothing_until_a_colleague_takes_over(
    outreach, provider, recruiter
):
    outreach.queue(outreach.candidate())
    with acting_in(outreach.organization):
        Sender.objects.update(user=recruiter)
    Membership.objects.filter(user=recruiter).delete()

    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    with acting_in(outreach.organization):
        assert Sender.objects.get().paused_because == f"{recruiter} has left the organization"
