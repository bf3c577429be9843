"""What a colleague changed on rows that an import or a résumé brought is kept by its undo, and listed with who did it."""

import pytest

from candidates.models import Candidate, ChangeSet, EmailAddress, Evidence, Note, PhoneNumber
from candidates.services.candidates import create_candidate
from candidates.services.changes.undoing import start_undo, work_on_undo
from candidates.services.editing import undo_edit
from candidates.services.notes import delete_note, edit_note
from candidates.services.resumes import accepting
from candidates.services.rows import confirm_row, make_primary, remove_row, save_row
from tests.candidates.resumes import files
from tests.candidates.resumes.test_services import review

pytestmark = pytest.mark.django_db
BERT = (
    "Name;E-Mail;Phone;Skills;Notiz\n"
    "Bert Beil;bert@example.com, b@example.com;+49 30 901820;Go;Met at the fair\n"
)


@pytest.fixture
def undo(in_acme, recruiter):
    def back(change_set: ChangeSet) -> ChangeSet:
        start_undo(change_set, by=recruiter)
        assert work_on_undo(in_acme, change_set.pk)
        change_set.refresh_from_db()
        return change_set

    return back


def confirm_skill(bert, by):
    return confirm_row(bert.candidate_skills.get(), by=by)


def write_to_the_other(bert, by):
    return make_primary(bert.emails.get(is_primary=False), by=by)


def mark_wrong(bert, by):
    return save_row(bert.phones.get(), by=by, state=PhoneNumber.State.WRONG)


def rewrite(bert, by):
    Note.objects.update(author=by)
    return edit_note(bert.notes.get(), body="Met at the fair, twice", by=by)


def throw_note_away(bert, by):
    Note.objects.update(author=by)
    return delete_note(bert.notes.get(), by=by)


def strike_out(bert, by):
    return remove_row(bert.candidate_skills.get(), by=by)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (confirm_skill, "1 candidate skill changed"),
        (write_to_the_other, "2 e-mail addresses changed"),
        (mark_wrong, "1 phone number changed"),
        (rewrite, "1 note changed"),
        (throw_note_away, "1 note removed"),
        (strike_out, "1 candidate skill removed"),
    ],
)
def test_a_row_that_was_changed_since_keeps_a_newcomer(import_text, undo, owner, act, told):
    done = import_text(BERT)
    bert = Candidate.objects.get()
    edit = act(bert, owner)

    undo(done.change_set)

    kept = done.change_set.changes.get(outcome="kept", model="candidates.Candidate")
    assert (kept.reason, kept.kept_by, kept.kept_at) == (
        f"Edited since: {told}",
        owner,
        edit.created_at,
    )
    assert Candidate.objects.filter(pk=bert.pk).exists()


@pytest.mark.parametrize(
    "act", [confirm_skill, write_to_the_other, mark_wrong, rewrite, strike_out]
)
def test_what_was_taken_back_again_keeps_nobody(import_text, undo, owner, act):
    done = import_text(BERT)
    undo_edit(act(Candidate.objects.get(), owner), by=owner)

    undo(done.change_set)

    assert not Candidate.objects.exists()


def test_a_position_of_a_resume_that_was_confirmed_since_keeps_a_newcomer(
    drop, undo, recruiter, owner
):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person = accepting.accept(resume, by=recruiter, person=None, kept=review(resume))
    change_set = accepting.what_changed(resume)
    confirm_row(person.experiences.order_by("pk")[0], by=owner)

    undo(change_set)

    kept = change_set.changes.get(outcome="kept", model="candidates.Candidate")
    assert (kept.reason, kept.kept_by) == ("Edited since: 1 work experience changed", owner)
    resume.refresh_from_db()
    assert resume.candidate == person


def test_a_row_that_somebody_known_got_is_kept_with_who_confirmed_it(
    import_text, undo, recruiter, owner
):
    anna = create_candidate(by=recruiter, full_name="Anna Muster", emails=["anna@example.com"])
    done = import_text("Name;E-Mail;Skills;City\nAnna Muster;anna@example.com;Go;Ulm\n")
    edit = confirm_row(anna.candidate_skills.get(), by=owner)

    undo(done.change_set)

    kept = done.change_set.changes.get(model="candidates.CandidateSkill")
    assert (kept.outcome, kept.reason) == ("kept", "Changed since")
    assert (kept.kept_by, kept.kept_at) == (owner, edit.created_at)
    assert anna.candidate_skills.get().evidence == Evidence.CONFIRMED
    anna.refresh_from_db()
    assert anna.city == ""
    assert EmailAddress.objects.get().candidate == anna
