"""Mails of which nobody knows whether they went: who decides, and what reports tell later."""

from datetime import timedelta

import pytest

from campaigns import signing
from campaigns.models import Enrollment, Message, Sequence
from campaigns.outcomes import Fate, Outcome
from campaigns.services import (
    delivering,
    receiving,
    reconciling,
    tracking,
)
from campaigns.services.composing import reference_of
from candidates.models import Touchpoint
from crm.tenancy.scope import acting_in
from tests.campaigns.answers import mail
from tests.campaigns.conftest import Killed, Outreach

pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State


def test_somebody_decides_about_a_mail_in_doubt(outreach, provider, die_at):
    candidate = outreach.candidate()
    outreach.add_second()
    (message,) = outreach.queue(candidate)
    die_at("before hand-over")
    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)
    reconciling.reconcile_sending(lease=timedelta(0))
    planned = outreach.enrollment(candidate).next_at

    outreach.inside(reconciling.resend, message, by=outreach.user)
    delivering.deliver_due(outreach.organization)

    (mail,) = provider.accepted
    message = outreach.reload(message)
    assert message.state == State.SENT
    assert mail.extra_headers["Message-ID"] == message.message_id
    assert outreach.enrollment(candidate).next_at == planned
    with acting_in(outreach.organization), pytest.raises(reconciling.MessageNotOpen):
        reconciling.resend(message, by=outreach.user)


def test_somebody_says_that_a_mail_in_doubt_was_sent(outreach, provider, die_at):
    (message,) = outreach.queue(outreach.candidate())
    die_at("after hand-over")
    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)
    reconciling.reconcile_sending(lease=timedelta(0))

    outreach.inside(reconciling.mark_sent, message, by=outreach.user)

    message = outreach.reload(message)
    assert (message.state, message.problem) == (State.SENT, "")
    assert message.sent_at == message.handed_at
    assert told(outreach) == ["A role for Amara"]


def told(outreach: Outreach) -> list[str]:
    with acting_in(outreach.organization):
        entries = Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_SENT)
        return list(entries.order_by("pk").values_list("summary", flat=True))


def hear_of(message: Message, kind: str) -> None:
    token = signing.token(signing.Purpose.REPORT, reference_of(message))
    assert tracking.take_report(tracking.Report(kind, token, event_id="e1"))


def test_a_report_within_the_lease_settles_what_a_dead_worker_handed_over(
    outreach, provider, die_at
):
    candidate = outreach.candidate()
    outreach.add_second()
    (message,) = outreach.queue(candidate)
    die_at("after hand-over")
    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)

    hear_of(message, "delivered")
    report = reconciling.reconcile_sending(lease=timedelta(0))

    message = outreach.reload(message)
    assert (message.state, report.ambiguous) == (State.SENT, 0)
    assert message.sent_at == message.handed_at
    assert outreach.enrollment(candidate).next_step.position == 2
    assert told(outreach) == ["A role for Amara"]


@pytest.mark.parametrize("kind", ["queued", "sent", "deferred", "delivered"])
def test_a_report_stops_the_second_copy_that_somebody_asked_for(kind, outreach, provider, die_at):
    candidate = outreach.candidate()
    outreach.add_second()
    (message,) = outreach.queue(candidate)
    die_at("after hand-over")
    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)
    reconciling.reconcile_sending(lease=timedelta(0))
    assert told(outreach) == ["A role for Amara (whether it arrived is unclear)"]
    planned = outreach.enrollment(candidate).next_at
    outreach.inside(reconciling.resend, message, by=outreach.user)

    hear_of(message, kind)
    delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == 1
    message = outreach.reload(message)
    assert message.state == State.SENT
    assert message.sent_at == message.handed_at == message.claimed_at
    assert outreach.enrollment(candidate).next_at == planned
    assert told(outreach) == ["A role for Amara"]


@pytest.mark.parametrize("name", ["human-en-top", "auto-header-only"])
@pytest.mark.parametrize("is_sent_anew", [True, False])
def test_an_answer_stops_the_second_copy(is_sent_anew, name, outreach, provider, die_at):
    """Also where the sequence goes on after an answer, and where nobody has found out yet that the worker died."""
    outreach.add_second()
    (message,) = outreach.queue(outreach.candidate())
    die_at("after hand-over")
    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)
    with acting_in(outreach.organization):
        Sequence.objects.update(stops_on_reply=False)
    if is_sent_anew:
        reconciling.reconcile_sending(lease=timedelta(0))
        outreach.inside(reconciling.resend, message, by=outreach.user)

    receiving.receive(mail(name, outreach.reload(message)))
    report = reconciling.reconcile_sending(lease=timedelta(0))
    delivering.deliver_due(outreach.organization)

    message = outreach.reload(message)
    assert (message.state, report.ambiguous) == (State.SENT, 0)
    assert message.sent_at == message.handed_at
    assert len(provider.accepted) == 1
    assert told(outreach) == ["A role for Amara"]


def test_a_slow_workers_yes_stops_the_second_copy_that_somebody_asked_for(outreach, provider):
    (message,) = outreach.queue(outreach.candidate())

    def too_slow(mail):
        reconciling.reconcile_sending(lease=timedelta(0))
        outreach.inside(reconciling.resend, message, by=outreach.user)

    provider.before_accepting = too_slow
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == State.SENT
    assert len(provider.accepted) == 1
    assert told(outreach) == ["A role for Amara"]


def test_a_report_that_is_faster_than_the_worker_loses_nothing(outreach, provider, monkeypatch):
    (message,) = outreach.queue(outreach.candidate())
    provider.after_accepting = lambda mail: hear_of(message, "delivered")
    accepted = Outcome(Fate.ACCEPTED, provider_id="abc-1")
    hand_over = delivering.hand_over
    monkeypatch.setattr(delivering, "hand_over", lambda parcel: hand_over(parcel) and accepted)

    report = delivering.deliver_due(outreach.organization)

    sent = outreach.reload(message)
    assert (sent.state, sent.provider_id) == (State.SENT, "abc-1")
    assert report.states == {State.SENT: 1}


def test_a_mail_in_doubt_is_not_resent_to_who_has_left(outreach, provider, die_at):
    candidate = outreach.candidate()
    (message,) = outreach.queue(candidate)
    die_at("after hand-over")
    with pytest.raises(Killed):
        delivering.deliver_due(outreach.organization)
    with acting_in(outreach.organization):
        Enrollment.objects.update(state=Enrollment.State.STOPPED, stop_reason="replied")
    reconciling.reconcile_sending(lease=timedelta(0))

    with acting_in(outreach.organization), pytest.raises(reconciling.MustNotBeSent):
        reconciling.resend(message, by=outreach.user)


def test_an_erased_person_is_not_recorded_again(outreach, provider):
    candidate = outreach.candidate()
    outreach.queue(candidate)

    def erase(mail):
        with acting_in(outreach.organization):
            Touchpoint.objects.all().delete()
            Message.objects.all().delete()
            Enrollment.objects.all().delete()

    provider.after_accepting = erase
    assert delivering.deliver_due(outreach.organization).not_now == 1

    with acting_in(outreach.organization):
        assert not Message.objects.exists()
        assert not Touchpoint.objects.exists()
