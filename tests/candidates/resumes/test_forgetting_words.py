"""What a file said is nowhere among the changes once the file or its person is gone."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from candidates.models import Candidate, Change, ChangeSet
from candidates.services.changes.recording import open_change_set
from candidates.services.resumes import forgetting
from crm.privacy.services.erasing import erase_candidate
from tests.candidates.resumes import files
from tests.candidates.resumes.test_undoing_new import add, take_over, undo
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
MARKER = "zoologist"
PIA = [
    "Pia Elbe", f"Senior {MARKER}", f"pia.{MARKER}@example.com | +49 40 901820 | linkedin.com/in/pia-{MARKER}",
    "Hamburg, Germany", "Work experience", f"Senior {MARKER} at {MARKER} Ltd", "Mar 2019 - Present", "Education",
    f"MSc {MARKER}, University of {MARKER}, 2013 - 2015", "Skills", "Python, Django",
]  # fmt: skip


def told_of(marker) -> list[tuple[str, str, str, object]]:
    """The changes in which a word stands, whosever they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT model, action, field, candidate_id FROM candidates_change held"
            " WHERE held::text ILIKE %s ORDER BY id",
            [f"%{marker}%"],
        )
        return cursor.fetchall()


@pytest.mark.parametrize("goes_by", ["erasing", "discarding", "forgetting"])
def test_no_word_of_a_file_outlives_it_among_the_changes(goes_by, drop, recruiter, owner):
    """Added with corrections, taken out, added again and another file taken over and back: then all of it goes."""
    resume, newer = drop({"cv.pdf": files.pdf(PIA), "new.pdf": files.pdf([*PIA, "2019"])}).values()
    corrected = {"company": f"{MARKER} AG", "more_skills": f"{MARKER} care"}
    _, first = add(resume, recruiter, **corrected)
    assert told_of(MARKER)
    undo(first, recruiter)
    assert not Candidate.objects.exists()
    assert told_of(MARKER) == []

    if goes_by == "erasing":
        again, _ = add(resume, recruiter, **corrected)
        undo(take_over(newer, again, recruiter, headline=f"Head {MARKER}"), recruiter)
        assert told_of(MARKER)
        erase_candidate(again, by=owner)
    else:
        other = CandidateFactory()
        undo(take_over(newer, other, recruiter, headline=f"Head {MARKER}"), recruiter)
        assert told_of(MARKER)
        if goes_by == "discarding":
            forgetting.discard(newer, by=owner)
        else:
            assert forgetting.forget_old(timezone.now() + timedelta(days=62)) == 2

    assert told_of(MARKER) == []


def test_databases_from_before_forget_the_words_of_files(in_acme, drop, recruiter):
    resume = drop({"cv.pdf": files.pdf(PIA)})["cv.pdf"]
    person, change_set = add(resume, recruiter)
    as_before = {"change_set": change_set, "model": "candidates.Resume", "object_id": resume.pk}
    Change.objects.create(
        **as_before, candidate=person, action="update", field="search_text", after=MARKER
    )
    undo(change_set, recruiter)
    Change.objects.create(
        **as_before | {"model": "candidates.EmailAddress"},
        action="delete",
        before={"address": MARKER},
    )
    Change.objects.create(**as_before, action="update", field="search_text", after=MARKER)
    here = CandidateFactory()
    kept = open_change_set(ChangeSet.Kind.EDIT, "Changed an e-mail", by=recruiter)
    Change.objects.create(
        change_set=kept, candidate=here, action="update", model="candidates.Candidate", object_id=here.pk,
        field="headline", after="Head",
    )  # fmt: skip
    migration = import_module("candidates.migrations.0060_words_of_files_are_forgotten")

    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(migration.FORGET)

    assert told_of(MARKER) == []
    assert kept.changes.get().after == "Head"
