"""Rows are read one batch ahead, in a thread that asks the database nothing."""

from threading import current_thread

import pytest

from candidates.models import Candidate, Import, ImportRow
from candidates.services.custom_fields import definitions
from candidates.services.importing import running
from candidates.services.importing.ahead import ReadAhead
from candidates.services.importing.rows import RowReader
from tests.candidates.imports.conftest import people, row_states

pytestmark = pytest.mark.django_db


@pytest.fixture
def read_by(monkeypatch):
    """The names of the threads that read, a name for each row."""
    threads: list[str] = []
    read = RowReader.read

    def noted(self, cells):
        threads.append(current_thread().name.partition("_")[0])
        return read(self, cells)

    monkeypatch.setattr(RowReader, "read", noted)
    return threads


def test_each_row_is_read_once_and_only_the_first_batch_is_waited_for(
    in_acme, upload, check, run, monkeypatch, read_by
):
    monkeypatch.setattr(running, "BATCH_ROWS", 10)
    import_file = check(upload("people.csv", people(35)))
    by_check = read_by[:]
    run(import_file)

    assert by_check == read_by[35:] == ["MainThread"] * 10 + ["read-ahead"] * 25
    assert Candidate.objects.count() == 35
    assert row_states(import_file) == [(line, "created") for line in range(2, 37)]


def test_what_was_read_otherwise_is_read_again(in_acme, upload, check):
    import_file = check(upload("people.csv", people(3)))
    rows = list(import_file.rows.order_by("line").values_list("pk", "line"))
    reader = running.row_reader(import_file, in_acme)
    # The names are taken for companies now.
    import_file.mapping["0"] = "company"
    other = running.row_reader(import_file, in_acme)
    assert reader.reads_like(running.row_reader(Import.objects.get(pk=import_file.pk), in_acme))
    assert not reader.reads_like(other)

    with ReadAhead() as ahead:
        ahead.begin(reader, rows)
        assert [person.values["company"] for person in ahead.people(other, rows)] == [
            "Person 0 Number0",
            "Person 1 Number1",
            "Person 2 Number2",
        ]
        ahead.begin(reader, rows)
        # Somebody else was faster with the first.
        assert [one.full_name for one in ahead.people(reader, rows[1:])] == [
            "Person 1 Number1",
            "Person 2 Number2",
        ]


def test_a_row_that_cannot_be_read_ahead_fails_alone(in_acme, upload, check, run, monkeypatch):
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


def test_members_are_looked_up_before_the_thread_reads(
    in_acme, owner, recruiter, upload, check, run, monkeypatch
):
    monkeypatch.setattr(running, "BATCH_ROWS", 2)
    definitions.add_field(name="Mentor", kind="member", by=owner)
    lines = "".join(f"Person {n};p{n}@example.com;{recruiter.name}\n" for n in range(5))
    import_file = check(upload("people.csv", f"Name;E-Mail;Mentor\n{lines}"))
    run(import_file)

    members = Candidate.objects.values_list("custom_values__member", flat=True)
    assert list(members) == [recruiter.pk] * 5
