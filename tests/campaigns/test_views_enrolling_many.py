"""Many people at once: checked and enrolled in the background, exactly those who were counted; and taken back."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sender, Step
from campaigns.services import checking, delivering, dispatching, enrolling, foretelling
from campaigns.services.sequences import archive_sequence
from candidates.models import (
    BulkAct,
    Candidate,
    ChangeSet,
    EmailAddress,
    TalentPool,
)
from candidates.services.bulk import actions, start, tend, work_on
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.pools import add_to_pool
from crm.tenancy.scope import acting_in
from tests.campaigns.enrolling_pages import ADDRESS, enrolled, make_pool
from tests.factories import CandidateFactory, TalentPoolFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(outreach) -> TalentPool:
    return make_pool(outreach)


def test_many_are_checked_in_the_background_with_the_same_result(
    as_user, recruiter, outreach, pool, monkeypatch
):
    outreach.inside(Step.objects.update, body="About {{ company }}")
    outreach.inside(Candidate.objects.update, company="")
    client = as_user(recruiter)
    asked = {"pool": pool.pk, "sequence": outreach.sequence.pk}
    at_once = client.post(ADDRESS, asked).context["preflight"]
    monkeypatch.setattr("candidates.services.bulk.running.SMALL", 2)
    monkeypatch.setattr("campaigns.views.enrolling.SMALL", 2)
    monkeypatch.setitem(actions._actions, "check_enrolling", replace(checking.CHECK, batch=2))

    # Looking at a pool of many asks to be sent: what is counted is kept in a row.
    asking = client.get(ADDRESS, asked)
    assert [str(sequence) for sequence, _ in asking.context["choices"]] == ["Welcome"]
    client.post(ADDRESS, asked)
    with acting_in(outreach.organization):
        check = BulkAct.objects.get(action="check_enrolling")
    work_on(outreach.organization, check.pk)
    later = client.get(f"/acme/sequences/enroll/checked/{check.pk}/").context["preflight"]

    assert (later.enrolled, later.left_out, later.missing_count) == (1, 2, 1)
    assert (at_once.enrolled, at_once.left_out, at_once.missing_count) == (1, 2, 1)
    assert [(one.reason, one.count, one.people) for one in later.refusals] == [
        (one.reason, one.count, one.people) for one in at_once.refusals
    ]
    assert [(row.candidate, row.fields) for row in later.missing] == [
        (row.candidate, row.fields) for row in at_once.missing
    ]
    assert later.plan.days == at_once.plan.days
    assert later.plan.waits == at_once.plan.waits
    assert enrolled(outreach) == []


def test_the_days_ahead_are_played_through_by_the_check_and_not_at_each_look(
    client, recruiter, outreach, pool, monkeypatch
):
    monkeypatch.setattr("candidates.services.bulk.running.SMALL", 2)
    monkeypatch.setattr("campaigns.views.enrolling.SMALL", 2)
    client.force_login(recruiter)
    asked = {"pool": pool.pk, "sequence": outreach.sequence.pk}
    client.post(ADDRESS, asked)
    with acting_in(outreach.organization):
        check = BulkAct.objects.get(action="check_enrolling")
    played, foretell = [], foretelling.foretell
    monkeypatch.setattr(
        foretelling,
        "foretell",
        lambda *args, **kwargs: (played.append(1), foretell(*args, **kwargs))[1],
    )
    work_on(outreach.organization, check.pk)
    here = f"/acme/sequences/enroll/checked/{check.pk}/"
    pages = [client.get(here), client.get(here)]

    assert played == [1]
    first, second = (page.context["preflight"].plan for page in pages)
    assert first == second
    assert (first.mails, first.is_cut) == (1, False)
    assert first.started_by == first.finished_at
    assert "Checked on" in text_of(pages[1])
    # The button of the page looks again.
    again = client.post(ADDRESS, asked | {"candidates": pages[1].context["frozen"]})
    assert again.url != f"/acme/candidates/bulk/acts/{check.pk}/"
    assert re.fullmatch(r"/acme/candidates/bulk/acts/\d+/", again.url)


def test_what_a_check_found_is_its_askers_and_forgotten_with_the_selection(
    client, recruiter, owner, outreach, pool, monkeypatch
):
    monkeypatch.setattr("candidates.services.bulk.running.SMALL", 2)
    monkeypatch.setattr("campaigns.views.enrolling.SMALL", 2)
    client.force_login(recruiter)
    client.post(ADDRESS, {"pool": pool.pk, "sequence": outreach.sequence.pk})
    with acting_in(outreach.organization):
        check = BulkAct.objects.get(action="check_enrolling")
    work_on(outreach.organization, check.pk)
    here = f"/acme/sequences/enroll/checked/{check.pk}/"
    assert client.get(here).status_code == 200

    client.force_login(owner)
    assert client.get(here).url == f"/acme/candidates/bulk/acts/{check.pk}/"
    assert client.get(here, follow=True).status_code == 200
    tend(outreach.organization, timezone.now() + timedelta(days=2))

    with acting_in(outreach.organization):
        assert not BulkAct.objects.exists()


def test_two_thousand_people_in_one_batch(
    client, recruiter, outreach, django_assert_max_num_queries
):
    with acting_in(outreach.organization):
        Sender.objects.update(daily_cap=80)
        pool = TalentPoolFactory()
        people = CandidateFactory.build_batch(2000)
        made = Candidate.objects.bulk_create(people)
        EmailAddress.objects.bulk_create(
            EmailAddress(
                candidate=person,
                address=f"p{person.pk}@example.com",
                normalized=f"p{person.pk}@example.com",
                is_primary=True,
            )
            for person in made
        )
        add_to_pool(pool, [person.pk for person in made], by=None)
    client.force_login(recruiter)
    progress = client.post(ADDRESS, {"pool": pool.pk, "sequence": outreach.sequence.pk}).url
    with acting_in(outreach.organization):
        check = BulkAct.objects.get(action="check_enrolling")
    assert progress == f"/acme/candidates/bulk/acts/{check.pk}/"
    assert "0 of 2,000" in text_of(client.get(progress))

    with django_assert_max_num_queries(80):
        work_on(outreach.organization, check.pk)

    page = client.get(progress, follow=True)
    assert page.redirect_chain == [(f"/acme/sequences/enroll/checked/{check.pk}/", 302)]
    found = page.context["preflight"]
    # All of them are played through the days ahead: the last day is known, not guessed.
    assert (found.enrolled, found.played, found.not_played) == (2000, 2000, 0)
    assert sum(day.first for day in found.plan.days) == 2000
    assert max(day.mails for day in found.plan.days) == 80
    assert len(found.plan.days) == 2000 / 80
    assert f"{found.plan.finished_at:%A, {found.plan.finished_at.day} %B %Y}" in text_of(page)
    assert "Enroll 2,000 people" in text_of(page)
    client.post(
        ADDRESS,
        {
            "sequence": outreach.sequence.pk,
            "candidates": page.context["frozen"],
            "confirm": "1",
        },
    )
    with acting_in(outreach.organization):
        act = BulkAct.objects.get(action="enroll")

    with django_assert_max_num_queries(80):
        work_on(outreach.organization, act.pk)

    assert len(enrolled(outreach)) == 2000
    done = text_of(client.get(f"/acme/candidates/bulk/acts/{act.pk}/"))
    assert "2,000 people" in done
    assert f'href="/acme/sequences/{outreach.sequence.pk}/people/"' in done
    with acting_in(outreach.organization):
        Enrollment.objects.all().delete()
        outreach.sequence.delete()
    assert "Follow them" not in text_of(client.get(f"/acme/candidates/bulk/acts/{act.pk}/"))


def picked(outreach, count: int) -> list[int]:
    return [
        outreach.candidate(f"p{number}@example.com", full_name=f"Person {number}").pk
        for number in range(count)
    ]


def test_enrolling_is_taken_back_before_a_mail_goes(as_user, recruiter, outreach):
    """Only whom something was handed over to stays: not who stands in line, is put off by a cap, or lacks a value."""
    outreach.inside(Sender.objects.update, daily_cap=2)
    ids = [*picked(outreach, 3), outreach.candidate("n@example.com", full_name="No Name").pk]
    client = as_user(recruiter)
    asked = {"sequence": outreach.sequence.pk, "candidates": ",".join(map(str, ids))}
    page = client.post(ADDRESS, {**asked, "confirm": "1"}, follow=True)
    dispatching.dispatch(outreach.organization)
    with acting_in(outreach.organization):
        enrolling.hold_for_data(Enrollment.objects.get(candidate=ids[3]), ["city"])
    delivering.deliver_due(outreach.organization, limit=1)
    assert [mail.state for mail in outreach.messages()] == ["sent", "queued"]
    with acting_in(outreach.organization):
        put_off = Enrollment.objects.get(candidate=ids[2])
        assert "starts" in put_off.waits_for
        assert put_off.holds.exists()

    client.post(re.search(r"/acme/candidates/changes/\d+/undo/", page.text).group())

    assert enrolled(outreach) == ["Person 0"]
    assert [mail.state for mail in outreach.messages()] == ["sent"]


def test_whom_a_step_gave_a_task_for_is_not_taken_back(as_user, recruiter, outreach):
    outreach.inside(Step.objects.update, kind="task", task_title="Call {{ first_name }}")
    outreach.add_second(subject="Hello")
    asked = {"sequence": outreach.sequence.pk, "candidates": picked(outreach, 1)}
    page = as_user(recruiter).post(ADDRESS, {**asked, "confirm": "1"}, follow=True)
    dispatching.dispatch(outreach.organization)

    as_user(recruiter).post(re.search(r"/acme/candidates/changes/\d+/undo/", page.text).group())

    assert enrolled(outreach) == ["Person 0"]


def test_a_mail_that_a_worker_takes_meanwhile_keeps_its_person(
    as_user, recruiter, outreach, provider
):
    asked = {"sequence": outreach.sequence.pk, "candidates": picked(outreach, 1)}
    page = as_user(recruiter).post(ADDRESS, {**asked, "confirm": "1"}, follow=True)
    dispatching.dispatch(outreach.organization)
    outreach.inside(Message.objects.update, state=Message.State.SENDING, claimed_at=timezone.now())

    as_user(recruiter).post(re.search(r"/acme/candidates/changes/\d+/undo/", page.text).group())

    assert enrolled(outreach) == ["Person 0"]


def test_nobody_enrolled_leaves_nothing_to_take_back(as_user, recruiter, outreach, pool):
    with acting_in(outreach.organization):
        priya = Candidate.objects.get(full_name="Priya Raman")
    asked = {"sequence": outreach.sequence.pk, "candidates": priya.pk, "confirm": "1"}

    page = as_user(recruiter).post(ADDRESS, asked, follow=True)

    assert "0 people are on “Welcome” now. 1 left out." in text_of(page)
    assert "/undo/" not in page.content.decode()
    with acting_in(outreach.organization):
        assert not ChangeSet.objects.exists()


def test_many_are_enrolled_in_the_background_exactly_those_who_were_counted(
    as_user, recruiter, outreach, pool, monkeypatch
):
    monkeypatch.setattr("candidates.services.bulk.running.SMALL", 2)
    monkeypatch.setattr("campaigns.views.enrolling.SMALL", 2)
    picked(outreach, 2)
    client = as_user(recruiter)
    # Amara and two others can be written to; Priya has no address, Sam unsubscribed.
    choose = client.post(ADDRESS, {"everything": "1", "query": "", "action": "enroll"})
    frozen = choose.context["asked"]["candidates"]
    assert frozen.startswith("act:")
    assert "Which sequence for 5 people?" in text_of(choose)
    outreach.candidate("late@example.com", full_name="Late Comer")
    asked = {"sequence": outreach.sequence.pk, "candidates": frozen}
    client.post(ADDRESS, asked)
    with acting_in(outreach.organization):
        check = BulkAct.objects.get(action="check_enrolling")
    work_on(outreach.organization, check.pk)
    page = client.get(f"/acme/sequences/enroll/checked/{check.pk}/")
    assert "Enroll 3 people" in text_of(page)

    client.post(ADDRESS, {**asked, "confirm": "1"})

    assert enrolled(outreach) == []
    with acting_in(outreach.organization):
        act = BulkAct.objects.get(action="enroll")
    work_on(outreach.organization, act.pk)
    assert enrolled(outreach) == ["Amara Okafor", "Person 0", "Person 1"]
    with acting_in(outreach.organization):
        act.refresh_from_db()
        assert (act.state, act.total, act.changed_count) == (BulkAct.State.DONE, 5, 3)
        assert act.left_out["Has no e-mail address"] == 1
        assert sum(act.left_out.values()) == 2
        change_set = start_undo(act.change_set, by=recruiter)
        while not undo_batch(change_set.pk):
            pass
    assert enrolled(outreach) == []


def test_a_sequence_that_is_archived_meanwhile_ends_the_act(outreach, recruiter):
    ids = picked(outreach, 1)
    with acting_in(outreach.organization):
        chosen = {"sequence": outreach.sequence.pk, "despite_contact": False}
        act = start("enroll", ids, chosen=chosen, title="Enroll", by=recruiter)
        archive_sequence(outreach.sequence, by=recruiter)

    work_on(outreach.organization, act.pk)

    with acting_in(outreach.organization):
        act.refresh_from_db()
        assert act.state == BulkAct.State.FAILED
        assert act.problem == "“Welcome” is archived. Choose another sequence."
