"""A sequence stops at a stage: every way into it, taking it back, and what comes at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import faults
from campaigns.models import Enrollment, Message, Sequence
from campaigns.progress import news_of
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    explaining,
    stopping,
)
from candidates.models import Touchpoint
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Stage
from pipelines.services import candidacies, jobs, many, rejecting, shortlisting, transferring
from tests.campaigns.conftest import Outreach
from tests.campaigns.staging import card_of, ended, move, put_on, rule, stage
from tests.campaigns.test_locking import elsewhere, wait_until_blocked
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db
CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


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
            card_of(card.job, amara), to=card.job.pipeline.stages.get(name="Offer"), by=recruiter
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
