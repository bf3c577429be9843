"""Two people, or a person and a sweep, at the same candidate at the same moment: real parallel connections."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns import faults
from campaigns.inbound.intents import Intent
from campaigns.models import Enrollment, Message, Sender, SendingRules, Sequence
from campaigns.services import answering, dispatching, enrolling, sequences, stopping
from candidates.models import Candidate
from candidates.services.merging import merging
from crm.privacy.services import erasing
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview
from pipelines.services import candidacies
from pipelines.services.interviews import scheduling
from tests.campaigns.conftest import Killed
from tests.campaigns.staging import card_of, stage
from tests.parallel import elsewhere, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_person_joins_one_of_two_sequences(outreach, monkeypatch):
    amara = outreach.candidate()
    with acting_in(outreach.organization):
        other = Sequence.objects.create(
            name="Other", sender=outreach.sender, owner=outreach.user, state=Sequence.State.ACTIVE
        )
        other.steps.create(position=1, subject="Hello", body="Hi")

    def enroll_on_other():
        with acting_in(outreach.organization):
            return enrolling.enroll(other, [amara.pk], by=outreach.user)

    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            here = enrolling.enroll(outreach.sequence, [amara.pk], by=outreach.user)
            there = threads.submit(elsewhere, enroll_on_other)
            wait_until_blocked(there)
        result = there.result()

    assert (here.enrolled, result.enrolled) == (1, 0)
    assert result.refused == [(amara.pk, "Is on the sequence “Welcome”.")]
    with acting_in(outreach.organization):
        assert Enrollment.objects.count() == 1


def test_erasing_waits_for_an_answer_that_is_being_taken_in(outreach):
    """Both take the enrollment first, then the candidate; the other way round each would wait for the other."""
    amara = outreach.candidate()
    outreach.enroll(amara)

    def erase():
        with acting_in(outreach.organization):
            return erasing.erase_candidates([amara.pk])

    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            (running,) = enrolling.lock_running(amara)
            gone = threads.submit(elsewhere, erase)
            wait_until_blocked(gone)
            enrolling.end([running.pk], Enrollment.StopReason.REPLIED)
            Candidate.objects.filter(pk=amara.pk).update(headline="Wants a call")
        counts = gone.result()

    assert counts["campaigns.Enrollment"] == 1
    with acting_in(outreach.organization):
        assert not Candidate.objects.exists()


@pytest.mark.parametrize("is_merged", [False, True])
def test_a_move_that_ends_a_sequence_and_who_takes_the_person_away_wait_for_each_other(
    outreach, job, card, monkeypatch, *, is_merged
):
    """Both take the candidacy first, then the enrollment."""
    amara = card.candidate
    outreach.enroll(amara)
    other = outreach.candidate("a.okafor@example.com")
    hired = stage(outreach, job, "Hired")

    def take_away():
        with acting_in(outreach.organization):
            if is_merged:
                return merging.merge_people(other, [amara.pk], by=outreach.user)
            return erasing.erase_candidates([amara.pk])

    ended = stopping.stop_at_stage
    with ThreadPoolExecutor(1) as threads:
        others: list[Future] = []

        def end_while_somebody_comes(*args, **kwargs):
            others.append(threads.submit(elsewhere, take_away))
            wait_until_blocked(others[0])
            # Whoever holds the enrollment by now would hold it until we are done.
            time.sleep(0.3)
            return ended(*args, **kwargs)

        monkeypatch.setattr(stopping, "stop_at_stage", end_while_somebody_comes)
        with acting_in(outreach.organization):
            candidacies.move_card(card_of(job, amara), to=hired, by=outreach.user)
        others[0].result()

    with acting_in(outreach.organization):
        assert Enrollment.objects.filter(state="active").count() == 0
        assert Candidacy.objects.filter(stage=hired).count() == int(is_merged)


def test_nobody_joins_a_sequence_while_being_erased(outreach):
    amara = outreach.candidate()

    def enroll():
        with acting_in(outreach.organization):
            return enrolling.enroll(outreach.sequence, [amara.pk], by=outreach.user)

    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization), transaction.atomic():
            erasing.lock_candidates([amara.pk])
            joining = threads.submit(elsewhere, enroll)
            wait_until_blocked(joining)
            erasing.erase_candidates([amara.pk])
        result = joining.result()

    assert result.refused == [(amara.pk, "No such candidate.")]
    with acting_in(outreach.organization):
        assert not Enrollment.objects.exists()


@pytest.mark.parametrize("what", ["starts", "cap"])
def test_two_dispatchers_let_no_more_people_start_than_may_in_a_day(outreach, monkeypatch, what):
    if what == "starts":
        outreach.inside(Sequence.objects.update, starts_per_day=2)
    else:
        outreach.inside(Sender.objects.update, daily_cap=2)
    monkeypatch.setattr(dispatching, "BATCH", 3)
    outreach.enroll(*outreach.people(6))
    first = threading.get_ident()
    is_locked, has_begun = threading.Event(), threading.Event()
    other: list[Future] = []

    def reach(point: str) -> None:
        if threading.get_ident() != first:
            if point == "batch begun":
                has_begun.set()
                is_locked.wait(10)
        elif point == "batch begun":
            # Both found the turn free.
            other.append(others.submit(elsewhere, dispatching.dispatch, outreach.organization))
            has_begun.wait(10)
        elif point == "in dispatch":
            is_locked.set()
            wait_until_blocked(other[0])

    monkeypatch.setattr(faults, "reach", reach)
    with ThreadPoolExecutor(1) as others:
        report = dispatching.dispatch(outreach.organization)
        reports = [report, other[0].result()]

    assert sum(report.queued for report in reports) == 2
    assert sum(report.put_off for report in reports) == 4


def test_a_second_dispatcher_does_not_wait_for_the_first(outreach, monkeypatch):
    """It has mail to deliver meanwhile; and it is none that began and did not end."""
    outreach.enroll(*outreach.people(3))
    first = threading.get_ident()
    other = []

    def reach(point: str) -> None:
        if point == "in dispatch" and threading.get_ident() == first:
            there = others.submit(elsewhere, dispatching.dispatch, outreach.organization)
            other.append(there.result(timeout=10))

    monkeypatch.setattr(faults, "reach", reach)
    with ThreadPoolExecutor(1) as others:
        report = dispatching.dispatch(outreach.organization)

    assert (report.queued, other[0].queued, other[0].is_full) == (3, 0, False)
    assert outreach.inside(lambda: SendingRules.objects.get().unfinished) == 0


def test_of_two_dispatchers_at_one_step_only_the_one_that_attempts_it_counts(outreach, monkeypatch):
    """Both counted, and one of them was killed: after two such deaths a person was set aside who had no part in them."""
    amara = outreach.candidate()
    outreach.enroll(amara)
    outreach.inside(SendingRules.objects.create, unfinished=dispatching.POISONOUS_AFTER)
    victim, others = threading.get_ident(), ThreadPoolExecutor(1)
    is_locked, has_counted = threading.Event(), threading.Event()
    other: list[Future] = []

    def reach(point: str) -> None:
        if threading.get_ident() != victim:
            if point == "attempt counted":
                has_counted.set()
                is_locked.wait(10)
        elif point == "attempt counted":
            other.append(others.submit(elsewhere, dispatching.dispatch, outreach.organization))
            other[0].add_done_callback(lambda _: has_counted.set())
            has_counted.wait(10)
        elif point == "in dispatch":
            is_locked.set()
            other[0].result(10)
            raise Killed

    monkeypatch.setattr(faults, "reach", reach)
    with others, pytest.raises(Killed):
        dispatching.dispatch(outreach.organization)
    monkeypatch.undo()

    assert other[0].result().queued == 0
    enrollment = outreach.enrollment(amara)
    assert (enrollment.state, enrollment.crashes) == (Enrollment.State.ACTIVE, 1)
    assert dispatching.dispatch(outreach.organization, enrollment.next_at).queued == 1


def while_somebody_takes_away(outreach, candidate, monkeypatch, *, at: tuple, act: Callable):
    """Do `act`; at its call of the function `at` the person is erased on another connection. Returns the erasing."""
    module, name = at
    what = getattr(module, name)
    with ThreadPoolExecutor(1) as threads:
        others: list[Future] = []

        def erase():
            with acting_in(outreach.organization):
                return erasing.erase_candidates([candidate.pk])

        def call_while_somebody_comes(*args, **kwargs):
            others.append(threads.submit(elsewhere, erase))
            wait_until_blocked(others[0])
            # Whatever it holds by now it would hold until we are done.
            time.sleep(0.3)
            return what(*args, **kwargs)

        monkeypatch.setattr(module, name, call_while_somebody_comes)
        outreach.inside(act)
        (erased,) = others
        return erased.result()


def test_who_is_put_on_a_job_and_erased_at_once_is_gone_in_the_end(outreach, job, monkeypatch):
    """Both take what is sent to the person first; the other way round each would wait for the other."""
    amara = outreach.candidate()
    outreach.enroll(amara)

    counts = while_somebody_takes_away(
        outreach,
        amara,
        monkeypatch,
        at=(stopping, "stop_at_stage"),
        act=lambda: candidacies.add_to_job(job, [amara.pk], by=outreach.user),
    )

    assert (counts["pipelines.Candidacy"], counts["campaigns.Enrollment"]) == (1, 1)


@pytest.mark.parametrize("what", ["arrange", "move", "cancel"])
def test_an_interview_and_erasing_its_candidate_wait_for_each_other(
    outreach, card, monkeypatch, what
):
    amara = card.candidate
    outreach.enroll(amara)
    tomorrow = timezone.now() + timedelta(days=1)
    details = {"title": "Call", "interviewers": [outreach.user], "time_zone": "UTC"}

    def arrange(at: datetime) -> Interview:
        return scheduling.arrange(card, starts_at=at, by=outreach.user, **details)

    if what == "arrange":
        at, act = (stopping, "stop_for_interview"), lambda: arrange(tomorrow)
    else:
        interview = outreach.inside(arrange, tomorrow)
        at, act = (
            (
                (stopping, "stop_for_interview"),
                lambda: scheduling.move(
                    interview, starts_at=tomorrow + timedelta(hours=2), by=outreach.user
                ),
            )
            if what == "move"
            else (
                (scheduling, "_tell_timeline"),
                lambda: scheduling.cancel(interview, by=outreach.user),
            )
        )

    counts = while_somebody_takes_away(outreach, amara, monkeypatch, at=at, act=act)

    assert counts["pipelines.Candidacy"] == 1
    with acting_in(outreach.organization):
        assert not Interview.objects.exists()


def test_a_sequence_is_put_away_while_somebody_is_to_be_nurtured_by_it(outreach, monkeypatch):
    """Both take the sequence first, then its people."""
    amara = outreach.candidate()
    with acting_in(outreach.organization):
        nurture = Sequence.objects.create(
            name="Nurture", sender=outreach.sender, owner=outreach.user, state="active",
            entry=Sequence.Entry.ALWAYS,
        )  # fmt: skip
        nurture.steps.create(position=1, subject="Hello again", body="Hi")
        Enrollment.objects.create(sequence=nurture, candidate=amara, state="paused")
        answered = Message.objects.create(direction="in", state="received", candidate=amara)
    others: list[Future] = []
    admit = enrolling.admit

    def put_away():
        with acting_in(outreach.organization):
            return sequences.archive_sequence(nurture, by=outreach.user)

    def admit_while_it_goes(*args, **kwargs):
        others.append(threads.submit(elsewhere, put_away))
        wait_until_blocked(others[0])
        time.sleep(0.3)
        return admit(*args, **kwargs)

    monkeypatch.setattr(enrolling, "admit", admit_while_it_goes)
    rest = answering.Rest(until=timezone.localdate() + timedelta(days=30), sequence=nurture)
    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            answering.sort_reply(answered, Intent.NOT_NOW, by=outreach.user, rest=rest)
        others[0].result()

    with acting_in(outreach.organization):
        assert Sequence.objects.get(pk=nurture.pk).state == "archived"
        assert not Enrollment.objects.filter(sequence=nurture, state="active").exists()
