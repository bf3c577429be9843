"""The way of one mail: claim, last check, hand-over, record; with commits, as workers see it."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import faults, signing
from campaigns.models import Enrollment, Message, Sender, SendingRules
from campaigns.services import (
    delivering,
    dispatching,
    reconciling,
    settling,
)
from campaigns.services.composing import reference_of
from campaigns.tasks import dispatch_due, send_due
from candidates.models import Candidate, Touchpoint
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Killed, Outreach
from tests.campaigns.links import unsubscribe_token

pytestmark = pytest.mark.django_db(transaction=True)

State = Message.State


def test_a_due_step_is_queued_and_sent_once(outreach, provider):
    candidate = outreach.candidate()
    outreach.add_second()

    message = outreach.send(candidate)

    (mail,) = provider.accepted
    assert mail.to == ["amara@example.com"]
    assert mail.subject == message.subject == "A role for Amara"
    assert (message.state, message.attempts) == (State.SENT, 1)
    assert message.sent_at == message.handed_at
    enrollment = outreach.enrollment(candidate)
    assert enrollment.state == Enrollment.State.ACTIVE
    assert enrollment.next_step.position == 2
    assert enrollment.next_at > message.sent_at + timedelta(days=2)
    with acting_in(outreach.organization):
        (entry,) = Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_SENT)
        assert entry.summary == "A role for Amara"
        assert Candidate.objects.get().last_contacted_at == message.sent_at
    assert delivering.deliver_due(outreach.organization).taken == 0
    assert dispatching.dispatch(outreach.organization).queued == 0
    assert len(provider.accepted) == 1


def test_the_last_mail_finishes_the_enrollment(outreach, provider):
    candidate = outreach.candidate()

    outreach.queue(candidate)
    assert outreach.enrollment(candidate).state == Enrollment.State.ACTIVE
    delivering.deliver_due(outreach.organization)

    enrollment = outreach.enrollment(candidate)
    assert enrollment.state == Enrollment.State.FINISHED
    assert enrollment.ended_at
    assert enrollment.next_step is None


def test_delivering_refuses_to_run_inside_a_transaction(outreach, provider):
    outreach.queue(outreach.candidate())

    with acting_in(outreach.organization), pytest.raises(RuntimeError, match="durable"):
        delivering.deliver_due(outreach.organization)


def test_a_mail_has_what_providers_and_laws_ask_for(outreach, provider):
    message = outreach.send(outreach.candidate())

    (sent,) = provider.accepted
    raw = sent.message().as_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Message-ID"] == message.message_id
    assert mail["Message-ID"].endswith("@acme.example>")
    assert mail["From"] == "Robin Reyes <robin@acme.example>"
    reply_to = mail["Reply-To"].addresses[0].addr_spec
    assert signing.read_reply_address(reply_to).is_signed_for(outreach.organization.pk)
    token = unsubscribe_token(message)
    assert f"<http://testserver/u/{token}/>" in mail["List-Unsubscribe"]
    assert "<mailto:acme+u" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Auto-Submitted" not in mail
    text = mail.get_body(("plain",)).get_content()
    assert text == (
        "Hi Amara,\n\nshall we talk?\n\n-- \nRobin Reyes, Acme\n1 Main Street, Springfield\n"
        f"Unsubscribe: http://testserver/u/{token}/\n"
    )
    html = mail.get_body(("html",)).get_content()
    assert "<p>Hi Amara,</p>" in html
    assert "1 Main Street, Springfield" in html
    assert f'href="http://testserver/u/{token}/"' in html
    assert max(map(len, raw.splitlines())) <= 998
    assert sent.metadata == {
        "rapport": signing.token(signing.Purpose.REPORT, reference_of(message))
    }


def test_a_step_without_a_subject_continues_the_thread(outreach, provider):
    candidate = outreach.candidate()
    outreach.add_second(wait_business_days=0)
    outreach.add_second(wait_business_days=0, body="Last try.")
    first = outreach.send(candidate)

    for _ in range(2):
        dispatching.dispatch(outreach.organization)
        delivering.deliver_due(outreach.organization)

    _, second, third = provider.accepted
    assert second.subject == third.subject == "Re: A role for Amara"
    assert second.extra_headers["In-Reply-To"] == first.message_id
    second_id = second.extra_headers["Message-ID"]
    assert third.extra_headers["In-Reply-To"] == second_id
    assert third.extra_headers["References"] == f"{first.message_id} {second_id}"


def test_markup_in_a_name_stays_text(outreach, provider):
    outreach.send(outreach.candidate(full_name="<script>alert(1)</script> {{ company }}"))

    (mail,) = provider.accepted
    html = mail.alternatives[0][0]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Initech" not in mail.body


# A worker that dies at each line of the way: what the sweep makes of the row, whether the provider has the
# mail, and how often it has it once everything that may run has run.
DEATHS = [
    ("before claim", State.QUEUED, 0, 1),
    ("after claim", State.QUEUED, 0, 1),
    ("after check", State.AMBIGUOUS, 0, 0),
    ("before hand-over", State.AMBIGUOUS, 0, 0),
    ("after hand-over", State.AMBIGUOUS, 1, 1),
    ("before record", State.AMBIGUOUS, 1, 1),
    ("after record", State.SENT, 1, 1),
]


@pytest.mark.parametrize(("point", "state", "accepted", "finally_accepted"), DEATHS)
def test_a_worker_may_die_anywhere(
    point, state, accepted, finally_accepted, outreach, provider, die_at
):
    candidate = outreach.candidate()
    outreach.add_second()
    (message,) = outreach.queue(candidate)
    die_at(point)

    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)
    reconciling.reconcile_sending(lease=timedelta(0))

    assert outreach.reload(message).state == state
    assert len(provider.accepted) == accepted
    dispatching.dispatch_due()
    delivering.deliver_due(outreach.organization)
    reconciling.reconcile_sending(lease=timedelta(0))
    assert len(provider.accepted) == finally_accepted
    # Sent, or counted as sent: the sequence goes on in three business days either way.
    enrollment = outreach.enrollment(candidate)
    assert enrollment.next_step.position == 2
    assert enrollment.next_at > timezone.now() + timedelta(days=2)
    assert len(outreach.messages()) == 1


def test_a_mail_in_doubt_is_listed_with_its_reason(outreach, provider, die_at):
    (message,) = outreach.queue(outreach.candidate())
    die_at("before record")
    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)

    report = reconciling.reconcile_sending(lease=timedelta(0))

    assert (report.ambiguous, report.requeued, report.set_aside) == (1, 0, 0)
    message = outreach.reload(message)
    assert message.problem == "The worker stopped while this mail was being handed over."
    assert message.sent_at is None
    assert message.handed_at


def test_the_sweep_leaves_a_slow_worker_alone(outreach, provider):
    (message,) = outreach.queue(outreach.candidate())
    provider.before_accepting = lambda mail: reconciling.reconcile_sending()

    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == State.SENT


def test_a_worker_that_was_given_up_still_tells_that_it_sent(outreach, provider):
    (message,) = outreach.queue(outreach.candidate())

    def too_slow(mail):
        reconciling.reconcile_sending(lease=timedelta(0))
        assert outreach.reload(message).state == State.AMBIGUOUS

    provider.before_accepting = too_slow
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == State.SENT
    with acting_in(outreach.organization):
        assert Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_SENT).count() == 1


def test_a_worker_that_lost_its_claim_sends_nothing(outreach, provider, monkeypatch):
    (message,) = outreach.queue(outreach.candidate())

    def stall(point):
        if point == "after claim":
            monkeypatch.setattr(faults, "reach", lambda _: None)
            reconciling.reconcile_sending(lease=timedelta(0))
            delivering.deliver_due(outreach.organization)

    monkeypatch.setattr(faults, "reach", stall)
    delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == 1
    assert outreach.reload(message).state == State.SENT


def test_a_row_that_ends_workers_is_set_aside_and_others_flow(outreach, provider, monkeypatch):
    poison, *_ = outreach.queue(outreach.candidate(), outreach.candidate("ben@example.com"))
    compose = delivering.composing.compose

    def choke(message, *args, **more):
        if message.pk == poison.pk:
            raise Killed("poison")
        return compose(message, *args, **more)

    monkeypatch.setattr(delivering.composing, "compose", choke)
    for _ in range(6):
        try:
            delivering.deliver_due(outreach.organization)
        except Killed:
            reconciling.reconcile_sending(lease=timedelta(0))

    poison = outreach.reload(poison)
    assert (poison.state, poison.crashes) == (State.FAILED, 3)
    assert poison.problem == "Set aside: 3 workers stopped at this mail."
    assert [mail.to for mail in provider.accepted] == [["ben@example.com"]]
    assert outreach.enrollment(poison.candidate).state == Enrollment.State.PAUSED


def test_the_task_dispatches_sends_and_rings_again(outreach, provider, monkeypatch):
    rung = []
    monkeypatch.setattr(send_due, "delay", rung.append)
    cache.clear()
    outreach.enroll(*(outreach.candidate(f"p{number}@example.com") for number in range(30)))

    dispatch_due()
    dispatch_due()
    assert rung == [outreach.organization.pk]
    send_due(outreach.organization.pk)
    assert len(provider.accepted) == 25
    assert rung == [outreach.organization.pk] * 2
    send_due(outreach.organization.pk)

    assert len(provider.accepted) == 30
    assert rung == [outreach.organization.pk] * 2


def test_an_organization_with_a_backlog_does_not_keep_others_waiting(
    outreach, provider, globex, stranger, monkeypatch
):
    queue = []
    monkeypatch.setattr(send_due, "delay", queue.append)
    cache.clear()
    other = Outreach(globex, stranger)
    outreach.enroll(*(outreach.candidate(f"p{number}@example.com") for number in range(60)))
    other.enroll(*(other.candidate(f"q{number}@example.com") for number in range(5)))

    dispatch_due()
    send_due(queue.pop(0))
    send_due(queue.pop(0))

    senders = [mail.from_email for mail in provider.accepted]
    assert senders.count("Robin Reyes <robin@globex.example>") == 5
    assert senders.count("Robin Reyes <robin@acme.example>") == 25


def test_settling_twice_writes_the_timeline_once(outreach, provider):
    message = outreach.send(outreach.candidate())
    with acting_in(outreach.organization):
        locked = settling.lock(message.pk)
        locked.state = State.AMBIGUOUS
        settling.settle(locked, State.SENT)

        assert Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_SENT).count() == 1


@pytest.mark.parametrize("has_caps", [False, True])
def test_one_mail_costs_a_fixed_number_of_statements(has_caps, outreach, provider):
    """All caps together cost one of them, however many are set; a mail, and the look for a second one."""
    outreach.queue(outreach.candidate())
    with acting_in(outreach.organization):
        SendingRules.objects.update_or_create(defaults={"daily_cap": 500 if has_caps else None})
        Sender.objects.update(hourly_cap=50 if has_caps else None)

    with CaptureQueriesContext(connection) as captured:
        delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == 1
    asked = [query["sql"] for query in captured]
    assert (len(asked), sum("clock_timestamp" in sql for sql in asked)) == (45, 4)


def test_a_mail_that_is_cancelled_does_not_count_as_waiting(outreach, provider):
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    outreach.queue(amara, ben)
    with acting_in(outreach.organization):
        Candidate.objects.filter(pk=amara.pk).update(status=Candidate.Status.DO_NOT_CONTACT)
        Candidate.objects.filter(pk=ben.pk).update(full_name="ben@example.com")

    report = delivering.deliver_due(outreach.organization)

    assert (report.states, report.not_now, report.taken) == ({State.CANCELLED: 1}, 1, 2)
