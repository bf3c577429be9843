"""The queue of pairs: who is compared after a change, what stays decided, and what a sweep costs."""

import pytest
from django.db import connection

from candidates.models import (
    Candidate,
    Distinction,
    DuplicatePair,
    EmailAddress,
    MatchCheck,
    MatchingRules,
    MatchKey,
    PhoneNumber,
)
from candidates.services.duplicates.finding import find_lookalikes
from candidates.services.duplicates.grouping import group_led_by, people_of
from candidates.services.duplicates.keys import facts_from
from candidates.services.duplicates.refreshing import compare_batch, note_everybody, progress
from crm.privacy.services.erasing import erase_candidates
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, PhoneNumberFactory


def pairs():
    return [
        (pair.candidate.full_name, pair.other.full_name)
        for pair in DuplicatePair.objects.select_related("candidate", "other").order_by("pk")
    ]


def waiting():
    return set(MatchCheck.objects.values_list("candidate__full_name", flat=True))


@pytest.fixture
def robert(in_acme):
    return CandidateFactory(full_name="Robert Smith", company="Tidewater", phones=["+4930123456"])


@pytest.fixture
def bob(robert):
    return CandidateFactory(full_name="Bob Smith", company="Tidewater Ltd")


def test_a_new_person_is_compared(robert, bob):
    CandidateFactory(full_name="Ruth Blau", company="Tidewater")

    assert compare_batch() == 4
    assert pairs() == [("Robert Smith", "Bob Smith")]
    assert DuplicatePair.objects.get().sentences == ["Bob is short for Robert", "same company"]
    assert compare_batch() == 0


def test_whatever_changes_a_person_has_them_compared(robert, bob):
    compare_batch()

    Candidate.objects.filter(pk=bob.pk).update(headline="Engineer", status="new")
    assert waiting() == set()

    Candidate.objects.filter(pk=bob.pk).update(company="Elsewhere")
    assert waiting() == {"Bob Smith"}
    compare_batch()
    assert pairs() == []

    PhoneNumberFactory(candidate=bob, number="+49 30 123456")
    assert waiting() == {"Bob Smith"}
    compare_batch()
    assert pairs() == [("Robert Smith", "Bob Smith")]

    PhoneNumber.objects.filter(candidate=bob).delete()
    assert waiting() == {"Bob Smith"}
    compare_batch()
    assert pairs() == []


def test_comparing_twice_changes_nothing(robert, bob):
    compare_batch()
    before = list(DuplicatePair.objects.values())

    assert note_everybody() == 2
    assert note_everybody() == 0
    assert progress().waiting == 2
    compare_batch(1)
    assert progress().done == 1
    compare_batch()

    assert list(DuplicatePair.objects.values()) == before


def test_what_somebody_told_apart_stays_apart(robert, bob, recruiter):
    Distinction.objects.create(candidate=robert, other=bob, decided_by=recruiter)

    compare_batch()

    assert pairs() == []


def test_pairs_that_hang_together_are_one_group_led_by_the_surest(robert, bob):
    third = CandidateFactory(full_name="Rob Smith", company="", phones=["+49 30 123456"])
    other = CandidateFactory(full_name="Anna Lee", company="Initech", city="Rome")
    CandidateFactory(full_name="Anne Lee", company="Initech", city="Rome")

    compare_batch()

    leaders = list(DuplicatePair.objects.filter(is_leading=True).order_by("pk"))
    groups = [people_of(group_led_by(pair)) for pair in leaders]
    assert sorted(groups) == [[robert.pk, bob.pk, third.pk], [other.pk, other.pk + 1]]
    leader = next(pair for pair in leaders if pair.candidate_id == robert.pk)
    assert leader.other_id == third.pk


def test_rules_of_the_organization_say_what_one_mailbox_is(in_acme):
    CandidateFactory(full_name="Ann Lee", company="", emails=["ann.lee@gmail.com"])
    CandidateFactory(full_name="Ann B. Lee", company="", emails=["annlee@gmail.com"])
    compare_batch()
    assert len(pairs()) == 1

    MatchingRules.objects.create(ignores_dots=False)
    note_everybody()
    compare_batch()

    assert pairs() == []


def test_a_number_that_many_share_makes_no_pairs(in_acme):
    for number in range(45):
        CandidateFactory(full_name=f"Person Nr{number}x", company="", phones=["+4930123456"])

    compare_batch()

    assert pairs() == []


def test_a_common_name_says_less(in_acme):
    CandidateFactory.create_batch(2, full_name="Maria Lopez", company="Acme")
    compare_batch()
    (rare,) = DuplicatePair.objects.values_list("confidence", flat=True)

    CandidateFactory.create_batch(10, full_name="Maria Lopez", company="Other")
    note_everybody()
    compare_batch()

    common = DuplicatePair.objects.order_by("pk")[0].confidence
    assert (rare, common) == (94, 84)


def test_erasing_takes_keys_and_pairs_along(robert, bob):
    compare_batch()
    Distinction.objects.create(candidate=robert, other=bob)
    Candidate.objects.filter(pk=bob.pk).update(city="Rome")

    erase_candidates([bob.pk])
    connection.check_constraints()

    assert pairs() == []
    assert not Distinction.objects.exists()
    assert set(MatchKey.objects.values_list("candidate", flat=True)) == {robert.pk}
    assert waiting() == set()


def test_a_person_who_is_deleted_by_any_way_takes_what_was_derived_along(robert, bob):
    compare_batch()
    Candidate.objects.filter(pk=bob.pk).update(city="Rome")
    EmailAddress.objects.filter(candidate=bob).delete()

    people = Candidate.objects.filter(pk=bob.pk)
    people._raw_delete(people.db)
    connection.check_constraints()

    assert pairs() == []
    assert waiting() == set()


def test_find_lookalikes_knows_who_came_a_moment_ago(robert, bob):
    found = find_lookalikes(facts_from(name="Smith Robert", company="Tidewater AG"))

    assert [(one.candidate, one.reason) for one in found] == [
        (robert, "Same name, given and family name swapped, same company"),
        (bob, "Bob is short for Robert, same company"),
    ]


def test_find_lookalikes_leaves_out_the_person_and_who_was_told_apart(robert, bob):
    Distinction.objects.create(candidate=robert, other=bob)
    facts = facts_from(name="Robert Smith", company="Tidewater", phones=["+49 30 123456"])

    assert find_lookalikes(facts, but=robert.pk) == []
    assert [one.candidate for one in find_lookalikes(facts, but=bob.pk)] == []
    assert [one.confidence for one in find_lookalikes(facts)] == [99, 89]


def test_another_organization_never_appears(robert, globex):
    with acting_in(globex):
        CandidateFactory(full_name="Robert Smith", company="Tidewater", phones=["+4930123456"])
        compare_batch()
        assert pairs() == []
        assert (
            find_lookalikes(facts_from(name="Bob Smith", company="Tidewater"))[0].candidate
            != robert
        )
    compare_batch()

    assert pairs() == []


def test_looking_up_a_block_reads_an_index(robert, bob):
    # Enough rows that reading all of an organization's keys would cost more than looking one up.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_matchkey (organization_id, candidate_id, key)"
            " SELECT %s, %s, generate_series(1, 3000)",
            [robert.organization_id, robert.pk],
        )
        # The table's statistics are those of an empty one: what the index sorts sets it apart from others.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "EXPLAIN SELECT candidate_id FROM candidates_matchkey WHERE organization_id = %s"
            " AND key BETWEEN 1 AND 2 ORDER BY key LIMIT 41",
            [robert.organization_id],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    # Behind row-level security: the key is an index condition, no filter.
    assert "Scan using key_once" in plan
    assert "key >= 1" in plan.partition("Index Cond:")[2].partition("\n")[0]
