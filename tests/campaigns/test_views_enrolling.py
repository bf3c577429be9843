"""Whom, which sequence, who is left out and why; then enrolling."""

import pytest
from django.utils import timezone

from campaigns.models import Step
from candidates.models import (
    Candidate,
    TalentPool,
)
from candidates.services.pools import add_to_pool
from crm.tenancy.scope import acting_in
from tests.campaigns.enrolling_pages import ADDRESS, checked, enrolled, make_pool
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(outreach) -> TalentPool:
    return make_pool(outreach)


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


def test_confirming_enrolls_and_tells_the_numbers(as_user, recruiter, outreach, pool):
    client = as_user(recruiter)
    asked = {**checked(client, outreach, pool), "confirm": "1"}

    response = client.post(ADDRESS, asked, follow=True)

    assert enrolled(outreach) == ["Amara Okafor"]
    assert response.redirect_chain == [(f"/acme/sequences/{outreach.sequence.pk}/people/", 302)]


def test_the_check_says_what_cannot_be_undone(as_user, recruiter, outreach, pool):
    page = as_user(recruiter).get(ADDRESS, {"pool": pool.pk, "sequence": outreach.sequence.pk})

    assert "A mail that has gone out cannot be called back." in text_of(page)


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
