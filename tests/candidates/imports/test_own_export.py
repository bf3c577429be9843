"""Our own export, saved once more by a spreadsheet program or put right by hand: nothing of it is lost without a word."""

from datetime import UTC, datetime

import pytest

from candidates.models import Candidate, ImportRow
from candidates.services.custom_fields import add_field
from candidates.services.exporting.people import PeopleTable
from crm.tenancy.roles import Role
from crm.web.csv_export import csv_lines
from tests.factories import CandidateFactory, NoteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(in_acme, owner):
    """A row of our export with these cells by their titles."""
    add_field(name="Weight", kind="number", by=owner)
    titles = PeopleTable(viewer=owner, role=Role.OWNER).titles

    def rows(*people: dict[str, str]) -> str:
        for person in people:
            assert set(person) <= set(titles)
        lines = [titles, *([person.get(title, "") for title in titles] for person in people)]
        return "\ufeff" + "".join(csv_lines(lines))

    return rows


def test_what_a_spreadsheet_program_rewrote_is_read_as_in_any_file(exported, import_text):
    done = import_text(
        exported(
            {"Full name": "Ana Silva", "Last contact": "03.11.2025", "Country": "Portugal", "Weight": "65,5"},
            {"Full name": "Bo Ek", "Last contact": "11/25/2025", "E-mail addresses": "Bo <bo@example.com>; b@example.org"},
            {"Full name": "Cy Young", "Last contact": "2025-11-03"},
        )
    )  # fmt: skip

    assert done.recognized == "Rapport"
    ana, bo, cy = Candidate.objects.order_by("pk")
    assert ana.last_contacted_at == datetime(2025, 11, 3, 12, tzinfo=UTC)
    assert (ana.country, str(ana.custom_values.get().number.normalize())) == ("PT", "65.5")
    assert bo.last_contacted_at == datetime(2025, 11, 25, 12, tzinfo=UTC)
    assert [row.normalized for row in bo.emails.order_by("pk")] == [
        "bo@example.com",
        "b@example.org",
    ]
    assert cy.last_contacted_at == datetime(2025, 11, 3, 12, tzinfo=UTC)


def test_our_own_export_tells_nobody_their_notes_twice(in_acme, owner, import_text):
    ana = CandidateFactory(full_name="Ana Silva", emails=["ana@example.com"])
    for body in ("Calls back", "Likes tea\n\nand trains", "Calls back later"):
        NoteFactory(candidate=ana, body=body)
    people = PeopleTable(viewer=owner, role=Role.OWNER)

    def again(name: str, extra: str = ""):
        (row,) = people.rows([ana.pk])
        row[people.titles.index("Notes")] += extra
        return import_text("".join(csv_lines([people.titles, row])), name=name)

    assert again("a.csv").counts == {"duplicate": 1}
    assert ana.notes.count() == 3

    assert again("b.csv", "\n\nNew").counts == {"update": 1}
    assert ana.notes.count() == 4
    # Also in the sum that was stored now.
    assert again("c.csv").counts == {"duplicate": 1}
    assert ana.notes.count() == 4


def test_what_cannot_be_read_at_all_is_told_before_and_kept_in_the_note(
    exported, upload, check, run
):
    draft = upload(
        "people.csv",
        exported(
            {
                "Full name": "Ana Silva",
                "City": "Ghent, DE",
                "Company": "C" * 300,
                "Country": "Atlantis",
                "Last contact": "soon",
                "E-mail addresses": "ana@example.com\nana at home",
                "Profile links": "nolink",
                "Tags": "t" * 70,
                "Phones": "+351 210 123 456\n4,91512E+12\n" + "9" * 61,
                "Skills": "Go; Rust",
            }
        ),
    )
    checked = check(draft)
    warnings = " ".join(ImportRow.objects.get().details["warnings"])
    done = run(checked)

    assert done.counts == {"create": 1}
    for sentence in [
        "“Atlantis” is no country that Rapport knows",
        "“soon” is no date: kept in the note",
        "“ana at home” is no e-mail address: kept in the note",
        "“nolink” is no web address: kept in the note",
        "is too long for “Tags”: kept in the note",
        "is no phone number: kept in the note",
        "“4,91512E+12” is a number that a spreadsheet program has shortened: kept in the note. "
        "Format “Phones” as text where it comes from, and export it again",
        "“Go; Rust” is read as one: each stands on a line of its own in the cell",
        "“Company” is longer than 200 characters: whole in the note",
    ]:
        assert sentence in warnings
    ana = Candidate.objects.get()
    note = ana.notes.get().body
    for kept in ["Atlantis", "soon", "ana at home", "nolink", "t" * 70, "C" * 300, "9" * 61]:
        assert kept in note
    assert (ana.city, ana.country, ana.last_contacted_at) == ("Ghent, DE", "", None)
    assert ana.emails.get().normalized == "ana@example.com"
    assert ana.phones.get().number == "+351 210 123 456"


def test_a_column_that_somebody_added_is_kept_as_in_any_file(in_acme, owner, import_text):
    ana = CandidateFactory(full_name="Ana Silva", emails=["ana@example.com"])
    people = PeopleTable(viewer=owner, role=Role.OWNER)
    (row,) = people.rows([ana.pk])
    rows = [[*people.titles, "Phone screen"], [*row, "Talks well", "Wants to move"]]

    done = import_text("".join(csv_lines(rows)))

    assert done.recognized == "Rapport"
    assert done.counts == {"update": 1}
    (note,) = ana.notes.all()
    beyond = len(people.titles) + 2
    assert note.body == (
        f"From the import:\nPhone screen: Talks well\nExtra cell {beyond}: Wants to move"
    )
    # Once.
    again = import_text("".join(csv_lines(rows)), name="again.csv")
    assert again.counts == {"duplicate": 1}


def test_names_in_two_columns_are_one_name_in_our_own_export_too(in_acme, owner, import_text):
    titles = PeopleTable(viewer=owner, role=Role.OWNER).titles
    nobody = [""] * len(titles)

    import_text(
        "".join(csv_lines([[*titles, "First name", "Last name"], [*nobody, "Ana", "Silva"]]))
    )

    assert Candidate.objects.get().full_name == "Ana Silva"
