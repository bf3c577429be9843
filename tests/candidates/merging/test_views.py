"""The pages of W4: the queue, records side by side, merging, telling apart, undo, all at once, old addresses."""

import pytest

from candidates.models import (
    Candidate,
    ChangeSet,
    Distinction,
    DuplicatePair,
    EmailAddress,
    MatchCheck,
    MatchingRules,
)
from candidates.services.duplicates import deciding, grouping
from candidates.services.duplicates.grouping import people_of
from candidates.services.duplicates.refreshing import compare_batch
from candidates.services.merging import bulk, merging
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory


@pytest.fixture
def couple(acme):
    with acting_in(acme):
        robert = CandidateFactory(
            full_name="Robert Smith", company="Tidewater", city="", phones=["+4930123456"]
        )
        bob = CandidateFactory(
            full_name="Bob Smith", company="Tidewater", city="Rome", phones=["+4930123456"]
        )
        compare_batch()
    return robert, bob


def compare_url(*people, more=""):
    return (
        "/acme/candidates/duplicates/compare/?"
        + "&".join(f"people={person.pk}" for person in people)
        + more
    )


def _sent_to(answer):
    """Where a plain or an htmx answer leads."""
    return answer.headers.get("Location") or answer.headers.get("HX-Redirect")


@pytest.mark.parametrize("too_many", ["&".join(f"ids={pk}" for pk in range(1, 14)), "everything=1"])
def test_a_selection_of_more_than_can_be_compared_is_refused(couple, as_user, recruiter, too_many):
    picked = "&".join(f"ids={person.pk}" for person in couple)
    client, address = as_user(recruiter), "/acme/candidates/duplicates/compare/"

    assert "Robert Smith" in client.get(f"{address}?{picked}").text
    refused = client.get(f"{address}?{picked}&{too_many}")

    assert refused.status_code == 409
    assert "Choose two to 12 records to merge." in refused.text


def test_queue_lists_pairs_with_reasons(couple, as_user, recruiter):
    page = as_user(recruiter).get("/acme/candidates/duplicates/").content.decode()

    assert "Robert Smith" in page
    assert "Bob is short for Robert" in page
    assert "same phone number" in page
    assert "99 %" in page


@pytest.mark.parametrize(
    ("query", "is_there"),
    [("sure=95", True), ("kind=phone", True), ("kind=profile", False), ("kind=nonsense", True)],
)
def test_queue_is_filtered(couple, as_user, recruiter, query, is_there):
    page = as_user(recruiter).get(f"/acme/candidates/duplicates/?{query}").content.decode()

    assert ("Bob Smith" in page) is is_there


def test_queue_asks_as_much_for_three_pairs_as_for_one(
    acme, couple, as_user, recruiter, django_assert_num_queries, mode
):
    queries = 14 if mode == "htmx" else 15
    client = as_user(recruiter)
    client.get("/acme/candidates/duplicates/")
    with django_assert_num_queries(queries):
        client.get("/acme/candidates/duplicates/")
    with acting_in(acme):
        for name in ("Anna Lee", "Ruth Blau"):
            CandidateFactory.create_batch(2, full_name=name, company="Acme")
        compare_batch()

    with django_assert_num_queries(queries):
        page = client.get("/acme/candidates/duplicates/").content.decode()

    assert page.count("Not the same") == 3


def test_queue_of_nobody_says_so(acme, as_user, recruiter):
    page = as_user(recruiter).get("/acme/candidates/duplicates/").content.decode()

    assert "Nobody stands here twice" in page


def test_queue_that_is_not_compared_yet_says_so(acme, as_user, recruiter):
    with acting_in(acme):
        CandidateFactory()

    page = as_user(recruiter).get("/acme/candidates/duplicates/").content.decode()

    assert "1 of 1 people are still to be compared." in " ".join(page.split())
    assert "Nobody found so far" in page


def test_compare_shows_what_would_be_done_and_writes_nothing(couple, as_user, recruiter, acme):
    with acting_in(acme):
        EmailAddress.objects.create(
            candidate=couple[1], address="bob@example.com", normalized="bob@example.com"
        )

    page = as_user(recruiter).get(compare_url(*couple)).content.decode()

    assert "1 e-mail address" in page
    assert "Same person?" in page
    assert "same phone number" in page
    assert 'name="from_full_name"' in page
    assert "1 phone number" in page
    with acting_in(acme):
        assert Candidate.objects.count() == 2


def test_merge_takes_the_choices_and_goes_to_the_person(couple, as_user, recruiter, acme):
    robert, bob = couple
    client = as_user(recruiter)

    answer = client.post(
        "/acme/candidates/duplicates/merge/",
        {"people": [robert.pk, bob.pk], "survivor": bob.pk, "from_full_name": robert.pk},
    )

    assert _sent_to(answer) == f"/acme/candidates/{bob.pk}/"
    with acting_in(acme):
        kept = Candidate.objects.get()
        assert (kept.pk, kept.full_name, kept.city) == (bob.pk, "Robert Smith", "Rome")
        assert [row.number for row in kept.phones.all()] == ["+4930123456"]
    page = client.get(f"/acme/candidates/{bob.pk}/", headers={"HX-Request": ""})
    assert "/candidates/changes/" in page.content.decode()


def test_the_old_address_leads_to_the_person(couple, as_user, recruiter, viewer, acme):
    robert, bob = couple
    as_user(recruiter).post(
        "/acme/candidates/duplicates/merge/", {"people": [robert.pk, bob.pk], "survivor": robert.pk}
    )

    answer = as_user(viewer).get(f"/acme/candidates/{bob.pk}/")

    assert _sent_to(answer) == f"/acme/candidates/{robert.pk}/"
    assert as_user(viewer).get("/acme/candidates/999999/").status_code == 404


@pytest.mark.parametrize(
    "page",
    ["background/", "edit/", "preferences/", "fields/", "rows/email/add/", "snooze/?next=/x/"],
)
def test_the_old_pages_of_a_record_lead_to_those_of_the_person(couple, as_user, recruiter, page):
    robert, bob = couple
    client = as_user(recruiter)
    client.post(
        "/acme/candidates/duplicates/merge/", {"people": [robert.pk, bob.pk], "survivor": robert.pk}
    )

    answer = client.get(f"/acme/candidates/{bob.pk}/{page}")

    assert _sent_to(answer) == f"/acme/candidates/{robert.pk}/{page}"
    assert client.get(f"/acme/candidates/999999/{page}").status_code == 404
    assert client.post(f"/acme/candidates/{bob.pk}/edit/", {"full_name": "X"}).status_code == 404


def test_compare_weighs_who_was_not_compared_yet(acme, as_user, recruiter):
    with acting_in(acme):
        people = [
            CandidateFactory(full_name=name, company="", phones=["+49 30 777777"])
            for name in ("Anna Lee", "Lee, Anna")
        ]

    page = as_user(recruiter).get(compare_url(*people)).content.decode()

    assert "same phone number" in page
    assert "99 %" in page
    assert "Nothing says" not in page
    with acting_in(acme):
        assert not DuplicatePair.objects.exists()


def test_a_group_is_shown_with_its_weakest_pair(acme, couple, as_user, recruiter):
    with acting_in(acme):
        CandidateFactory(full_name="Rob Smith", phones=["+4930123456", "+4930999999"])
        CandidateFactory(full_name="Robert Smyth", company="", phones=["+4930999999"])
        compare_batch()
        assert DuplicatePair.objects.filter(is_leading=True).count() == 1
    client = as_user(recruiter)

    queue = " ".join(client.get("/acme/candidates/duplicates/").content.decode().split())
    everything = client.get("/acme/candidates/duplicates/all/?at_least=90").content.decode()

    least = "Least sure: Bob Smith and Robert Smyth, "
    assert least in queue
    assert "different phone numbers" in queue
    assert least in " ".join(everything.split())
    with acting_in(acme):
        people = list(Candidate.objects.order_by("pk"))
    compared = client.get(compare_url(*people)).content.decode()
    assert compared.count('<b class="num">') == 6


def test_merge_and_next_goes_on_in_the_queue(couple, as_user, recruiter, acme):
    with acting_in(acme):
        one, other = CandidateFactory.create_batch(2, full_name="Anna Lee", company="Acme")
        compare_batch()
    client = as_user(recruiter)

    first = client.post(
        "/acme/candidates/duplicates/merge/",
        {"people": [person.pk for person in couple], "queue": "1"},
    )
    second = client.post(
        "/acme/candidates/duplicates/merge/", {"people": [one.pk, other.pk], "queue": "1"}
    )

    assert _sent_to(first).endswith(f"people={one.pk}&people={other.pk}&queue=1")
    assert _sent_to(second) == "/acme/candidates/duplicates/"


def test_merging_somebody_who_is_gone_says_so(couple, as_user, recruiter):
    robert, _ = couple

    answer = as_user(recruiter).post(
        "/acme/candidates/duplicates/merge/", {"people": [robert.pk, 999999]}
    )

    assert answer.status_code == 409
    assert "at least two people" in answer.content.decode()


def test_undo_brings_both_back(couple, as_user, recruiter, acme):
    client = as_user(recruiter)
    client.post("/acme/candidates/duplicates/merge/", {"people": [p.pk for p in couple]})
    with acting_in(acme):
        change_set = ChangeSet.objects.get()

    client.post(f"/acme/candidates/changes/{change_set.pk}/undo/")

    with acting_in(acme):
        assert set(Candidate.objects.values_list("full_name", "city")) == {
            ("Robert Smith", ""),
            ("Bob Smith", "Rome"),
        }
        compare_batch()
        assert DuplicatePair.objects.filter(is_leading=True).count() == 1


def test_not_the_same_is_remembered_and_can_be_taken_back(couple, as_user, recruiter, acme):
    client = as_user(recruiter)

    client.post("/acme/candidates/duplicates/apart/", {"people": [p.pk for p in couple]})

    with acting_in(acme):
        decided = Distinction.objects.get()
        assert not DuplicatePair.objects.exists()
        MatchCheck.objects.create(candidate=couple[0])
        compare_batch()
        assert not DuplicatePair.objects.exists()
    client.post(f"/acme/candidates/duplicates/apart/{decided.pk}/undo/")
    with acting_in(acme):
        assert DuplicatePair.objects.count() == 1


def test_rules_are_set_and_everybody_is_compared_anew(couple, as_user, owner, acme):
    as_user(owner).post("/acme/candidates/duplicates/rules/", {"ignores_plus": "on"})

    with acting_in(acme):
        rules = MatchingRules.objects.get()
        assert (rules.ignores_dots, rules.ignores_plus) == (False, True)
        assert MatchCheck.objects.count() == 2


def test_people_of_another_organization_are_nobody(couple, as_user, stranger, globex):
    with acting_in(globex):
        theirs = CandidateFactory(full_name="Robert Smith")
    client = as_user(stranger)

    page = client.get(
        f"/globex/candidates/duplicates/compare/?people={theirs.pk}&people={couple[0].pk}"
    ).content.decode()
    answer = client.post(
        "/globex/candidates/duplicates/merge/", {"people": [theirs.pk, couple[0].pk]}
    )

    assert "Choose two people" in page
    assert answer.status_code == 409


def test_editing_warns_of_who_is_here(couple, as_user, recruiter, acme):
    with acting_in(acme):
        other = CandidateFactory(full_name="Ruth Blau", company="")
    fields = {
        "full_name": "Smith Robert",
        "company": "Tidewater",
        "status": "new",
        "lawful_basis": "consent",
    }
    client = as_user(recruiter)

    warned = client.post(f"/acme/candidates/{other.pk}/edit/", fields)

    page = warned.content.decode()
    assert warned.status_code == 422
    assert "Is this somebody you know already?" in page
    assert f"/acme/candidates/{couple[0].pk}/" in page
    client.post(f"/acme/candidates/{other.pk}/edit/", fields | {"anyway": "1"})
    with acting_in(acme):
        assert Candidate.objects.get(pk=other.pk).full_name == "Smith Robert"


def test_two_who_were_told_apart_are_never_one_group_by_way_of_a_third(
    acme, as_user, recruiter, couple
):
    """A family shares its number: who says that two of three are two people is not asked to merge all three."""
    robert, bob = couple
    with acting_in(acme):
        deciding.tell_apart([DuplicatePair.objects.get().pk], by=recruiter)
        third = CandidateFactory(full_name="Robert Smith", company="", phones=["+4930123456"])
        compare_batch()
        groups = [
            people_of(grouping.group_led_by(pair))
            for pair in DuplicatePair.objects.filter(is_leading=True)
        ]
        assert len(groups) == 2
        assert not [group for group in groups if {robert.pk, bob.pk} <= set(group)]
    client = as_user(recruiter)

    queue = client.get("/acme/candidates/duplicates/").content.decode()
    assert f"people={robert.pk}&amp;people={bob.pk}" not in queue
    # Which of the two the third is, somebody says who looks at them.
    told = seen(client.get("/acme/candidates/duplicates/all/?at_least=90"))
    assert "Nothing is that sure" in told
    assert "2 groups as sure are not merged here." in told
    assert told.count("may be either of two people who were told apart") == 2
    with acting_in(acme):
        with pytest.raises(bulk.NothingSure):
            bulk.start_merging_all(90, by=recruiter)

        merging.merge_people(robert, [third.pk], by=recruiter)
        compare_batch()
        assert not DuplicatePair.objects.exists()
        assert Distinction.objects.count() == 1
