"""Merging people who are on sequences: one goes on, nobody gets a mail twice, also while a mail is being sent."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from campaigns import faults
from campaigns.models import Enrollment, Message, Sequence
from campaigns.services import delivering, dispatching, enrolling
from candidates.models import Candidate, Touchpoint
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.merging.merging import NothingToMerge, merge_people
from candidates.services.merging.rules import foretold
from crm.tenancy.scope import acting_in
from tests.campaigns.test_locking import elsewhere, wait_until_blocked

State, StopReason = Enrollment.State, Enrollment.StopReason
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def amara(outreach):
    return outreach.candidate("amara@example.com")


@pytest.fixture
def double(outreach):
    return outreach.candidate("a.okafor@example.com", full_name="A. Okafor")


@pytest.fixture
def other_sequence(outreach):
    with acting_in(outreach.organization):
        other = Sequence.objects.create(
            name="Other", sender=outreach.sender, owner=outreach.user, state=Sequence.State.ACTIVE
        )
        other.steps.create(position=1, subject="Hello", body="Hi")
    return other


def merge(outreach, survivor, loser):
    with acting_in(outreach.organization):
        return merge_people(survivor, [loser.pk], by=outreach.user)


def enrollments(outreach):
    with acting_in(outreach.organization):
        return list(
            Enrollment.objects.order_by("enrolled_at", "pk").values_list(
                "candidate", "sequence__name", "state", "stop_reason"
            )
        )


def test_the_sequence_that_began_first_goes_on(outreach, amara, double, other_sequence):
    outreach.enroll(double)
    with acting_in(outreach.organization):
        enrolling.enroll(other_sequence, [amara.pk], by=outreach.user)
        told = foretold([amara.pk, double.pk])
    dispatching.dispatch(outreach.organization)

    change_set = merge(outreach, amara, double)

    assert told == ["The sequence “Welcome” goes on; “Other” ends, with its queued mail."]
    assert enrollments(outreach) == [
        (amara.pk, "Welcome", State.ACTIVE, ""),
        (amara.pk, "Other", State.STOPPED, StopReason.MERGED),
    ]
    states = {mail.enrollment.sequence_id: mail.state for mail in outreach.messages()}
    assert states == {
        outreach.sequence.pk: Message.State.QUEUED,
        other_sequence.pk: Message.State.CANCELLED,
    }
    with acting_in(outreach.organization):
        assert Touchpoint.objects.filter(
            candidate=amara, summary__startswith="Taken off the sequence “Other”"
        ).exists()
        start_undo(change_set, by=outreach.user)
        while not undo_batch(change_set.pk):
            pass
    assert enrollments(outreach) == [
        (double.pk, "Welcome", State.ACTIVE, ""),
        (amara.pk, "Other", State.ACTIVE, ""),
    ]


def test_both_on_one_sequence_become_one_row_and_no_step_goes_twice(
    outreach, amara, double, provider
):
    outreach.send(double)
    outreach.enroll(amara)

    merge(outreach, amara, double)
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    assert len(enrollments(outreach)) == 1
    sent = outreach.messages(state=Message.State.SENT)
    assert [(mail.candidate_id, mail.step_id) for mail in sent] == [(amara.pk, outreach.first.pk)]


@pytest.mark.parametrize("point", ["before claim", "after claim", "after check", "before record"])
def test_merged_while_a_mail_is_being_sent(outreach, amara, double, provider, monkeypatch, point):
    outreach.enroll(amara)
    (mail,) = outreach.queue(double)[-1:]
    with acting_in(outreach.organization):
        Enrollment.objects.filter(candidate=amara).update(state=State.PAUSED)
    done = []

    def reach(reached):
        if reached == point and not done:
            done.append(reached)
            with ThreadPoolExecutor(1) as threads:
                threads.submit(elsewhere, merge, outreach, amara, double).result()

    monkeypatch.setattr(faults, "reach", reach)

    delivering.deliver_due(outreach.organization)

    assert done == [point]
    (row,) = outreach.messages(pk=mail.pk)
    running = [found for found in enrollments(outreach) if found[2] in enrolling.RUNNING]
    assert row.candidate_id == amara.pk
    assert len(running) <= 1
    sent = outreach.messages(state=Message.State.SENT)
    assert len(sent) <= 1
    with acting_in(outreach.organization):
        assert Touchpoint.objects.filter(kind="mail_sent", candidate=amara).count() == len(sent)
    if point in {"after check", "before record"}:
        assert row.state == Message.State.SENT


def test_merging_while_somebody_enrolls_leaves_one_running(outreach, amara, double, other_sequence):
    outreach.enroll(amara)

    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            enrolling.enroll(other_sequence, [double.pk], by=outreach.user)
            merging = threads.submit(elsewhere, merge, outreach, amara, double)
            wait_until_blocked(merging)
        merging.result()

    running = [found for found in enrollments(outreach) if found[2] in enrolling.RUNNING]
    assert running == [(amara.pk, "Welcome", State.ACTIVE, "")]


def test_enrolling_while_somebody_merges_leaves_one_running(
    outreach, amara, double, other_sequence
):
    outreach.enroll(amara)

    def enroll():
        with acting_in(outreach.organization):
            return enrolling.enroll(other_sequence, [double.pk], by=outreach.user)

    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            merge_people(amara, [double.pk], by=outreach.user)
            enrolled = threads.submit(elsewhere, enroll)
            wait_until_blocked(enrolled)
        result = enrolled.result()

    assert (result.enrolled, result.refused) == (0, [(double.pk, "No such candidate.")])


def test_two_who_merge_the_same_people_at_once_merge_them_once(outreach, amara, double):
    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            merge_people(amara, [double.pk], by=outreach.user)
            second = threads.submit(elsewhere, merge, outreach, double, amara)
            wait_until_blocked(second)
        with pytest.raises(NothingToMerge):
            second.result()

    with acting_in(outreach.organization):
        assert Candidate.objects.get() == amara
    connection.close()


def test_a_mail_that_came_for_both_is_kept_once(outreach, amara, double):
    with acting_in(outreach.organization):
        for number, person in enumerate((double, amara, double)):
            Message.objects.create(
                direction="in",
                state="received",
                candidate=person,
                message_id=f"<{number // 2}@office.example>",
            )

    merge(outreach, amara, double)

    with acting_in(outreach.organization):
        kept = Message.objects.filter(candidate=amara).values_list("message_id", flat=True)
        assert sorted(kept) == ["<0@office.example>", "<1@office.example>"]
        assert Message.objects.count() == 2


def test_undoing_waits_for_an_answer_that_is_being_taken_in(outreach, amara, double):
    """Both take the enrollment first, then the candidate; the other way round each would wait for the other."""
    outreach.enroll(double)
    change_set = merge(outreach, amara, double)

    def undo():
        with acting_in(outreach.organization):
            start_undo(change_set, by=outreach.user)
            return undo_batch(change_set.pk)

    with ThreadPoolExecutor(1) as threads:
        with acting_in(outreach.organization):
            (running,) = enrolling.lock_running(amara)
            undone = threads.submit(elsewhere, undo)
            wait_until_blocked(undone)
            Candidate.objects.filter(pk=amara.pk).update(headline="Wants a call")
        undone.result()

    assert outreach.enrollment(double).pk == running.pk
