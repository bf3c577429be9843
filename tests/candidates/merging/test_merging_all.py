"""Merging all that is sure at once: the number that is promised is what is done, and what is left is said and why."""

import pytest

from candidates.models import Candidate, CandidateTag, ChangeSet, DuplicatePair, Tag
from candidates.services.candidates import edit_candidate
from candidates.services.duplicates import deciding
from candidates.services.duplicates.refreshing import compare_batch
from candidates.services.merging import bulk, merging, surveying
from candidates.services.merging.merging import NothingToMerge
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


def test_all_of_them_shows_first_and_merges_with_one_undo(couple, as_user, recruiter, acme):
    with acting_in(acme):
        for phone in ("+4930333333", "+49 30 333333"):
            CandidateFactory(full_name="Anna Lee", company="Acme", phones=[phone])
        # As sure as words make it, and no more.
        CandidateFactory.create_batch(2, full_name="Ruth Blau", company="Acme", city="Rome")
        compare_batch()
    client = as_user(recruiter)

    page = client.get("/acme/candidates/duplicates/all/?at_least=90").content.decode()
    assert "Merge 2 groups" in page
    assert "Ruth Blau" not in page
    client.post("/acme/candidates/duplicates/all/", {"at_least": "90"})
    with acting_in(acme):
        change_set = ChangeSet.objects.get()
        assert Candidate.objects.count() == 6
    assert bulk.work_on_merging(acme, change_set.pk, seconds=30)
    with acting_in(acme):
        assert Candidate.objects.count() == 4
        change_set.refresh_from_db()
        assert change_set.state == ChangeSet.State.APPLIED

    client.post(f"/acme/candidates/changes/{change_set.pk}/undo/")

    with acting_in(acme):
        assert Candidate.objects.count() == 6


def test_a_group_that_cannot_be_merged_stops_no_other(couple, client, recruiter, acme, monkeypatch):
    with acting_in(acme):
        CandidateFactory.create_batch(2, full_name="Anna Lee", phones=["+4930333333"])
        compare_batch()
        change_set = bulk.start_merging_all(90, by=recruiter)
        first = surveying.sure_pairs(90)[0]
    merge = bulk.merge_people

    def breaking(survivor, others, **options):
        found = merge(survivor, others, **options)
        if first.candidate_id in {survivor.pk, *others}:
            # A row that nobody thought of still points to who is gone: told when the transaction ends.
            CandidateTag.objects.create(candidate_id=others[0], tag=tag)
        return found

    with acting_in(acme):
        tag = Tag.objects.create(name="Berlin", normalized="berlin")
    monkeypatch.setattr(bulk, "merge_people", breaking)

    assert bulk.work_on_merging(acme, change_set.pk, seconds=30)

    with acting_in(acme):
        change_set.refresh_from_db()
        assert change_set.state == ChangeSet.State.APPLIED
        assert change_set.counts["skipped"] == 1
        assert Candidate.objects.count() == 3
    client.force_login(recruiter)
    told = seen(client.get(f"/acme/candidates/changes/{change_set.pk}/"))
    assert (
        "1 of 2 groups was not merged. It stays among the duplicates: Something went wrong" in told
    )


def test_who_changed_meanwhile_is_left_and_the_others_are_merged(couple, client, recruiter, acme):
    with acting_in(acme):
        CandidateFactory.create_batch(2, full_name="Anna Lee", phones=["+4930333333"])
        CandidateFactory.create_batch(2, full_name="Ruth Blau", phones=["+4930444444"])
        compare_batch()
        change_set = bulk.start_merging_all(90, by=recruiter)
        robert, bob = couple
        merging.merge_people(robert, [bob.pk], by=recruiter)
        ruth = Candidate.objects.filter(full_name="Ruth Blau").first()
        edit_candidate(ruth, by=recruiter, full_name="Ruben Stein", phones=[])
        compare_batch()

    assert bulk.work_on_merging(acme, change_set.pk, seconds=30)

    with acting_in(acme):
        change_set.refresh_from_db()
        assert change_set.state == ChangeSet.State.APPLIED
        assert (change_set.counts["groups"], change_set.counts["skipped"]) == (3, 2)
        names = Candidate.objects.exclude(pk=robert.pk).values_list("full_name", flat=True)
        assert sorted(names) == ["Anna Lee", "Ruben Stein", "Ruth Blau"]
    client.force_login(recruiter)
    told = seen(client.get(f"/acme/candidates/changes/{change_set.pk}/"))
    assert (
        "2 of 3 groups were not merged. They stay among the duplicates: "
        "They changed meanwhile, and are no longer as sure." in told
    )


def test_what_is_promised_is_what_is_done(couple, as_user, recruiter, acme):
    """Two sure groups that hang together by a weaker pair are two; whoever may be either of two is nobody's."""
    with acting_in(acme):
        # Hangs on by words, with a double of its own.
        for _ in range(2):
            CandidateFactory(full_name="Bob Smith", company="Tidewater", phones=["+4930777777"])
        jonas = [
            CandidateFactory(full_name="Jonas Berg", company="Parcelo", phones=["+4930555555"])
            for _ in range(2)
        ]
        compare_batch()
        pair = DuplicatePair.objects.get(candidate=jonas[0], other=jonas[1])
        deciding.tell_apart([pair.pk], by=recruiter)
        CandidateFactory(full_name="Jonas Berg", company="Parcelo", phones=["+4930555555"])
        compare_batch()
        before = Candidate.objects.count()
    client = as_user(recruiter)

    told = seen(client.get("/acme/candidates/duplicates/all/?at_least=97"))
    assert "Merge 2 groups" in told
    assert "2 groups as sure are not merged here." in told
    client.post("/acme/candidates/duplicates/all/", {"at_least": "97"})
    with acting_in(acme):
        change_set = ChangeSet.objects.get()
    assert bulk.work_on_merging(acme, change_set.pk, seconds=30)

    with acting_in(acme):
        assert Candidate.objects.count() == before - 2
        change_set.refresh_from_db()
        assert "skipped" not in change_set.counts
        compare_batch()
        assert not surveying.survey(97).sure


def test_more_groups_than_one_undo_takes_wait_for_another_turn(
    couple, as_user, recruiter, acme, monkeypatch
):
    monkeypatch.setattr(surveying, "MOST_GROUPS", 1)
    with acting_in(acme):
        CandidateFactory.create_batch(2, full_name="Anna Lee", phones=["+4930333333"])
        compare_batch()

    told = seen(as_user(recruiter).get("/acme/candidates/duplicates/all/?at_least=90"))

    assert "Merge 1 group" in told
    assert "1 more waits for another turn: one undo takes back 1 at most." in told


def test_a_refusal_is_told_once_for_all(couple, client, recruiter, acme, monkeypatch):
    with acting_in(acme):
        CandidateFactory.create_batch(2, full_name="Anna Lee", phones=["+4930333333"])
        compare_batch()
        change_set = bulk.start_merging_all(90, by=recruiter)

    def refusing(survivor, others, **options):
        raise NothingToMerge("A mail to one of them is in the air.")

    monkeypatch.setattr(bulk, "merge_people", refusing)

    assert bulk.work_on_merging(acme, change_set.pk, seconds=30)

    with acting_in(acme):
        change_set.refresh_from_db()
        assert change_set.counts["reasons"] == {"A mail to one of them is in the air.": 2}
        assert DuplicatePair.objects.count() == 2


def test_all_of_them_leaves_who_hangs_on_by_words_alone(couple, as_user, recruiter, acme):
    with acting_in(acme):
        # As likely as words make it, with a group in which two share a number.
        CandidateFactory(full_name="Robert Smith", company="Tidewater", city="Rome", phones=[])
        compare_batch()
        assert DuplicatePair.objects.filter(confidence__range=(90, 94)).exists()

    page = as_user(recruiter).get("/acme/candidates/duplicates/all/?at_least=90").content.decode()

    assert "Merge 1 group" in page
    assert page.count("goes into it") == 1


def test_all_of_them_refuses_what_is_unsure(couple, as_user, recruiter, acme):
    answer = as_user(recruiter).post("/acme/candidates/duplicates/all/", {"at_least": "50"})

    assert answer.status_code == 200
    with acting_in(acme):
        assert not ChangeSet.objects.exists()
