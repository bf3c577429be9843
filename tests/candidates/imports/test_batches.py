"""Files of several batches: what one row does leaves the others alone, and all are read alike."""

import pytest

from candidates.models import Candidate, ImportRow
from candidates.services.custom_fields import definitions
from candidates.services.importing import running
from candidates.services.importing.rows import RowReader
from tests.candidates.imports.conftest import people

pytestmark = pytest.mark.django_db


def test_a_row_that_cannot_be_read_fails_alone(in_acme, upload, check, run, monkeypatch):
    monkeypatch.setattr(running, "BATCH_ROWS", 10)
    import_file = check(upload("people.csv", people(25)))
    read = RowReader.read

    def choke(self, cells):
        if cells[1] == "p15@example.com":
            raise ArithmeticError(cells)
        return read(self, cells)

    monkeypatch.setattr(RowReader, "read", choke)
    run(import_file)

    assert import_file.counts == {"create": 24, "invalid": 1}
    assert ImportRow.objects.get(state="failed").line == 17
    assert not Candidate.objects.filter(full_name="Person 15 Number15").exists()


def test_members_are_known_in_every_batch(
    in_acme, owner, recruiter, upload, check, run, monkeypatch
):
    monkeypatch.setattr(running, "BATCH_ROWS", 2)
    definitions.add_field(name="Mentor", kind="member", by=owner)
    lines = "".join(f"Person {n};p{n}@example.com;{recruiter.name}\n" for n in range(5))
    import_file = check(upload("people.csv", f"Name;E-Mail;Mentor\n{lines}"))
    run(import_file)

    members = Candidate.objects.values_list("custom_values__member", flat=True)
    assert list(members) == [recruiter.pk] * 5
