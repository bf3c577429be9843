"""The table of people: safe in a spreadsheet, complete, and read back by our import as it was."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.core.files import File
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given, settings
from hypothesis import strategies as st

from candidates.models import Candidate, EmailAddress, PoolMembership
from candidates.services.custom_fields import add_field, set_values
from candidates.services.exporting.people import TITLES, PeopleTable
from candidates.services.identifying import fold
from candidates.services.importing import running, uploading
from candidates.services.provenance import by_hand
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from crm.web.csv_export import csv_lines
from crm.web.xlsx_export import write_workbook
from tests.factories import (
    CandidateFactory,
    EmailAddressFactory,
    NoteFactory,
    SourceFactory,
    TalentPoolFactory,
)

pytestmark = pytest.mark.django_db

# What an import does not set: ids, and what stands behind the notes; custom fields come after that.
NOTES = TITLES.index("Notes")
OWN = ("text", "long_text", "number", "money", "date", "single", "multiple", "boolean", "url")


def compared(rows: list[list[str]]) -> list[list[str]]:
    return [[*row[1 : NOTES + 1], *row[len(TITLES) :]] for row in rows]


def make_fields(by) -> None:
    for kind in OWN:
        options = ["Yes, please", "No; never", "=1+1"] if kind in {"single", "multiple"} else ()
        add_field(name=f"Own {kind}, phone", kind=kind, by=by, options=options)


def table(viewer, role: Role = Role.OWNER) -> list[list[str]]:
    people = PeopleTable(viewer=viewer, role=role)
    ids = list(Candidate.objects.order_by("pk").values_list("pk", flat=True))
    return [people.titles, *people.rows(ids)]


def as_file(rows: list[list[str]], ending: str) -> bytes:
    if ending == "xlsx":
        file = BytesIO()
        write_workbook(file, rows, sheet="Candidates")
        return file.getvalue()
    return ("\ufeff" + "".join(csv_lines(rows))).encode()


def import_file(organization, by, content: bytes, ending: str) -> dict[str, int]:
    name = f"rapport-people.{ending}"
    with acting_in(organization):
        upload = uploading.store_upload(
            File(BytesIO(content), name=name), size=len(content), name=name, by=by
        )
    assert running.work_on(organization, upload.pk)
    with acting_in(organization):
        upload.refresh_from_db()
        assert upload.recognized == "Rapport"
        uploading.choose(upload, mapping=uploading.mapping_of(upload), by=by)
    assert running.work_on(organization, upload.pk)
    with acting_in(organization):
        upload.refresh_from_db()
        uploading.start(upload, by=by)
    assert running.work_on(organization, upload.pk)
    with acting_in(organization):
        upload.refresh_from_db()
    return upload.counts


# Formulas, quotes, delimiters, ends of lines, right-to-left, doubled spaces, "nothing" in words.
NASTY = st.sampled_from(
    ["=1+1", "+49 30 1", "-5", "@nick", "'=x", "''", "N/A", "null", "#REF!", 'say "hi"', "a,b;c|d",
     "SMITH", "mcdonald", "＝1", "  x".strip(), "03/04/25", "Anna  Marie", "עברית", "1e5", "-"]
)  # fmt: skip
WORD = st.text(
    st.characters(exclude_categories=["C", "Z"], max_codepoint=0x2FFFF), min_size=1, max_size=12
)
LINE = st.one_of(NASTY, st.lists(WORD, min_size=1, max_size=3).map(" ".join))
NUMBER = st.decimals(-(10**12), 10**12, allow_nan=False, places=3)
NOTE = (
    st.lists(
        st.one_of(LINE, st.sampled_from([",;" * 30, "* * *", "\\* * *", ""])),
        min_size=1,
        max_size=4,
    )
    .map("\n".join)
    .filter(bool)
)


def labels(line: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    usable = line.map(lambda text: text[:60].strip()).filter(lambda text: bool(fold(text)))
    return st.lists(usable, max_size=3, unique_by=lambda text: fold(text)[:60])


PERSON = st.fixed_dictionaries(
    {
        "full_name": LINE,
        "preferred_name": st.one_of(st.just(""), LINE),
        "headline": st.one_of(st.just(""), LINE),
        "company": st.one_of(st.just(""), LINE),
        "city": st.one_of(st.just(""), LINE),
        "country": st.sampled_from(["", "DE", "PT", "IN"]),
        "salary_expectation": st.one_of(st.just(""), LINE),
        "skills": labels(LINE),
        "tags": labels(LINE),
        "notes": st.lists(NOTE, max_size=2),
        "first": st.sampled_from(["", "+", "=", "-", "o'"]),
        "is_contacted": st.booleans(),
        "own": st.fixed_dictionaries(
            {},
            optional={
                "own_text_phone": LINE,
                "own_long_text_phone": NOTE,
                "own_number_phone": NUMBER,
                "own_money_phone": st.tuples(NUMBER, st.sampled_from(["", "EUR"])),
                "own_date_phone": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
                "own_single_phone": st.sampled_from(["Yes, please", "=1+1"]),
                "own_multiple_phone": st.just(["Yes, please", "No; never"]),
                "own_boolean_phone": st.booleans(),
                "own_url_phone": st.just("https://people.example/a?b=1,2"),
            },
        ),
    }
)


NASTY_PERSON = [
    {
        "full_name": "=HYPERLINK(1)", "preferred_name": "@nick", "headline": "-5", "company": "+49",
        "city": "\"'", "country": "DE", "salary_expectation": "´", "skills": ["=1", "C/C++, SQL"],
        "tags": ["'=1"], "notes": ["=1\n+2", "\t=3".strip()], "first": "+", "is_contacted": True, "own": {"own_text_phone": "=2"},
    }
]  # fmt: skip


@settings(
    max_examples=60,
)
@given(people=st.lists(PERSON, min_size=1, max_size=4), ending=st.sampled_from(["csv", "xlsx"]))
@example(
    ending="csv",
    people=NASTY_PERSON,
)
@example(
    ending="xlsx",
    people=NASTY_PERSON,
)
def test_export_then_import_is_identity(acme, globex, owner, stranger, people, ending):
    with transaction.atomic():
        with acting_in(acme):
            make_fields(owner)
            source = SourceFactory(name="=Referral, with a comma")
            for number, person in enumerate(people):
                make(person, number, source)
            exported = table(owner)
        with acting_in(globex):
            make_fields(stranger)
        counts = import_file(globex, stranger, as_file(exported, ending), ending)
        with acting_in(globex):
            again = table(stranger)
        transaction.set_rollback(True)

    assert counts == {"create": len(people)}
    assert compared(again) == compared(exported)


def make(person: dict, number: int, source) -> Candidate:
    first = person["first"]
    candidate = CandidateFactory(
        **{name: person[name] for name in
           ("full_name", "preferred_name", "headline", "company", "city", "country", "salary_expectation", "skills", "tags")},
        source=source if number % 2 else None,
        last_contacted_at=datetime(2026, 3, 4, 23, 30, tzinfo=UTC) if person["is_contacted"] else None,
        emails=[f"{first}person{number}@example.com", f"other{number}@example.org"],
        phones=[f"+49 151 1000000{number}", f"0151 2000000{number}"],
        links=[f"https://people.example/{number}?a=1,2;3"],
    )  # fmt: skip
    for body in person["notes"]:
        NoteFactory(candidate=candidate, body=body)
    set_values(candidate, person["own"], provenance=by_hand(None))
    return candidate


def test_an_export_that_comes_back_unchanged_says_nothing_new(in_acme, owner):
    person = CandidateFactory(full_name="Anna", emails=["anna@example.com"])
    bodies = ["First", "Second\n\nin two parts", "above\n\n* * *\n\nbelow", "\\* * *", "First"]
    for body in bodies:
        NoteFactory(candidate=person, body=body, author=owner)
    exported = table(owner)

    for _ in range(2):
        counts = import_file(in_acme, owner, as_file(exported, "csv"), "csv")

        assert counts == {"duplicate": 1}
        assert list(person.notes.order_by("pk").values_list("body", flat=True)) == bodies
        assert table(owner) == exported


def test_a_note_that_is_added_in_the_file_comes_in_alone(in_acme, owner):
    person = CandidateFactory(full_name="Anna", emails=["anna@example.com"])
    for body in ("First", "Second"):
        NoteFactory(candidate=person, body=body, author=owner)
    exported = table(owner)
    exported[1][NOTES] += "\n\n* * *\n\nThird"

    assert import_file(in_acme, owner, as_file(exported, "csv"), "csv") == {"update": 1}

    bodies = person.notes.order_by("pk").values_list("body", flat=True)
    assert list(bodies) == ["First", "Second", "Third"]


def test_suppressed_and_bounced_addresses_are_in_it_with_their_state(in_acme, owner):
    person = CandidateFactory(emails=["first@example.com"])
    EmailAddressFactory(
        candidate=person,
        address="old@example.com",
        is_primary=False,
        state=EmailAddress.State.BOUNCED,
    )

    titles, row = table(owner)

    found = dict(zip(titles, row, strict=True))
    assert found["E-mail addresses"] == "first@example.com\nold@example.com"
    assert found["State of the addresses"] == "Not tried yet\nBounced"


def test_pools_owner_and_status_are_in_it(in_acme, owner):
    person = CandidateFactory(owner=owner, status="hired")
    PoolMembership.objects.create(pool=TalentPoolFactory(name="Berlin"), candidate=person)

    titles, row = table(owner)

    found = dict(zip(titles, row, strict=True))
    assert (found["Pools"], found["Owner"], found["Status"]) == ("Berlin", str(owner), "Hired")


def test_private_notes_of_others_stay_out(in_acme, owner, recruiter):
    person = CandidateFactory()
    NoteFactory(candidate=person, body="For everybody", author=recruiter)
    NoteFactory(candidate=person, body="Mine alone", author=recruiter, is_private=True)

    notes = TITLES.index("Notes")
    assert table(owner)[1][notes] == "For everybody"
    assert table(recruiter)[1][notes] == "For everybody\n\n* * *\n\nMine alone"


def test_one_person_costs_as_many_queries_as_three(in_acme, owner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            table(owner)
        return len(captured)

    CandidateFactory(emails=["a@example.com"], tags=["Berlin"])
    one = queries()
    CandidateFactory(emails=["b@example.com"], tags=["Lisbon"])
    CandidateFactory(emails=["c@example.com"], skills=["SQL"])

    assert queries() == one == 13
