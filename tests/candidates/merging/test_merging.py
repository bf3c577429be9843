"""What merging does with values, consent, sequences, candidacies, and what it does at the same moment as others."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from candidates.models import (
    Candidate,
    Change,
    Origin,
    PhoneNumber,
    SavedSearch,
    SearchMatch,
    Tag,
    Touchpoint,
)
from candidates.services.identifying import normalize_phone
from candidates.services.merging.comparing import choose_survivor, compare
from candidates.services.merging.merging import NothingToMerge, merge_people
from candidates.services.provenance import Provenance
from crm.privacy.services.erasing import erase_candidates
from pipelines.models import Candidacy, Job, Pipeline, Stage, StageChange
from tests.candidates.merging.test_undoing import undo
from tests.factories import (
    CandidateFactory,
    EmailAddressFactory,
    TalentPoolFactory,
)

Status, Basis = Candidate.Status, Candidate.LawfulBasis


def said(kind, days_ago, **values):
    at = timezone.now() - timedelta(days=days_ago)
    return CandidateFactory(
        provenance={"*": Provenance(kind, at).as_json()}, **{"headline": ""} | values
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((Origin.PERSON, 90), (Origin.IMPORT, 1), "one"),
        ((Origin.IMPORT, 90), (Origin.IMPORT, 1), "other"),
        ((Origin.PERSON, 90), (Origin.PERSON, 1), "other"),
        ((Origin.RESUME, 1), (Origin.PERSON, 90), "other"),
    ],
)
def test_by_hand_beats_read_and_newer_beats_older(in_acme, one, other, expected):
    people = [said(*one, city="one"), said(*other, city="other")]

    lines = {line.field: line for line in compare(people, survivor=people[0])}

    assert lines["city"].chosen.value == expected
    assert lines["city"].differs


def test_an_empty_value_never_wins(in_acme):
    people = [said(Origin.IMPORT, 90, city="Rome"), said(Origin.PERSON, 1, city="")]

    lines = {line.field: line for line in compare(people, survivor=people[1])}

    assert lines["city"].chosen.value == "Rome"


def test_the_strictest_word_wins_over_any_choice(in_acme, recruiter):
    quiet = CandidateFactory(status=Status.DO_NOT_CONTACT, lawful_basis=Basis.CONSENT)
    loud = CandidateFactory(status=Status.HIRED, lawful_basis=Basis.LEGITIMATE_INTEREST)

    merge_people(
        loud, [quiet.pk], by=recruiter, choices={"status": loud.pk, "lawful_basis": loud.pk}
    )

    kept = Candidate.objects.get()
    assert (kept.status, kept.lawful_basis) == (Status.DO_NOT_CONTACT, Basis.CONSENT)


def test_the_record_with_most_of_a_history_stays(in_acme):
    first, second = CandidateFactory.create_batch(2)
    Touchpoint.objects.create(candidate=second, kind="call", summary="Spoke")

    assert choose_survivor([first, second]) == second


def test_everything_moves_and_what_both_have_stays_once(in_acme, recruiter):
    pool = TalentPoolFactory()
    one = CandidateFactory(
        tags=["Berlin"], pools=[pool], emails=["a@example.com"], phones=["+4930123456"]
    )
    other = CandidateFactory(
        tags=["Berlin", "Senior"], pools=[pool], emails=["b@example.com"], phones=["+49 30 123456", "+49 30 777777"]
    )  # fmt: skip

    merge_people(one, [other.pk], by=recruiter)

    assert sorted(Tag.objects.filter(candidate_tags__candidate=one).values_list("name", flat=True)) == ["Berlin", "Senior"]  # fmt: skip
    assert one.pool_memberships.count() == 1
    assert list(one.emails.order_by("pk").values_list("address", "is_primary")) == [
        ("a@example.com", True),
        ("b@example.com", False),
    ]
    assert sorted(one.phones.values_list("normalized", flat=True)) == [
        "+4930123456",
        "+4930777777",
    ]
    one.refresh_from_db()
    assert "b@example.com" in one.search_text


@pytest.mark.parametrize("survives", ["found out", "not tried"])
def test_a_number_found_to_be_wrong_stays_wrong(in_acme, recruiter, survives):
    wrong, other = CandidateFactory.create_batch(2)
    for person, number, state in [
        (wrong, "+49 30 123456", "wrong"),
        (wrong, "+49 30 999999", ""),
        (other, "+4930123456", "valid"),
        (other, "+4930999999", "valid"),
    ]:
        PhoneNumber.objects.create(
            candidate=person, number=number, normalized=normalize_phone(number), state=state
        )
    kept, gone = (wrong, other) if survives == "found out" else (other, wrong)

    change_set = merge_people(kept, [gone.pk], by=recruiter)

    assert dict(kept.phones.values_list("normalized", "state")) == {
        "+4930123456": "wrong",
        "+4930999999": "valid",
    }
    undo(change_set, by=recruiter)
    assert dict(other.phones.values_list("number", "state")) == {
        "+4930123456": "valid",
        "+4930999999": "valid",
    }


def test_whom_a_search_has_told_of_it_tells_of_no_more(in_acme, recruiter):
    search = SavedSearch.objects.create(name="Rust", owner=recruiter, query={})
    both, alone, kept = CandidateFactory.create_batch(3)
    for person in (both, alone, kept):
        SearchMatch.objects.create(search=search, candidate=person)

    merge_people(kept, [both.pk, alone.pk], by=recruiter)
    connection.check_constraints()

    assert list(SearchMatch.objects.values_list("candidate", flat=True)) == [kept.pk]


def test_mail_goes_on_to_an_address_that_works(in_acme, recruiter):
    one, other = CandidateFactory.create_batch(2)
    EmailAddressFactory(candidate=one, address="dead@example.com", state="bounced")
    EmailAddressFactory(candidate=other, address="alive@example.com")

    merge_people(one, [other.pk], by=recruiter)

    assert one.emails.get(is_primary=True).address == "alive@example.com"


def test_erasing_the_survivor_erases_what_was_before(in_acme, recruiter):
    one, other = CandidateFactory(full_name="Anna"), CandidateFactory(full_name="Zwiebelmarker")
    change_set = merge_people(one, [other.pk], by=recruiter)
    assert "Zwiebelmarker" in str(list(Change.objects.values("before", "after")))

    erase_candidates([one.pk])
    connection.check_constraints()

    assert "Zwiebelmarker" not in str(list(Change.objects.values()))
    assert "Zwiebelmarker" not in str(change_set.title)
    assert not Touchpoint.objects.exists()


def test_candidacies_of_one_job_become_the_further_one(in_acme, recruiter):
    pipeline = Pipeline.objects.create(name="Engineer")
    lead, talk, no = [
        Stage.objects.create(pipeline=pipeline, name=kind, kind=kind, position=place)
        for place, kind in enumerate(["lead", "interview", "rejected"])
    ]
    job = Job.objects.create(title="Engineer", pipeline=pipeline)
    one, other, third = CandidateFactory.create_batch(3)
    kept = {}
    for person, stage in ((one, lead), (other, talk), (third, no)):
        kept[person] = Candidacy.objects.create(job=job, candidate=person, stage=stage)
        StageChange.objects.create(candidacy=kept[person], to=stage)

    merge_people(one, [other.pk, third.pk], by=recruiter)

    candidacy = Candidacy.objects.get()
    assert (candidacy.candidate, candidacy.stage, candidacy.pk) == (one, talk, kept[other].pk)
    assert StageChange.objects.filter(candidacy=candidacy).count() == 3


def test_one_who_is_gone_is_refused(in_acme, recruiter):
    one, other = CandidateFactory.create_batch(2)
    merge_people(one, [other.pk], by=recruiter)

    with pytest.raises(NothingToMerge):
        merge_people(one, [other.pk], by=recruiter)
