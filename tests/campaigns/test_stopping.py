"""What a sequence stops on: each rule on and off, each way into a stage, and what comes at the same moment."""

import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import faults
from campaigns.models import Enrollment, Hold, Message, Sequence, Step
from campaigns.progress import news_of
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    explaining,
    receiving,
    stopping,
)
from campaigns.services.unsubscribing import unsubscribe_candidate
from campaigns.tasks import go_on_filled
from candidates.models import Candidate, EmailAddress, Notification, Task, Touchpoint
from candidates.services import suppressing
from candidates.services.rows import save_row
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, Stage
from pipelines.services import candidacies, jobs, many, rejecting, shortlisting, transferring
from tests.campaigns.answers import mail
from tests.campaigns.conftest import Outreach
from tests.campaigns.test_locking import elsewhere, wait_until_blocked
from tests.campaigns.test_tracking import report
from tests.factories import CandidateFactory
from tests.pages import text_of
from tests.pipelines.talks import TUESDAY_TEN, arrange

pytestmark = pytest.mark.django_db

State, StopReason = Enrollment.State, Enrollment.StopReason
CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def rule(outreach: Outreach, **fields) -> None:
    with acting_in(outreach.organization):
        Sequence.objects.filter(pk=outreach.sequence.pk).update(**fields)


def ended(outreach: Outreach, candidate: Candidate) -> tuple[str, str]:
    enrollment = outreach.enrollment(candidate)
    return enrollment.state, enrollment.stop_reason


@pytest.fixture
def amara(outreach, provider) -> Candidate:
    outreach.add_second()
    return outreach.candidate()


@pytest.fixture
def job(outreach) -> Job:
    return outreach.inside(jobs.create_job, by=outreach.user, title="Engineer", owner=outreach.user)


def put_on(outreach: Outreach, job: Job, candidate: Candidate) -> Candidacy:
    with acting_in(outreach.organization):
        candidacies.add_to_job(job, [candidate.pk], by=outreach.user)
        return _card(job, candidate)


def _card(job: Job, candidate: Candidate) -> Candidacy:
    rows = Candidacy.objects.select_related("candidate", "job", "stage")
    return rows.get(job=job, candidate=candidate)


@pytest.fixture
def card(outreach, job, amara) -> Candidacy:
    return put_on(outreach, job, amara)


def stage(outreach: Outreach, job: Job, name: str) -> Stage:
    with acting_in(outreach.organization):
        return job.pipeline.stages.get(name=name)


def move(outreach: Outreach, card: Candidacy, name: str) -> Candidacy:
    to = stage(outreach, card.job, name)
    return outreach.inside(candidacies.move_card, card, to=to, by=outreach.user)


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


def test_a_new_sequence_stops_for_who_is_hired(outreach, amara, card):
    outreach.queue(amara)
    assert outreach.sequence.stop_kinds == ["hired"]
    move(outreach, card, "Offer")
    assert ended(outreach, amara) == ("active", "")

    move(outreach, card, "Hired")

    enrollment = outreach.enrollment(amara)
    assert (enrollment.state, enrollment.stop_reason) == ("stopped", "stage")
    assert enrollment.ended_because == "Reached the stage “Hired”"
    (message,) = outreach.messages(direction="out")
    assert (message.state, message.problem) == ("cancelled", "Reached a stage")
    with acting_in(outreach.organization):
        told = Touchpoint.objects.get(kind=Touchpoint.Kind.SEQUENCE, summary__startswith="Taken")
        assert told.summary == "Taken off the sequence “Welcome”: reached the stage “Hired”"
        assert told.actor == outreach.user
        entry = AuditEntry.objects.get(action="enrollment.stopped")
        assert entry.details["reason"] == "stage"
        assert entry.details["count"] == 1
        assert explaining.what_now(enrollment) == "Stopped: Reached the stage “Hired”."
        lines = [line.words for line in explaining.explain(enrollment, viewer=outreach.user)]
        assert "Stopped: Reached the stage “Hired”" in lines
        news = news_of(amara, viewer=outreach.user)
        assert news.headline == "Amara reached the stage “Hired”, so the sequence stopped."


def _nothing(outreach, card):
    pass


def _onsite(outreach, card):
    move(outreach, card, "Onsite")


def _reject(outreach, card):
    outreach.inside(rejecting.reject_candidacy, card, by=outreach.user)


def _by_hand(outreach, card):
    move(outreach, card, "Offer")


def _with_others(outreach, card):
    to, seen = stage(outreach, card.job, "Offer"), {card.pk: card.version}
    outreach.inside(many.move_many, card.job, seen, to=to, by=outreach.user)


def _to_another_job(outreach, card):
    other = outreach.inside(jobs.create_job, by=outreach.user, title="Designer")
    outreach.inside(transferring.transfer_candidacy, card, to=other, by=outreach.user)


def _put_on_another_job(outreach, card):
    other = outreach.inside(jobs.create_job, by=outreach.user, title="Designer")
    people = [card.candidate_id]
    outreach.inside(shortlisting.shortlist_people, other, people, by=outreach.user, share=False)


def _reject_with_others(outreach, card):
    seen = {card.pk: card.version}
    outreach.inside(rejecting.reject_many, card.job, seen, by=outreach.user)


def _reopen(outreach, card):
    outreach.inside(candidacies.reopen_candidacy, card, by=outreach.user)


def _move_back(outreach, card):
    outreach.inside(candidacies.undo_move, card, by=outreach.user, version=card.version)


def _move_back_with_others(outreach, card):
    outreach.inside(many.undo_many, card.job, {card.pk: card.version}, by=outreach.user)


# Before they join, then the way in, and the kind of the stage that it leads to.
DOORS = [
    (_nothing, _by_hand, "offer"),
    (_nothing, _with_others, "offer"),
    (_onsite, _to_another_job, "interview"),
    (_nothing, _put_on_another_job, "lead"),
    (_nothing, _reject, "rejected"),
    (_nothing, _reject_with_others, "rejected"),
    # Considered again: what was for those whom nobody considers stops.
    (_reject, _reopen, "lead"),
    (_onsite, _move_back, "lead"),
    (_onsite, _move_back_with_others, "lead"),
]


@pytest.mark.parametrize("stops", [True, False])
@pytest.mark.parametrize(
    ("before", "way_in", "kind"), DOORS, ids=[way_in.__name__ for _, way_in, _ in DOORS]
)
def test_every_way_into_the_stage_counts(before, way_in, kind, stops, outreach, amara, card):
    before(outreach, card)
    outreach.enroll(amara)
    kinds = [kind] if stops else [one for one in Stage.Kind.values if one != kind]
    rule(outreach, stop_kinds=kinds)

    way_in(outreach, card)

    assert ended(outreach, amara) == (("stopped", "stage") if stops else ("active", ""))


def test_a_stage_is_meant_by_its_name_in_every_job(outreach, amara, card):
    outreach.enroll(amara)
    rule(outreach, stop_kinds=[], stop_names=["  phone SCREEN"])
    move(outreach, card, "Replied")
    assert ended(outreach, amara) == ("active", "")

    move(outreach, card, "Phone screen")

    assert outreach.enrollment(amara).ended_because == "Reached the stage “Phone screen”"


def test_nobody_else_and_no_other_sequence_stops(outreach, amara, card):
    ben = outreach.candidate("ben@example.com", full_name="Ben Li")
    with acting_in(outreach.organization):
        Sequence.objects.update(is_exclusive=False)
        other = Sequence.objects.create(
            name="Onboarding", sender=outreach.sender, owner=outreach.user, state="active",
            stop_kinds=[], is_exclusive=False,
        )  # fmt: skip
        other.steps.create(position=1, subject="Welcome", body="Hi")
        enrolling.enroll(other, [amara.pk], by=outreach.user)
    outreach.inside(outreach.sequence.refresh_from_db)
    outreach.enroll(amara, ben)

    move(outreach, card, "Hired")

    with acting_in(outreach.organization):
        rows = Enrollment.objects.values_list("candidate", "sequence__name", "state")
        assert set(rows) == {
            (amara.pk, "Onboarding", "active"),
            (amara.pk, "Welcome", "stopped"),
            (ben.pk, "Welcome", "active"),
        }


def test_who_is_in_the_stage_already_joins_and_stays(outreach, provider, amara, card):
    move(outreach, card, "Hired")
    outreach.enroll(amara)

    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == 1
    assert ended(outreach, amara) == ("active", "")


def test_what_was_stopped_stays_so_when_the_move_is_taken_back(outreach, amara, card):
    outreach.enroll(amara)
    move(outreach, card, "Hired")

    outreach.inside(candidacies.undo_move, card, by=outreach.user, version=card.version)

    assert ended(outreach, amara) == ("stopped", "stage")


@pytest.mark.parametrize("stops", [True, False])
def test_who_takes_the_move_back_is_told_what_stays_stopped(
    as_user, recruiter, outreach, amara, card, stops
):
    outreach.enroll(amara)
    rule(outreach, stop_kinds=["hired"] if stops else [])
    card = move(outreach, card, "Hired")
    said = "Sequences that have stopped with it stay so"

    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{card.pk}/undo/{card.version}/"
    page = client.post(path, follow=True)
    assert (said in text_of(page) + page.headers.get("HX-Trigger", "")) == stops

    # Of what ended before, nothing is said.
    with acting_in(outreach.organization):
        again = candidacies.move_card(
            _card(card.job, amara), to=card.job.pipeline.stages.get(name="Offer"), by=recruiter
        )
        assert stopping.what_stays_stopped([again.pk]) == ""


def test_a_rule_that_is_made_later_counts_for_who_came_there_since_they_joined(
    outreach, provider, amara, card
):
    outreach.queue(amara)
    move(outreach, card, "Offer")
    rule(outreach, stop_kinds=[], stop_names=["OFFER"])

    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    enrollment = outreach.enrollment(amara)
    assert enrollment.ended_because == "Reached the stage “Offer”"


def _statements(outreach: Outreach, act) -> int:
    with acting_in(outreach.organization), CaptureQueriesContext(connection) as queries:
        act()
    return len([one for one in queries if not one["sql"].startswith(CONTROL)])


def test_a_move_costs_no_more_where_nothing_stops_at_a_stage(outreach, amara, card):
    def moves(name: str) -> int:
        to = stage(outreach, card.job, name)
        act = candidacies.move_card
        return _statements(outreach, lambda: act(card, to=to, by=outreach.user))

    plain = moves("Contacted")
    rule(outreach, stop_kinds=[])
    outreach.enroll(amara)
    assert moves("Replied") == plain
    rule(outreach, stop_kinds=["hired"])
    # Locked, to be looked at.
    assert moves("Phone screen") == plain + 1


@pytest.mark.parametrize("number", [2, 6])
def test_stopping_many_costs_the_same_for_each_number(outreach, job, number):
    people = outreach.people(number)
    outreach.queue(*people)
    to = stage(outreach, job, "Hired")
    with acting_in(outreach.organization):
        candidacies.add_to_job(job, [one.pk for one in people], by=outreach.user)
        seen = dict(job.candidacies.values_list("pk", "version"))

    cost = _statements(outreach, lambda: many.move_many(job, seen, to=to, by=outreach.user))

    with acting_in(outreach.organization):
        assert set(Enrollment.objects.values_list("stop_reason", flat=True)) == {"stage"}
        assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    assert cost == 14


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


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_a_worker_has_taken_does_not_go_to_who_is_moved_meanwhile(
    outreach, provider, amara, card, monkeypatch
):
    (message,) = outreach.queue(amara)
    to = stage(outreach, card.job, "Hired")
    is_taken, is_moved = threading.Event(), threading.Event()

    def reach(point: str) -> None:
        if point == "after claim":
            is_taken.set()
            is_moved.wait(10)

    monkeypatch.setattr(faults, "reach", reach)
    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(elsewhere, delivering.deliver_due, outreach.organization)
        assert is_taken.wait(10)
        with acting_in(outreach.organization):
            candidacies.move_card(card, to=to, by=outreach.user)
            is_moved.set()
            wait_until_blocked(sending)
            assert not sending.done()
        sending.result(20)

    assert provider.accepted == []
    message = outreach.reload(message)
    assert (message.state, message.problem) == (Message.State.CANCELLED, "Reached a stage")
    assert outreach.enrollment(amara).ended_because == "Reached the stage “Hired”"


@pytest.mark.django_db(transaction=True)
def test_who_is_moved_while_they_join_gets_no_mail(outreach, provider, amara, card):
    """The move does not see who has not joined yet; the last check sees both."""
    to = stage(outreach, card.job, "Hired")

    def hire():
        with acting_in(outreach.organization):
            candidacies.move_card(card, to=to, by=outreach.user)

    with ThreadPoolExecutor(1) as threads, acting_in(outreach.organization):
        enrolling.enroll(outreach.sequence, [amara.pk], by=outreach.user)
        threads.submit(elsewhere, hire).result(20)
    assert ended(outreach, amara) == ("active", "")
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    assert outreach.enrollment(amara).ended_because == "Reached the stage “Hired”"


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_stop_it_once(outreach, amara, card):
    outreach.enroll(amara)
    with acting_in(outreach.organization):
        other = jobs.create_job(by=outreach.user, title="Designer", owner=outreach.user)
    second = put_on(outreach, other, amara)

    def hire(one: Candidacy, to: Stage):
        with acting_in(outreach.organization):
            candidacies.move_card(one, to=to, by=outreach.user)

    first_to, second_to = (stage(outreach, one.job, "Hired") for one in (card, second))
    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            candidacies.move_card(card, to=first_to, by=outreach.user)
            there = threads.submit(elsewhere, hire, second, second_to)
            wait_until_blocked(there)
        there.result(20)

    with acting_in(outreach.organization):
        taken_off = Touchpoint.objects.filter(summary__startswith="Taken off the sequence")
        assert taken_off.count() == 1
        assert stopping.stop_at_stage([amara.pk], first_to, by=outreach.user) == 0


def test_people_of_other_organizations_are_never_touched(outreach, globex, amara):
    outreach.enroll(amara)
    rule(outreach, stop_kinds=["lead"])
    with acting_in(globex):
        theirs = CandidateFactory(full_name="Grace Murray")
        job = jobs.create_job(by=None, title="Engineer")
        candidacies.add_to_job(job, [theirs.pk, amara.pk], by=None)

    assert ended(outreach, amara) == ("active", "")
