"""Somebody who was added from a résumé is taken out again, and the file waits for a review as it did before."""

import random
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from candidates.models import Candidate, ChangeSet, PhoneNumber, Resume, Touchpoint
from candidates.queries import resumes_of
from candidates.queries.search import ANY_READER, find_people, words_query
from candidates.services.candidates import edit_candidate
from candidates.services.changes import undoing
from candidates.services.changes.recording import close_change_set, open_change_set, recording
from candidates.services.changes.registry import belongings
from candidates.services.changes.sweeping import stalled_undos
from candidates.services.changes.undoing import NotUndoable, start_undo, undo_batch, work_on_undo
from candidates.services.merging.merging import merge_people
from candidates.services.notes import add_note
from candidates.services.resumes import accepting, forgetting
from candidates.services.rows import save_row
from candidates.services.searching import refresh_search_text
from candidates.services.tasks import add_task
from crm.privacy.services.erasing import erase_candidate
from crm.tenancy.scope import acting_in
from tests.candidates.changes.snapshots import snapshot
from tests.candidates.changes.test_undoing_imports import Killed
from tests.candidates.conftest import seen
from tests.candidates.merging.rows import make_row, make_rows
from tests.candidates.resumes import files
from tests.candidates.resumes.test_services import review
from tests.factories import CandidateFactory, TalentPoolFactory

pytestmark = pytest.mark.django_db
State = Resume.State
# What a reviewer knows better than the file.
CORRECTIONS = {
    "full_name": "Amara N. Okafor", "headline": "Principal Engineer", "company": "Neu AG", "city": "Ulm",
    "country": "AT", "emails": "a.okafor@example.org", "more_skills": "Baking",
}  # fmt: skip


def add(resume, by, **changed) -> tuple[Candidate, ChangeSet]:
    person = accepting.accept(resume, by=by, person=None, kept=review(resume, **changed))
    change_set = accepting.what_changed(resume)
    assert change_set is not None
    return person, change_set


def take_over(resume, person, by, **changed) -> ChangeSet:
    person = Candidate.objects.get(pk=person.pk)
    accepting.accept(resume, by=by, person=person, kept=review(resume, person, **changed))
    change_set = accepting.what_changed(resume)
    assert change_set is not None
    return change_set


def undo(change_set, by) -> ChangeSet:
    start_undo(change_set, by=by)
    while not undo_batch(change_set.pk):
        pass
    change_set.refresh_from_db()
    return change_set


def kept_of(change_set) -> set[tuple[str, str, object]]:
    kept = change_set.changes.filter(outcome="kept")
    return set(kept.values_list("model", "reason", "kept_by"))


@settings(
    max_examples=8,
    deadline=None,
    # A seed has no simpler one.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 10**9),
    is_known=st.booleans(),
    corrected=st.sets(st.sampled_from(sorted(CORRECTIONS))),
)
@example(seed=1, is_known=False, corrected={"headline", "company"})
def test_adding_and_undoing_is_identity(in_acme, drop, recruiter, seed, is_known, corrected):
    drawn = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        people = [CandidateFactory(full_name=f"Person {n}") for n in range(2)]
        if is_known:
            people.append(CandidateFactory(full_name="Amara Okafor", skills=["Python"]))
        make_rows(people, recruiter, drawn.randrange)
        refresh_search_text([person.pk for person in people])
        resume = drop({"cv.pdf": files.pdf()}, pool=TalentPoolFactory())["cv.pdf"]
        before = snapshot()

        person, change_set = add(
            resume, recruiter, **{name: CORRECTIONS[name] for name in corrected}
        )
        connection.check_constraints()
        assert snapshot() != before
        undo(change_set, recruiter)
        connection.check_constraints()

        assert kept_of(change_set) == set()
        assert snapshot() == before
        assert not Candidate.objects.filter(pk=person.pk).exists()
        transaction.set_rollback(True)


def test_the_file_can_be_reviewed_again_and_is_found_no_more(drop, recruiter):
    pool = TalentPoolFactory()
    resume = drop({"cv.pdf": files.pdf()}, pool=pool)["cv.pdf"]
    looked_for = words_query("harbor of data")
    person, change_set = add(resume, recruiter)
    assert find_people(looked_for, searcher=ANY_READER).count() == 1
    assert change_set.counts["created"] == 1

    undo(change_set, recruiter)

    resume.refresh_from_db()
    assert (resume.state, resume.candidate, resume.decided_by) == (State.READY, None, None)
    assert resume.file.size == resume.size
    assert not find_people(looked_for, searcher=ANY_READER).exists()
    assert not pool.memberships.exists()
    assert accepting.what_changed(resume) is None
    again, second = add(resume, recruiter)
    assert [one.pk for one in resumes_of(again)] == [resume.pk]
    assert again.pk != person.pk
    assert second.pk != change_set.pk


def rows_about(person, other, user):
    """For each model of people one row about the person, with what it stands on; each is taken back again."""
    drawn = random.Random(5)  # noqa: S311
    models = {belonging.model for belonging in belongings()}

    def make(model, own, words):
        for key in model._meta.local_concrete_fields:
            below = key.remote_field.model if key.is_relation else None
            if below in models and below is not model and below not in own:
                own[below] = []
                own[below] = [row for row in [make(below, own, words)] if row is not None]
        return make_row(model, person, [person, other], user, drawn.randrange, words, own)

    for belonging in belongings():
        with transaction.atomic():
            yield belonging, make(belonging.model, {}, {})
            transaction.set_rollback(True)


def test_any_row_of_theirs_since_keeps_them_with_the_file(in_acme, drop, recruiter, owner):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person, change_set = add(resume, recruiter)
    met = set()
    for belonging, row in rows_about(person, CandidateFactory(), owner):
        met.add(belonging.label)
        if row is None:
            # There is one already, and no second one.
            assert belonging.rows_of([person.pk]).exists(), belonging.label
            continue
        by_itself = getattr(belonging.model, "by_itself", None)
        goes = (
            by_itself is not None and belonging.model.objects.filter(by_itself, pk=row.pk).exists()
        )

        undo(change_set, recruiter)

        stays = Candidate.objects.filter(pk=person.pk).exists()
        resume.refresh_from_db()
        if belonging.is_loose or goes:
            continue
        assert stays, belonging.label
        assert (resume.state, resume.candidate) == (State.ACCEPTED, person), belonging.label
        (reason,) = {
            reason for model, reason, _ in kept_of(change_set) if model != "candidates.Skill"
        }
        assert reason.startswith("Edited since"), belonging.label
        if belonging.model is not Touchpoint:
            assert str(belonging.model._meta.verbose_name) in reason, belonging.label
    assert met == {belonging.label for belonging in belongings()}


def test_what_somebody_did_since_is_named_with_who_and_when(drop, recruiter, owner):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person, change_set = add(resume, recruiter)
    add_note(person, by=owner, body="Called me back", is_private=False)
    add_task(by=owner, candidate=person, title="Call", assignee=owner)

    undo(change_set, recruiter)

    kept = change_set.changes.get(outcome="kept", model="candidates.Candidate")
    assert (kept.reason, kept.kept_by) == ("Edited since: 1 note, 1 task", owner)
    assert kept.kept_at
    resume.refresh_from_db()
    assert (resume.state, resume.candidate) == (State.ACCEPTED, person)
    assert person.notes.exists()


@pytest.mark.parametrize("survives", [True, False])
def test_who_was_merged_since_stays_with_the_file(survives, drop, recruiter, owner):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person, change_set = add(resume, recruiter)
    other = CandidateFactory(full_name="Amara O.")
    kept, gone = (person, other) if survives else (other, person)
    merge_people(kept, [gone.pk], by=owner)

    undo(change_set, recruiter)

    reason = "Edited since" if survives else "Merged into somebody else since"
    of_people = {row for row in kept_of(change_set) if row[0] != "candidates.Skill"}
    assert {(model, by) for model, _, by in of_people} == {
        ("candidates.Candidate", owner.pk),
        ("candidates.Resume", owner.pk),
    }
    assert all(told.startswith(reason) for _, told, _ in of_people)
    resume.refresh_from_db()
    assert (resume.state, resume.candidate) == (State.ACCEPTED, kept)
    assert kept.emails.filter(normalized="amara.okafor@example.com").exists()


def test_who_was_erased_since_is_told_in_a_sentence(drop, recruiter, owner, client, as_user, acme):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person, change_set = add(resume, recruiter)
    erase_candidate(person, by=owner)

    with pytest.raises(NotUndoable, match="was erased since"):
        start_undo(change_set, by=recruiter)

    client.force_login(recruiter)
    page = client.get(f"/acme/{change_set.path}")
    assert "There is nothing left to take back." in seen(page)
    assert "/undo/" not in page.text
    refused = as_user(recruiter).post(f"/acme/candidates/changes/{change_set.pk}/undo/")
    assert "There is nothing left to take back." in seen(refused)
    with acting_in(acme):
        change_set.refresh_from_db()
        assert change_set.state == ChangeSet.State.APPLIED


def test_an_undo_that_is_killed_half_way_goes_on(in_acme, drop, recruiter, monkeypatch):
    resume = drop({"cv.pdf": files.pdf()}, pool=TalentPoolFactory())["cv.pdf"]
    before = snapshot()
    person, change_set = add(resume, recruiter)
    removed = undoing.remove_people

    def dying(*args):
        removed(*args)
        raise Killed

    start_undo(change_set, by=recruiter)
    with monkeypatch.context() as patch:
        patch.setattr(undoing, "remove_people", dying)
        with pytest.raises(Killed):
            work_on_undo(in_acme, change_set.pk)
    resume.refresh_from_db()
    assert (resume.state, resume.candidate) == (State.ACCEPTED, person)
    (stalled,) = stalled_undos(timezone.now() + timedelta(minutes=5))

    assert work_on_undo(in_acme, stalled.change_set_id)

    assert snapshot() == before


def test_a_stale_page_is_told_that_it_was_undone(drop, recruiter, owner, client, acme):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    _, change_set = add(resume, recruiter)
    address = f"/acme/candidates/changes/{change_set.pk}/"
    undo(change_set, owner)
    forgetting.discard(resume, by=owner)

    client.force_login(recruiter)

    client.post(f"{address}undo/")

    told = seen(client.get(address))
    assert f"This was undone already, by {owner}. Nothing was changed now." in told
    with acting_in(acme):
        resume.refresh_from_db()
        assert resume.state == State.DISCARDED
        assert not Candidate.objects.exists()
        with pytest.raises(accepting.ResumeDecided):
            accepting.accept(resume, by=recruiter, person=None, kept=accepting.Kept({}))


def test_the_toast_takes_it_back_and_the_list_shows_it(drop, recruiter, client, acme):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    data = {
        "person": "new", "full_name": "Amara Okafor", "emails": "amara.okafor@example.com",
        "work-TOTAL_FORMS": "0", "work-INITIAL_FORMS": "0",
        "education-TOTAL_FORMS": "0", "education-INITIAL_FORMS": "0",
    }  # fmt: skip
    client.force_login(recruiter)
    client.post(f"/acme/{resume.path}accept/", data)
    with acting_in(acme):
        change_set = accepting.what_changed(resume)
    undo_address = f"/acme/candidates/changes/{change_set.pk}/undo/"
    upload = f"/acme/candidates/resumes/uploads/{resume.upload_id}/"
    assert f'"{undo_address}"' in client.get(upload).text

    told = seen(client.get("/acme/candidates/changes/?kind=resume"))
    assert "Added a person from a résumé Done 1" in told
    told = seen(client.get(f"/acme/candidates/changes/{change_set.pk}/"))
    assert "Undoing it: 1 added person removed and" in told
    assert "The file waits for a review again." in told
    assert "Amara Okafor Person added" in told
    page = client.get(f"/acme/{resume.path}").text
    assert f'action="{undo_address}"' in page

    client.post(undo_address, {"next": f"/acme/{resume.path}"})

    assert "Add the person" in client.get(f"/acme/{resume.path}").text
    with acting_in(acme):
        assert not Candidate.objects.exists()


def test_a_resume_that_was_put_back_has_a_month_again(drop, recruiter):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        _, change_set = add(resume, recruiter)
    with time_machine.travel(timezone.now() + timedelta(days=45)):
        undo(change_set, recruiter)
        assert forgetting.forget_old() == 0
        assert Resume.objects.filter(pk=resume.pk).exists()
    with time_machine.travel(timezone.now() + timedelta(days=76)):
        assert forgetting.forget_old() == 1


def act_on(person, other, newer, user, drawn) -> ChangeSet:
    """Some act on the record that can be taken back: another file, a merge either way, an edit of a row."""
    act = drawn.choice(["résumé", "survives", "goes", "row"])
    if act == "résumé":
        names = drawn.sample(sorted(CORRECTIONS), 3)
        return take_over(newer, person, user, **{name: CORRECTIONS[name] for name in names})
    if act == "row":
        return save_row(PhoneNumber(candidate=person), by=user, number="+49 30 1234")
    kept, gone = (person, other) if act == "survives" else (other, person)
    return merge_people(kept, [gone.pk], by=user)


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**9), steps=st.integers(1, 3))
@example(seed=1, steps=1)
@example(seed=2, steps=2)
def test_acts_that_are_taken_back_do_not_keep_them(in_acme, drop, recruiter, owner, seed, steps):
    drawn = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        other = CandidateFactory(full_name="Amara O.", emails=["amara@example.org"])
        dropped = drop({"cv.pdf": files.pdf(), "new.pdf": files.pdf([*files.LINES, "Go"])})
        before = snapshot()
        person, change_set = add(dropped["cv.pdf"], recruiter, company="Neu AG")
        added = snapshot()
        for _ in range(steps):
            person.refresh_from_db()
            other.refresh_from_db()
            undo(
                act_on(person, other, dropped["new.pdf"], drawn.choice([recruiter, owner]), drawn),
                owner,
            )
        assert {
            label: rows for label, rows in snapshot().items() if label != "candidates.Touchpoint"
        } == {label: rows for label, rows in added.items() if label != "candidates.Touchpoint"}

        undo(change_set, recruiter)
        connection.check_constraints()

        assert kept_of(change_set) == set()
        assert snapshot() == before
        transaction.set_rollback(True)


def test_an_act_of_which_something_was_kept_keeps_them(drop, recruiter, owner):
    resume, newer = drop(
        {"cv.pdf": files.pdf(), "new.pdf": files.pdf([*files.LINES, "Go"])}
    ).values()
    person, change_set = add(resume, recruiter)
    over = take_over(newer, person, recruiter, headline="Head", company="Neu AG")
    edit_candidate(Candidate.objects.get(pk=person.pk), by=owner, company="Alt AG")
    undo(over, recruiter)

    undo(change_set, recruiter)

    assert Candidate.objects.get(pk=person.pk).company == "Alt AG"


def test_what_kept_everything_says_so_before_and_can_be_undone_once_that_is_gone(
    drop, recruiter, owner, client, acme
):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    before = snapshot()
    person, change_set = add(resume, recruiter)
    other = CandidateFactory(full_name="Amara O.")
    merged = merge_people(other, [person.pk], by=owner)
    address = f"/acme/{change_set.path}"
    client.force_login(recruiter)
    reason = f"As it is now, what was added stays: Merged into somebody else since, by {owner}."
    assert reason in seen(client.get(address))

    answered = client.post(f"{address}undo/", follow=True)

    assert "Nothing was taken back: all of it was changed since." in seen(answered)
    told = seen(client.get(address))
    assert f"{recruiter} tried to undo this" in told
    assert "Merged into somebody else since" in told
    with acting_in(acme):
        change_set.refresh_from_db()
        assert (change_set.state, change_set.undone_at) == (ChangeSet.State.APPLIED, None)
        undo(merged, owner)
        Candidate.objects.get(pk=other.pk)
    assert "As it is now" not in seen(client.get(address))

    client.post(f"{address}undo/")

    with acting_in(acme):
        change_set.refresh_from_db()
        assert change_set.state == ChangeSet.State.UNDONE
        assert kept_of(change_set) == set()
        Candidate.objects.filter(pk=other.pk).delete()
        assert snapshot()["candidates.Resume"] == before["candidates.Resume"]
        assert not Candidate.objects.exists()


def test_a_timeline_keeps_the_entry_of_an_act_that_stays(drop, recruiter, owner):
    known = CandidateFactory(full_name="Amara Okafor", headline="Developer")
    change_set = open_change_set(ChangeSet.Kind.EDIT, "Changed", by=recruiter)
    with recording(change_set, [known.pk], compared=[Candidate], grown=[Touchpoint]):
        edit_candidate(known, by=recruiter, headline="Head")
    close_change_set(change_set)
    edit_candidate(Candidate.objects.get(pk=known.pk), by=owner, headline="Chief")
    entries = set(known.touchpoints.values_list("pk", flat=True))

    undo(change_set, recruiter)

    assert set(known.touchpoints.values_list("pk", flat=True)) == entries
    assert change_set.state == ChangeSet.State.APPLIED
    edit_candidate(Candidate.objects.get(pk=known.pk), by=owner, headline="Head")
    assert undo(change_set, recruiter).state == ChangeSet.State.UNDONE
    assert Candidate.objects.get(pk=known.pk).headline == "Developer"
