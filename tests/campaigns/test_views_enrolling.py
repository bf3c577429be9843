"""Whom, which sequence, who is left out and why; then enrolling."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Enrollment, Step
from campaigns.services import checking
from campaigns.services.sequences import archive_sequence
from candidates.models import (
    BulkAct,
    Candidate,
    ChangeSet,
    EmailAddress,
    Suppression,
    TalentPool,
)
from candidates.services import suppressing
from candidates.services.bulk import actions, start, tend, work_on
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.pools import add_to_pool
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, TalentPoolFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

ADDRESS = "/acme/sequences/enroll/"


@pytest.fixture
def pool(outreach) -> TalentPool:
    """Amara may be written to; Priya has no address; Sam unsubscribed."""
    amara = outreach.candidate()
    sam = outreach.candidate("sam@example.com", full_name="Sam Noor")
    with acting_in(outreach.organization):
        pool = TalentPoolFactory(name="Silver medalists")
        priya = CandidateFactory(full_name="Priya Raman")
        suppressing.suppress("email", "sam@example.com", reason=Suppression.Reason.UNSUBSCRIBED)
        add_to_pool(pool, [amara.pk, priya.pk, sam.pk], by=None)
    return pool


def enrolled(outreach) -> list[str]:
    with acting_in(outreach.organization):
        people = Enrollment.objects.order_by("candidate__full_name")
        return list(people.values_list("candidate__full_name", flat=True))


def test_first_asks_whom(as_user, recruiter, outreach, pool):
    html = text_of(as_user(recruiter).get(ADDRESS, {"sequence": outreach.sequence.pk}))

    assert "Whom do you want to write to?" in html
    assert f"?sequence={outreach.sequence.pk}&amp;pool={pool.pk}" in html


def test_then_asks_which_sequence(as_user, recruiter, outreach, pool):
    response = as_user(recruiter).get(ADDRESS, {"pool": pool.pk})

    assert "3 people in “Silver medalists”" in text_of(response)
    assert [str(sequence) for sequence, _ in response.context["choices"]] == ["Welcome"]


def test_a_sequence_without_steps_is_not_offered(as_user, recruiter, outreach, pool):
    outreach.inside(lambda: Step.objects.all().delete())

    response = as_user(recruiter).get(ADDRESS, {"pool": pool.pk})

    assert response.context["choices"] == []


def test_preflight_counts_and_names_who_is_left_out(as_user, recruiter, outreach, pool):
    asked = {"pool": pool.pk, "sequence": outreach.sequence.pk}

    response = as_user(recruiter).get(ADDRESS, asked)

    preflight = response.context["preflight"]
    assert (preflight.enrolled, preflight.left_out) == (1, 2)
    reasons = {
        refusal.reason: [str(person) for person, _ in refusal.people]
        for refusal in preflight.refusals
    }
    assert reasons["Has no e-mail address."] == ["Priya Raman"]
    assert ["Sam Noor"] in reasons.values()
    assert "Enroll 1 person" in text_of(response)
    assert enrolled(outreach) == []


def test_preflight_lists_who_lacks_data(as_user, recruiter, outreach, pool):
    outreach.inside(Step.objects.update, body="About {{ company }}, {{ city | there }}")
    amara = outreach.inside(
        lambda: pool.memberships.get(candidate__full_name="Amara Okafor").candidate
    )
    with acting_in(outreach.organization):
        amara.company = ""
        amara.save()

    response = as_user(recruiter).get(ADDRESS, {"pool": pool.pk, "sequence": outreach.sequence.pk})

    missing = response.context["preflight"].missing
    assert [(str(row.candidate), row.fields) for row in missing] == [
        ("Amara Okafor", [("company", "Company", True)])
    ]


def test_what_is_missing_is_filled_in_on_the_way(as_user, recruiter, outreach, pool):
    outreach.inside(Step.objects.update, body="About {{ company }}")
    amara = outreach.inside(
        lambda: pool.memberships.get(candidate__full_name="Amara Okafor").candidate
    )
    outreach.inside(Candidate.objects.update, company="")
    asked = {"pool": pool.pk, "sequence": outreach.sequence.pk}

    response = as_user(recruiter).post(
        ADDRESS, {**asked, "fill": "1", f"value-{amara.pk}-company": " Initech "}
    )

    assert response.context["preflight"].missing == []
    assert outreach.inside(Candidate.objects.get, pk=amara.pk).company == "Initech"
    assert enrolled(outreach) == []


def test_who_was_contacted_lately_is_taken_along_when_somebody_says_so(
    as_user, recruiter, outreach, pool
):
    outreach.inside(Candidate.objects.update, last_contacted_at=timezone.now())
    asked = {"pool": pool.pk, "sequence": outreach.sequence.pk}
    client = as_user(recruiter)

    first = client.get(ADDRESS, asked).context["preflight"]
    second = client.post(ADDRESS, {**asked, "despite_contact": "1"}).context["preflight"]

    assert (first.enrolled, first.soft) == (0, 3)
    assert (second.enrolled, second.soft) == (1, 0)


def checked(client, outreach, pool, **more) -> dict:
    """What the page of the check posts on: the pool's people as they were counted."""
    page = client.post(ADDRESS, {"pool": pool.pk, "sequence": outreach.sequence.pk, **more})
    return {
        "pool": pool.pk,
        "sequence": outreach.sequence.pk,
        "candidates": page.context["frozen"],
    }


def test_confirming_enrolls_and_tells_the_numbers(as_user, recruiter, outreach, pool):
    client = as_user(recruiter)
    asked = {**checked(client, outreach, pool), "confirm": "1"}

    response = client.post(ADDRESS, asked, follow=True)

    assert enrolled(outreach) == ["Amara Okafor"]
    assert response.redirect_chain == [(f"/acme/sequences/{outreach.sequence.pk}/people/", 302)]


def test_confirming_twice_enrolls_once(as_user, recruiter, outreach, pool):
    client = as_user(recruiter)
    asked = {**checked(client, outreach, pool), "confirm": "1"}

    client.post(ADDRESS, asked)
    client.post(ADDRESS, asked)

    assert enrolled(outreach) == ["Amara Okafor"]


def test_looking_at_a_confirmed_address_enrolls_nobody(as_user, recruiter, outreach, pool):
    asked = {"pool": pool.pk, "sequence": outreach.sequence.pk, "confirm": "1"}

    as_user(recruiter).get(ADDRESS, asked)

    assert enrolled(outreach) == []


def test_people_picked_in_a_list_are_carried_along(as_user, recruiter, outreach):
    amara, priya = outreach.candidate(), outreach.candidate("priya@example.com", full_name="Priya")
    client = as_user(recruiter)

    chosen = client.post(ADDRESS, {"ids": [amara.pk, priya.pk], "action": "enroll"})
    assert enrolled(outreach) == []

    ids = chosen.context["asked"]["candidates"]
    asked = {"candidates": ids, "sequence": outreach.sequence.pk}
    checked = client.post(ADDRESS, asked)
    assert (checked.context["preflight"].enrolled, enrolled(outreach)) == (2, [])

    client.post(ADDRESS, {**asked, "confirm": "1"})
    assert enrolled(outreach) == ["Amara Okafor", "Priya"]


def test_whoever_joins_the_pool_after_the_check_is_not_enrolled(as_user, recruiter, outreach, pool):
    client = as_user(recruiter)
    asked = checked(client, outreach, pool)
    late = outreach.candidate("late@example.com", full_name="Late Comer")
    outreach.inside(add_to_pool, pool, [late.pk], by=None)

    client.post(ADDRESS, {**asked, "confirm": "1"})

    assert enrolled(outreach) == ["Amara Okafor"]


def test_a_pool_is_not_enrolled_unchecked(as_user, recruiter, outreach, pool):
    asked = {"pool": pool.pk, "sequence": outreach.sequence.pk, "confirm": "1"}

    response = as_user(recruiter).post(ADDRESS, asked)

    assert response.status_code == 422
    assert "Check the people first" in text_of(response)
    assert enrolled(outreach) == []


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


@pytest.mark.parametrize("wrong", [{"candidates": "1,x"}, {"sequence": "0"}, {"candidates": ""}])
def test_a_wrong_confirmation_is_refused(as_user, recruiter, outreach, wrong):
    amara = outreach.candidate()
    asked = {"candidates": amara.pk, "sequence": outreach.sequence.pk, "confirm": "1", **wrong}

    response = as_user(recruiter).post(ADDRESS, asked)

    assert response.status_code == 422
    assert enrolled(outreach) == []


def test_another_organizations_people_are_refused(as_user, recruiter, outreach, globex):
    with acting_in(globex):
        foreign = CandidateFactory(emails=["secret@example.com"])
    asked = {"candidates": foreign.pk, "sequence": outreach.sequence.pk, "confirm": "1"}

    assert as_user(recruiter).post(ADDRESS, asked).status_code == 422
    assert enrolled(outreach) == []


def test_two_thousand_people_in_one_batch(
    client, recruiter, outreach, django_assert_max_num_queries
):
    with acting_in(outreach.organization):
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
    assert "0 of 2000" in text_of(client.get(progress))

    with django_assert_max_num_queries(80):
        work_on(outreach.organization, check.pk)

    page = client.get(progress, follow=True)
    assert page.redirect_chain == [(f"/acme/sequences/enroll/checked/{check.pk}/", 302)]
    assert page.context["preflight"].enrolled == 2000
    assert "Enroll 2000 people" in text_of(page)
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


@pytest.mark.parametrize(
    ("path", "words"),
    [("pools/{pool}/", "?pool={pool}"), ("candidates/{candidate}/", "?candidates={candidate}")],
)
def test_pages_of_people_lead_here(client, recruiter, outreach, pool, path, words):
    amara = outreach.inside(lambda: pool.memberships.first().candidate)
    names = {"pool": pool.pk, "candidate": amara.pk}
    client.force_login(recruiter)

    html = text_of(client.get("/acme/" + path.format(**names)))

    assert f'href="{ADDRESS}{words.format(**names)}"' in html


def test_record_shows_the_sequences_of_a_person(client, viewer, recruiter, outreach):
    amara = outreach.candidate()
    outreach.enroll(amara)
    stop = f"/acme/sequences/enrollments/{outreach.enrollment(amara).pk}/stop/"

    for user, may_stop in ((viewer, False), (recruiter, True)):
        client.force_login(user)
        html = text_of(client.get(f"/acme/candidates/{amara.pk}/"))
        assert "Welcome" in html
        assert (stop in html) is may_stop


def picked(outreach, count: int) -> list[int]:
    return [
        outreach.candidate(f"p{number}@example.com", full_name=f"Person {number}").pk
        for number in range(count)
    ]


def test_enrolling_is_taken_back_before_a_mail_goes(as_user, recruiter, outreach):
    ids = picked(outreach, 2)
    client = as_user(recruiter)
    asked = {"sequence": outreach.sequence.pk, "candidates": ",".join(map(str, ids))}
    page = client.post(ADDRESS, {**asked, "confirm": "1"}, follow=True)
    assert enrolled(outreach) == ["Person 0", "Person 1"]
    with acting_in(outreach.organization):
        # One of them is on the way by now.
        Enrollment.objects.filter(candidate=ids[0]).update(started_at=timezone.now())

    client.post(re.search(r"/acme/candidates/changes/\d+/undo/", page.text).group())

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
