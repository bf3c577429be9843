"""Imported people are to be told where their data came from: noted with their rows, undone with them."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from candidates.models import Candidate, PrivacyNotice
from candidates.queries.notices import untold_of
from candidates.services.changes.undoing import start_undo, work_on_undo
from candidates.services.importing import running
from tests.factories import CandidateFactory, SourceFactory

pytestmark = pytest.mark.django_db

DAY_ZERO = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
FILE = """Name;E-Mail;Quelle
Ada Byron;ada@example.com;LinkedIn
Bo Beil;bo@example.com;
Cy Clop;cy@example.com;Careers page
Known One;known@example.com;LinkedIn
"""


@pytest.fixture
def imported(in_acme, recruiter, upload, check, run):
    SourceFactory(name="Careers page", gives_own_data=True)
    CandidateFactory(full_name="Known One", emails=["known@example.com"])
    with time_machine.travel(DAY_ZERO, tick=False):
        return run(check(upload("people.csv", FILE)))


def test_an_import_notes_everybody_who_is_new(imported):
    told = {
        notice.candidate.full_name: (notice.source, notice.due_on)
        for notice in PrivacyNotice.objects.select_related("candidate")
    }

    assert told == {
        "Ada Byron": ("LinkedIn", date(2026, 2, 28)),
        "Bo Beil": ("a list of people that we imported", date(2026, 2, 28)),
    }
    assert untold_of(imported).count() == 2


def test_an_import_in_batches_notes_nobody_twice(
    in_acme,
    recruiter,
    upload,
    check,
    run,
    monkeypatch,
):
    monkeypatch.setattr(running, "BATCH_ROWS", 2)
    rows = "".join(f"Person {number};p{number}@example.com\n" for number in range(7))

    run(check(upload("people.csv", f"Name;E-Mail\n{rows}")))

    assert PrivacyNotice.objects.count() == Candidate.objects.count() == 7


def test_undoing_the_import_takes_the_notices_along(imported, in_acme, recruiter):
    with time_machine.travel(DAY_ZERO, tick=False):
        start_undo(imported.change_set, by=recruiter)
        assert work_on_undo(in_acme, imported.change_set.pk)

    assert PrivacyNotice.objects.count() == 0
    assert Candidate.objects.get().full_name == "Known One"
