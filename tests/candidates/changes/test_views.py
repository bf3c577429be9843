"""The pages of change sets: what was changed, undone with one click, what stays is listed."""

import pytest

from candidates.models import Candidate, ChangeSet
from candidates.services.bulk_edits import give_to_owner, put_into_pool, tag_people
from candidates.services.candidates import edit_candidate
from candidates.services.changes.recording import close_change_set, open_change_set, recording
from candidates.services.merging.merging import merge_people
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TagFactory, TalentPoolFactory

pytestmark = pytest.mark.django_db
LIST = "/acme/candidates/changes/"


@pytest.fixture
def moved(acme, recruiter):
    """Three people whose company was changed at once."""
    with acting_in(acme):
        people = [CandidateFactory(full_name=f"Person {n}", company="Old Ltd") for n in range(3)]
        change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, "New company", by=recruiter)
        with recording(change_set, [person.pk for person in people], compared=[Candidate]):
            Candidate.objects.update(company="New Ltd")
        return close_change_set(change_set)


def test_a_change_set_shows_what_was_changed_and_what_undo_would_do(moved, recruiter, as_user):
    words = seen(as_user(recruiter).get(f"{LIST}{moved.pk}/"))

    assert "Person 0 Company changed Old Ltd New Ltd" in words


def test_a_merge_is_told_in_the_words_of_the_product(acme, recruiter, as_user):
    with acting_in(acme):
        kept = CandidateFactory(full_name="Robert Smith", emails=["rs@example.com"])
        gone = CandidateFactory(full_name="Bob Smith", emails=["bob@example.com"])
        change_set = merge_people(kept, [gone.pk], by=recruiter, choices={"full_name": kept.pk})

    words = seen(as_user(recruiter).get(f"{LIST}{change_set.pk}/"))

    assert "E-mail address moved Bob Smith Robert Smith" in words
    assert "Person removed Bob Smith" in words
    for technical in (
        "a record that is gone",
        "Former id",
        "Import row",
        "Change moved",
        "primary",
    ):
        assert technical not in words
    assert "technical row" in words


def test_a_person_is_named_once_for_all_that_changed(acme, recruiter, as_user):
    with acting_in(acme):
        person = CandidateFactory(full_name="Person 0", company="Old Ltd", city="Rome")
        change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, "Moved", by=recruiter)
        with recording(change_set, [person.pk], compared=[Candidate]):
            Candidate.objects.update(company="New Ltd", city="Kiel")
        close_change_set(change_set)

    page = as_user(recruiter).get(f"{LIST}{change_set.pk}/").content.decode()

    assert page.count(f'href="/acme/candidates/{person.pk}/"') == 1
    assert page.count("Person 0") == 2


def test_the_question_before_an_undo_says_what_comes_back(moved):
    assert moved.what_undo_does == (
        "Undoing it: 3 changes taken back. "
        "Whatever was changed since stays, and is listed with who did it."
    )


def test_undo_from_the_page_lists_what_was_kept(moved, acme, owner, recruiter, as_user):
    with acting_in(acme):
        person = Candidate.objects.get(full_name="Person 1")
        edit_candidate(person, by=owner, company="Third Ltd")

    response = as_user(recruiter).post(f"{LIST}{moved.pk}/undo/")
    page = as_user(recruiter).get(f"{LIST}{moved.pk}/")

    assert response.status_code in {200, 302}
    assert f"Person 1 Company changed Old Ltd New Ltd Kept Changed since, by {owner}" in seen(page)
    assert "Person 0" not in seen(page)
    with acting_in(acme):
        assert set(Candidate.objects.values_list("full_name", "company")) == {
            ("Person 0", "Old Ltd"),
            ("Person 1", "Third Ltd"),
            ("Person 2", "Old Ltd"),
        }


def test_a_large_undo_is_left_to_a_worker(moved, acme, recruiter, as_user, monkeypatch):
    monkeypatch.setattr("candidates.views.changes.AT_ONCE", 2)

    as_user(recruiter).post(f"{LIST}{moved.pk}/undo/")
    page = as_user(recruiter).get(f"{LIST}{moved.pk}/")

    assert "Changes taken back" in seen(page)
    with acting_in(acme):
        assert ChangeSet.objects.get().state == ChangeSet.State.UNDOING
        assert set(Candidate.objects.values_list("company", flat=True)) == {"New Ltd"}


def test_the_list_is_filtered_by_kind(moved, recruiter, client):
    client.force_login(recruiter)

    assert "New company" in seen(client.get(LIST))
    assert "New company" in seen(client.get(f"{LIST}?kind=bulk_edit"))
    assert "New company" not in seen(client.get(f"{LIST}?kind=merge"))


def test_names_of_what_changes_point_to(acme, recruiter, sourcer, client):
    with acting_in(acme):
        person = CandidateFactory(full_name="Ana")
        tag_people(TagFactory(name="Berlin"), [person.pk], by=recruiter)
        put_into_pool(TalentPoolFactory(name="Silver"), [person.pk], by=recruiter)
        give_to_owner(sourcer, [person.pk], by=recruiter)
        sets = list(ChangeSet.objects.order_by("pk"))
    client.force_login(recruiter)

    words = [seen(client.get(f"{LIST}{found.pk}/")) for found in sets]

    assert "Ana Candidate tag added Berlin" in words[0]
    assert "Ana Pool membership added Silver" in words[1]
    assert f"Ana Owner changed {sourcer}" in words[2]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_takes_the_same_queries_for_any_number_of_changes(
    acme, recruiter, sourcer, client, count_queries, rows
):
    with acting_in(acme):
        people = [CandidateFactory() for _ in range(rows)]
        give_to_owner(sourcer, [person.pk for person in people], by=recruiter)
        change_set = ChangeSet.objects.get()
    client.force_login(recruiter)

    assert count_queries(client, f"{LIST}{change_set.pk}/") == 9
    assert count_queries(client, LIST) == 5


def test_a_sourcer_takes_back_only_what_they_brought_themselves(acme, recruiter, sourcer, as_user):
    with acting_in(acme):
        pairs = [CandidateFactory.create_batch(2, full_name=f"Person {n}") for n in range(2)]
        theirs, own = (
            merge_people(kept, [gone.pk], by=by)
            for (kept, gone), by in zip(pairs, (recruiter, sourcer), strict=True)
        )
    client = as_user(sourcer)

    assert f"{LIST}{theirs.pk}/undo/" not in client.get(f"{LIST}{theirs.pk}/").text
    refused = client.post(f"{LIST}{theirs.pk}/undo/")
    assert refused.status_code == 409
    assert "Only who did this, or a recruiter, can take it back." in seen(refused)
    client.post(f"{LIST}{own.pk}/undo/")

    with acting_in(acme):
        assert [row.state for row in ChangeSet.objects.order_by("pk")] == ["applied", "undone"]
    as_user(recruiter).post(f"{LIST}{theirs.pk}/undo/")
    with acting_in(acme):
        assert ChangeSet.objects.get(pk=theirs.pk).state == "undone"
