"""Merging and undoing gives back exactly what was, over every model that belongs to people."""

import random

from django.db import connection, transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from candidates.models import Candidate, ChangeSet, SearchMatch, Touchpoint
from candidates.services.changes.registry import CHANGES, PEOPLE, belongings
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.merging.merging import merge_people, where_is
from candidates.services.merging.rules import all_rules
from candidates.services.searching import refresh_search_text
from tests.candidates.merging.rows import make_rows, standing
from tests.factories import CandidateFactory


def undo(change_set, by):
    start_undo(change_set, by=by)
    while not undo_batch(change_set.pk):
        pass
    change_set.refresh_from_db()


def test_every_model_of_people_has_exactly_one_rule():
    ruled = [model for rules in all_rules() for model in rules.rules]
    # Derived, but kept.
    ruled.remove(SearchMatch)

    assert sorted(model._meta.label for model in ruled) == sorted(
        belonging.label for belonging in (*belongings(), CHANGES)
    )
    assert PEOPLE.model not in ruled


@settings(
    max_examples=12,
    # A seed has no simpler one.
    phases=[Phase.explicit, Phase.generate],
)
@given(seed=st.integers(0, 10**9), count=st.integers(2, 4))
def test_merge_and_undo_is_identity(in_acme, recruiter, seed, count):
    drawn = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        people = [CandidateFactory(full_name=f"Person {n}") for n in range(count)]
        make_rows(people, recruiter, drawn.randrange)
        refresh_search_text([person.pk for person in people])
        before = standing()
        survivor, *others = drawn.sample(people, count)

        change_set = merge_people(survivor, [one.pk for one in others], by=recruiter)
        connection.check_constraints()
        merged = standing(but=change_set)
        for label, rows in merged.items():
            if label not in {"candidates.Candidate", "candidates.FormerId"}:
                owners = {row.get("candidate_id") for row in rows.values()}
                assert not owners & {one.pk for one in others}, label

        undo(change_set, recruiter)
        connection.check_constraints()
        kept = list(
            change_set.changes.filter(outcome="kept").values_list("model", "field", "reason")
        )
        assert kept == []
        assert standing(but=change_set) == before
        transaction.set_rollback(True)


def test_the_rows_of_the_identity_cover_every_model(in_acme, recruiter):
    drawn = random.Random(8)  # noqa: S311
    for _ in range(12):
        make_rows(CandidateFactory.create_batch(3), recruiter, drawn.randrange)

    empty = [label for label, rows in standing().items() if not rows]

    # Written by change sets alone.
    assert empty == ["candidates.Change"]


def test_what_changed_since_is_kept_and_listed(in_acme, recruiter):
    survivor = CandidateFactory(full_name="Anna Meier", city="", headline="")
    other = CandidateFactory(full_name="Anna Meier", city="Rome", headline="Chemist")
    change_set = merge_people(survivor, [other.pk], by=recruiter)
    Candidate.objects.filter(pk=survivor.pk).update(city="Milan")

    undo(change_set, recruiter)

    survivor.refresh_from_db()
    assert (survivor.city, survivor.headline) == ("Milan", "")
    assert Candidate.objects.get(pk=other.pk).city == "Rome"
    assert list(change_set.changes.filter(outcome="kept").values_list("field", "reason")) == [
        ("city", "Changed since")
    ]
    assert change_set.state == ChangeSet.State.UNDONE


def test_undoing_brings_the_old_address_back(in_acme, recruiter):
    survivor, other = CandidateFactory.create_batch(2)
    change_set = merge_people(survivor, [other.pk], by=recruiter)
    assert where_is(other.pk) == survivor

    undo(change_set, recruiter)

    assert where_is(other.pk) is None
    assert Touchpoint.objects.filter(candidate=survivor, kind="undone").count() == 1


def test_two_merges_are_undone_one_after_the_other(in_acme, recruiter):
    first, second, third = CandidateFactory.create_batch(3)
    before = standing()
    one = merge_people(second, [third.pk], by=recruiter)
    two = merge_people(first, [second.pk], by=recruiter)
    assert where_is(third.pk) == first

    undo(two, recruiter)
    assert where_is(third.pk) == second
    undo(one, recruiter)

    after = standing()
    assert after["candidates.Candidate"] == before["candidates.Candidate"]
