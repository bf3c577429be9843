"""Whatever a block does to people is written down and comes back, in every model that belongs to a person."""

import pytest
from django.db import models

from candidates.models import Candidate, Change, ChangeSet, EmailAddress
from candidates.services.candidates import edit_candidate
from candidates.services.changes.recording import (
    close_change_set,
    open_change_set,
    recording,
    recording_people,
)
from candidates.services.changes.registry import Belonging, belongings, keys_to
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.searching import refresh_search_text
from crm.tenancy.checks import owned_models
from crm.tenancy.scope import acting_in
from tests.access.world import build_world
from tests.candidates.changes.snapshots import snapshot
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
Kind, Action = ChangeSet.Kind, Change.Action
by_label = pytest.mark.parametrize(
    "belonging", belongings(), ids=[found.label for found in belongings()]
)


def undo(change_set, *, by):
    start_undo(change_set, by=by)
    while not undo_batch(change_set.pk):
        pass
    change_set.refresh_from_db()
    return change_set


def delete(row):
    """Delete the row with all that hangs on it; whatever can do without it stays."""
    doomed = [(type(row), [row.pk])]
    for model, ids in doomed:
        for key in keys_to(model):
            users = key.model._default_manager.filter(**{f"{key.name}__in": ids})
            if key.null:
                users.update(**{key.name: None})
            elif users:
                doomed.append((key.model, list(users.values_list("pk", flat=True))))
    for model, ids in reversed(doomed):
        rows = model._default_manager.filter(pk__in=ids)
        rows._raw_delete(rows.db)


def outcomes(change_set):
    return set(change_set.changes.values_list("outcome", "reason"))


def test_every_model_that_points_to_a_candidate_is_known():
    direct = {
        model
        for model in owned_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.model is Candidate
        # Made by Rapport alone and made again at any time.
        if not getattr(model, "is_derived", False)
    }

    assert direct - {Change} == {
        found.model for found in belongings() if "__" not in found.path and found.model in direct
    }
    assert len(direct) >= 14


@pytest.fixture
def world(acme, owner):
    world = build_world(acme, owner, marker="marker")
    with acting_in(acme):
        refresh_search_text([world["candidates.Candidate"].pk])
    return world


@by_label
def test_a_deleted_row_comes_back_with_its_id(belonging: Belonging, world, in_acme, owner):
    row, candidate = world[belonging.label], world["candidates.Candidate"]
    before = snapshot()
    change_set = open_change_set(Kind.MERGE, "Merged 2 people", by=owner)

    with recording_people(change_set, [candidate.pk]):
        delete(row)
    close_change_set(change_set)
    assert not belonging.model._default_manager.filter(pk=row.pk).exists()
    undo(change_set, by=owner)

    assert snapshot() == before
    assert outcomes(change_set) == {("restored", "")}


@by_label
def test_a_row_that_moved_to_another_person_moves_back(belonging: Belonging, world, in_acme, owner):
    if "__" in belonging.path:
        pytest.skip("moves with the row it belongs to")
    row, candidate, other = (
        world[belonging.label],
        world["candidates.Candidate"],
        CandidateFactory(),
    )
    before = snapshot()
    change_set = open_change_set(Kind.MERGE, "Merged 2 people", by=owner)

    with recording_people(change_set, [candidate.pk, other.pk]):
        belonging.model._default_manager.filter(pk=row.pk).update(**{belonging.path: other})
    close_change_set(change_set)
    assert [
        (change.action, change.field, change.before, change.after, change.candidate_id)
        for change in change_set.changes.all()
    ] == [(Action.MOVE, "candidate_id", candidate.pk, other.pk, other.pk)]
    undo(change_set, by=owner)

    assert snapshot() == before


@by_label
def test_an_added_row_goes_again(belonging: Belonging, world, in_acme, owner):
    if belonging.is_loose:
        pytest.skip("outlives people")
    row, candidate = world[belonging.label], world["candidates.Candidate"]
    delete(row)
    refresh_search_text([candidate.pk])
    before = snapshot()
    change_set = open_change_set(Kind.BULK_EDIT, "Something", by=owner)

    row.pk, row._state.adding = None, True
    with recording_people(change_set, [candidate.pk]):
        row.save(force_insert=True)
    close_change_set(change_set)
    assert list(change_set.changes.values_list("action", "model", "object_id")) == [
        (Action.CREATE, belonging.label, row.pk)
    ]
    undo(change_set, by=owner)

    assert snapshot() == before


def test_a_deleted_person_comes_back_before_their_rows(world, in_acme, owner):
    """Everything moves to another person and the first one goes: a merge."""
    gone, kept = world["candidates.Candidate"], CandidateFactory()
    before = snapshot()
    change_set = open_change_set(Kind.MERGE, "Merged 2 people", by=owner)

    with recording_people(change_set, [gone.pk, kept.pk], survivor=kept.pk):
        for found in belongings():
            if "__" not in found.path:
                found.rows_of([gone.pk]).update(**{found.path: kept})
        Change.objects.filter(candidate=gone).update(candidate=kept)
        people = Candidate.objects.filter(pk=gone.pk)
        people._raw_delete(people.db)
    close_change_set(change_set)
    assert set(change_set.changes.values_list("candidate", flat=True)) == {kept.pk}
    assert Change.objects.exclude(change_set=change_set).get().candidate_id == kept.pk
    undo(change_set, by=owner)

    assert snapshot() == before
    assert Change.objects.exclude(change_set=change_set).get().candidate_id == gone.pk
    assert outcomes(change_set) == {("restored", "")}


def test_two_rows_that_exchanged_a_unique_value_change_back(in_acme, recruiter):
    person = CandidateFactory(emails=["ana@example.com", "silva@example.com"])
    before = snapshot()
    change_set = open_change_set(Kind.BULK_EDIT, "Other first addresses", by=recruiter)

    with recording(change_set, [person.pk], compared=[EmailAddress]):
        _, second = person.emails.order_by("pk")
        person.emails.update(is_primary=False)
        EmailAddress.objects.filter(pk=second.pk).update(is_primary=True)
    close_change_set(change_set)
    assert change_set.changes.count() == 2
    undo(change_set, by=recruiter)

    assert snapshot() == before


def test_a_value_changed_since_is_kept_and_says_by_whom(in_acme, owner, recruiter):
    person = CandidateFactory(company="Initech", headline="Engineer")
    change_set = open_change_set(Kind.BULK_EDIT, "New company", by=owner)
    with recording(change_set, [person.pk], compared=[Candidate]):
        Candidate.objects.filter(pk=person.pk).update(company="Globo", headline="Chief")
    close_change_set(change_set)
    edited = edit_candidate(person, by=recruiter, company="Tidewater")

    undo(change_set, by=owner)

    person.refresh_from_db()
    assert (person.company, person.headline) == ("Tidewater", "Engineer")
    kept = change_set.changes.get(outcome="kept")
    assert (kept.field, kept.before, kept.after, kept.reason) == (
        "company", "Initech", "Globo", "Changed since",
    )  # fmt: skip
    assert kept.kept_by == recruiter
    assert kept.kept_at.isoformat()[:16] == edited.provenance["company"]["at"][:16]
    assert change_set.counts["kept"] == 1
    assert change_set.counts["restored"] == 1
    told = person.touchpoints.get(kind="undone")
    assert (told.summary, told.actor) == ("Undone: New company", owner)


def test_what_the_database_writes_itself_is_no_change(in_acme, recruiter):
    anna = CandidateFactory(full_name="Anna Muster", city="Bonn")
    change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, "Moved", by=recruiter)

    with recording(change_set, [anna.pk], compared=[Candidate]):
        Candidate.objects.filter(pk=anna.pk).update(city="Ulm", search_text="anna muster ulm")

    assert [change.field for change in change_set.changes.all()] == ["city"]
