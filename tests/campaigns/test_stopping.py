"""What a sequence stops on: each rule on and off, each way into a stage, and what comes at the same moment."""

import smtplib

import pytest

from campaigns.models import Enrollment, Hold, Message, Sequence, Step
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    explaining,
    receiving,
)
from campaigns.services.unsubscribing import unsubscribe_candidate
from campaigns.tasks import go_on_filled
from candidates.models import Candidate, EmailAddress, Notification, Task, Touchpoint
from candidates.services import suppressing
from candidates.services.rows import save_row
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.campaigns.answers import mail
from tests.campaigns.staging import ended, rule
from tests.campaigns.test_tracking import report
from tests.pipelines.talks import TUESDAY_TEN, arrange

pytestmark = pytest.mark.django_db

State, StopReason = Enrollment.State, Enrollment.StopReason
CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


# Answers and other mail.


@pytest.mark.parametrize("stops", [True, False])
def test_a_reply_stops_it_if_it_is_to(outreach, amara, stops):
    written = outreach.send(amara)
    rule(outreach, stops_on_reply=stops, stops_on_other_mail=not stops)

    received = receiving.receive(mail("human-en-top", written))

    assert ended(outreach, amara) == (("stopped", "replied") if stops else ("active", ""))
    with acting_in(outreach.organization):
        # Whatever becomes of the sequence, it is an answer.
        assert Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_RECEIVED).count() == 1
        assert Task.objects.get().title == "Answer Amara Okafor"
        told = Notification.objects.get(kind=Notification.Kind.REPLY).text
        assert told.endswith(" · “Welcome” goes on") == (not stops)
        entry = AuditEntry.objects.get(action="message.received", object_id=received.pk)
        assert entry.details == {"stopped": int(stops)}


@pytest.mark.parametrize("stops", [True, False])
def test_any_other_mail_stops_it_if_it_is_to(outreach, amara, stops):
    outreach.send(amara)
    rule(outreach, stops_on_reply=not stops, stops_on_other_mail=stops)

    take = receiving.receive_from_mailbox
    received = outreach.inside(take, outreach.organization, _unasked())

    assert received.candidate == amara
    assert ended(outreach, amara) == (("stopped", "replied") if stops else ("active", ""))


def _unasked() -> bytes:
    return (
        b"From: Amara <amara@example.com>\nTo: robin@acme.example\nSubject: Something else\n"
        b"Message-ID: <else@example.com>\nDate: Mon, 1 Jun 2026 09:00:00 +0000\n\nHello there.\n"
    )


def test_an_answer_to_another_sequence_is_other_mail(outreach, amara):
    written = outreach.send(amara)
    with acting_in(outreach.organization):
        other = Sequence.objects.create(
            name="News", sender=outreach.sender, owner=outreach.user, state="active",
            stops_on_other_mail=False,
        )  # fmt: skip
        other.steps.create(position=1, subject="News", body="Hi")
        Sequence.objects.update(is_exclusive=False, quiet_days=0)
        other.refresh_from_db()
        assert enrolling.enroll(other, [amara.pk], by=outreach.user).enrolled == 1

    receiving.receive(mail("human-en-top", written))

    with acting_in(outreach.organization):
        states = dict(Enrollment.objects.values_list("sequence__name", "state"))
    assert states == {"Welcome": "stopped", "News": "active"}


@pytest.mark.parametrize("stops", [True, False])
def test_the_next_step_goes_after_a_reply_that_stops_nothing(outreach, provider, amara, stops):
    written = outreach.send(amara)
    rule(outreach, stops_on_reply=False)
    receiving.receive(mail("human-en-top", written))
    with acting_in(outreach.organization):
        Enrollment.objects.update(next_at=outreach.enrollment(amara).enrolled_at)
    dispatching.dispatch(outreach.organization)
    # In flight it counts at once.
    rule(outreach, stops_on_reply=stops)

    delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == (1 if stops else 2)
    assert ended(outreach, amara) == (("stopped", "replied") if stops else ("finished", ""))


@pytest.mark.parametrize("stops", [True, False])
def test_what_colleagues_were_asked_to_do_stays_where_it_goes_on(outreach, amara, stops):
    outreach.add_second(kind=Step.Kind.CALL, wait_business_days=0)
    with acting_in(outreach.organization):
        Step.objects.filter(position=2).update(wait_business_days=0, kind=Step.Kind.CALL)
    written = outreach.send(amara)
    dispatching.dispatch(outreach.organization)
    with acting_in(outreach.organization):
        assert Task.objects.filter(origin=Task.Origin.SEQUENCE, done_at=None).count() == 1
    rule(outreach, stops_on_reply=stops)

    receiving.receive(mail("human-en-top", written))

    with acting_in(outreach.organization):
        left = Task.objects.filter(origin=Task.Origin.SEQUENCE, done_at=None).count()
    assert left == (0 if stops else 1)


def test_replies_of_a_sequence_that_goes_on_are_counted(as_user, viewer, outreach, amara):
    written = outreach.send(amara)
    rule(outreach, stops_on_reply=False)
    receiving.receive(mail("human-en-top", written))

    client = as_user(viewer)
    (row,) = client.get("/acme/sequences/").context["rows"]
    page = client.get(f"/acme/sequences/{outreach.sequence.pk}/")
    people = client.get(f"/acme/sequences/{outreach.sequence.pk}/people/?state=replied")

    assert (row[1].active, row[1].replied, row[1].reply_rate) == (1, 1, 100)
    assert [one["numbers"].replied for one in page.context["rows"]] == [1, 0]
    assert len(people.context["rows"]) == 1


# Interviews and bounces.


@pytest.mark.parametrize("stops", [True, False])
def test_a_booked_interview_stops_it_if_it_is_to(outreach, amara, card, stops):
    outreach.enroll(amara)
    rule(outreach, stops_on_interview=stops)

    tuesday = TUESDAY_TEN.replace(year=2099)
    outreach.inside(arrange, card, outreach.user, by=outreach.user, starts_at=tuesday)

    assert ended(outreach, amara) == (("stopped", "interview") if stops else ("active", ""))


@pytest.mark.parametrize("others", [[], ["a.okafor@example.com"]])
def test_a_bounce_that_stops_nothing_gives_the_address_up(outreach, provider, amara, others):
    with acting_in(outreach.organization):
        for address in others:
            save_row(
                EmailAddress(candidate=amara), by=outreach.user, address=address, state="valid"
            )
    written = outreach.send(amara)
    rule(outreach, stops_on_bounce=False)

    report(written, "bounced", reject_reason="invalid")

    with acting_in(outreach.organization):
        assert suppressing.is_suppressed("email", "amara@example.com")
        assert Hold.objects.filter(enrollment__isnull=False).count() == (0 if others else 1)
        enrollment = outreach.enrollment(amara)
        assert (enrollment.state, enrollment.stop_reason) == (
            ("active", "") if others else ("paused", "missing_data")
        )
        Enrollment.objects.update(next_at=enrollment.enrolled_at)
    if not others:
        assert enrollment.waits_for == "Needs data: an e-mail address that works"
        assert go_on_filled() is None
        assert outreach.enrollment(amara).state == "paused"
        with acting_in(outreach.organization):
            person = Candidate.objects.get(pk=amara.pk)
            row = EmailAddress(candidate=person)
            save_row(row, by=outreach.user, address="a.okafor@example.com", state="valid")
        go_on_filled()
        with acting_in(outreach.organization):
            Enrollment.objects.update(next_at=enrollment.enrolled_at)
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    assert provider.accepted[-1].to == ["a.okafor@example.com"]
    assert ended(outreach, amara) == ("finished", "")


def test_a_task_waits_for_an_address_as_well_and_comes_then(outreach, provider):
    outreach.add_second(kind=Step.Kind.CALL, wait_business_days=0)
    amara = outreach.candidate()
    written = outreach.send(amara)
    rule(outreach, stops_on_bounce=False)
    report(written, "bounced", reject_reason="invalid")
    assert outreach.enrollment(amara).state == "paused"
    with acting_in(outreach.organization):
        row = EmailAddress(candidate=amara)
        save_row(row, by=outreach.user, address="a.okafor@example.com", state="valid")

    go_on_filled()
    dispatching.dispatch(outreach.organization)

    with acting_in(outreach.organization):
        assert amara.tasks.filter(origin=Task.Origin.SEQUENCE).exists()


@pytest.mark.parametrize("stops", [True, False])
@pytest.mark.parametrize("moment", ["at a step", "at the last check"])
def test_an_address_found_dead_holds_or_ends_it(outreach, provider, amara, stops, moment):
    rule(outreach, stops_on_bounce=stops)
    outreach.enroll(amara)
    if moment == "at the last check":
        dispatching.dispatch(outreach.organization)
    with acting_in(outreach.organization):
        EmailAddress.objects.update(state=EmailAddress.State.BOUNCED)

    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    held = ("paused", "missing_data")
    assert ended(outreach, amara) == (("stopped", "bounced") if stops else held)
    with acting_in(outreach.organization):
        now = explaining.what_now(outreach.enrollment(amara))
    assert now == (
        "Stopped: Address does not exist."
        if stops
        else "It waits for an e-mail address that works."
    )


@pytest.mark.parametrize("others", [[], ["a.okafor@example.com"]])
def test_an_address_refused_at_once_is_no_refusal_of_the_next_step(
    outreach, provider, amara, others
):
    with acting_in(outreach.organization):
        for address in others:
            save_row(
                EmailAddress(candidate=amara), by=outreach.user, address=address, state="valid"
            )
    rule(outreach, stops_on_bounce=False)
    (message,) = outreach.queue(amara)

    def refuse(sent):
        raise smtplib.SMTPRecipientsRefused({"amara@example.com": (550, b"5.1.1 User unknown")})

    provider.before_accepting = refuse
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == Message.State.FAILED
    enrollment = outreach.enrollment(amara)
    assert enrollment.next_step.position == 2
    assert enrollment.next_at
    assert enrollment.state == ("active" if others else "paused")


# Stages.


# What always stops it.


@pytest.mark.parametrize("how", ["unsubscribe", "do not contact", "by hand"])
def test_law_and_colleagues_stop_it_whatever_is_switched_off(outreach, provider, amara, how):
    outreach.queue(amara)
    rule(
        outreach,
        **dict.fromkeys(
            ("stops_on_reply", "stops_on_other_mail", "stops_on_interview", "stops_on_bounce"),
            False,
        ),
        stop_kinds=[],
    )
    with acting_in(outreach.organization):
        if how == "unsubscribe":
            unsubscribe_candidate(amara)
        elif how == "do not contact":
            Candidate.objects.update(status=Candidate.Status.DO_NOT_CONTACT)
        else:
            enrolling.stop(outreach.enrollment(amara), StopReason.MANUAL, by=outreach.user)

    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    assert outreach.enrollment(amara).state == State.STOPPED


# At the same moment, on real connections.
