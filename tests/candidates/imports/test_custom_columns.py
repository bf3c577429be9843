"""Columns of a file that fill an organization's own fields: found, made, checked, written, undone."""

import pytest
from django.test import Client

from candidates.models import Candidate, CandidateCustomValue, CustomField, Import, Note
from candidates.services import custom_fields as service
from candidates.services.changes.undoing import start_undo, work_on_undo
from candidates.services.importing import running, uploading
from candidates.services.importing.custom import likely_kind
from candidates.services.provenance import by_hand
from crm.tenancy.scope import acting_in
from tests.candidates.changes.snapshots import snapshot
from tests.candidates.imports.conftest import shown
from tests.candidates.imports.pages import CHOICES, LIST, file_of, words_of
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
Kind = CustomField.Kind
HEADER = "Name;E-Mail;Notice;Shoe;Start;Langs;ATS id\n"
ROW = "Anna Muster;anna@example.com;3 months;38,5;03/04/2027;de, en;A-1\n"


@pytest.fixture
def fields(in_acme, owner) -> dict[str, CustomField]:
    return {
        name: service.add_field(name=name, kind=kind, by=owner, **more)
        for name, kind, more in [
            ("Notice", Kind.TEXT, {"is_searchable": True}),
            ("Shoe", Kind.NUMBER, {}),
            ("Start", Kind.DATE, {}),
            ("Langs", Kind.MULTIPLE, {"options": ["DE", "EN", "FR"]}),
            ("ATS id", Kind.TEXT, {"is_unique": True}),
        ]
    }


def changes(import_file: Import) -> list[list[str]]:
    return import_file.rows.get(line=2).details.get("changes", [])


def test_columns_called_as_a_field_fill_it(fields, import_text):
    done = import_text(HEADER + ROW)

    assert done.counts == {"create": 1}
    person = Candidate.objects.get()
    assert shown(person) == {
        "Notice": "3 months", "Shoe": "38.5", "Start": "3 Apr 2027", "Langs": "DE, EN", "ATS id": "A-1",
    }  # fmt: skip
    value = CandidateCustomValue.objects.get(field=fields["Notice"])
    assert (value.provenance_kind, value.provenance_label) == ("import", "people.csv")
    assert "3 months" in person.search_text


def test_what_does_not_fit_is_kept_in_the_note(fields, import_text):
    done = import_text(HEADER + "Anna Muster;anna@example.com;;soon;whenever;de, xx;\n")

    assert shown(Candidate.objects.get()) == {}
    assert done.rows.get().details["warnings"] == [
        "Shoe: “soon” is not a number: kept in the note",
        "Start: “whenever” is not a date, such as 2026-03-01: kept in the note",
        "Langs: “xx” is not among the choices: DE, EN, FR: kept in the note",
    ]
    assert Note.objects.get().body.endswith("Shoe: soon\nStart: whenever\nLangs: de, xx")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("keep", {"Notice": "1 week", "Langs": "FR"}),
        ("fill", {"Notice": "1 week", "Langs": "DE, EN, FR"}),
        ("overwrite", {"Notice": "1 week", "Langs": "FR"}),
        ("replace", {"Notice": "3 months", "Langs": "DE, EN"}),
    ],
)
def test_policies_hold_for_own_fields_and_what_was_typed_stays(
    policy, expected, fields, upload, check, run, recruiter
):
    anna = CandidateFactory(full_name="Anna Muster", emails=["anna@example.com"])
    service.set_values(anna, {"notice": "1 week", "langs": "FR"}, provenance=by_hand(recruiter))
    own = {"custom.notice": policy, "custom.langs": policy}

    run(check(upload("people.csv", HEADER + ROW), policies=own))

    held = shown(anna)
    assert {name: held.get(name) for name in expected} == expected
    assert held["Shoe"] == "38.5"


def test_the_check_says_what_changes_and_the_run_does_it(fields, upload, check, run, recruiter):
    anna = CandidateFactory(full_name="Anna Muster", emails=["anna@example.com"])
    first = run(
        check(upload("people.csv", "Name;E-Mail;Notice\nAnna Muster;anna@example.com;1 week\n"))
    )
    assert changes(first) == [["Notice", "", "1 week"]]

    second = check(upload("again.csv", HEADER + ROW), policy="overwrite")
    told = [["Notice", "1 week", "3 months"], ["Shoe", "", "38.5"], ["Start", "", "3 Apr 2027"],
            ["Langs", "", "DE, EN"], ["ATS id", "", "A-1"]]  # fmt: skip
    assert changes(second) == told

    assert changes(run(second)) == told
    assert shown(anna)["Notice"] == "3 months"


def test_a_unique_value_finds_its_owner_and_is_nobody_elses(fields, import_text):
    import_text(HEADER + ROW)
    done = import_text(
        HEADER
        + "Anna Muster-Neu;new@example.com;;;;;A-1\n"
        + "Bert Beil;bert@example.com;;;;;\n"
        + "Bert Beil;bert@example.com;;;;;B-1\n"
        + "Cy Clop;;;;;;b-1\n",
        name="again.csv",
    )

    rows = {row.line: row for row in done.rows.all()}
    assert rows[2].reason == "Found by the same ATS id"
    assert rows[5].reason == "Same person as line 3: same ATS id"
    assert Candidate.objects.count() == 2
    anna = Candidate.objects.get(emails__normalized="new@example.com")
    assert anna.full_name == "Anna Muster"


def test_a_value_of_somebody_else_is_kept_in_the_note(fields, import_text):
    import_text(HEADER + ROW)
    CandidateFactory(full_name="Bert Beil", emails=["bert@example.com"])

    done = import_text(HEADER + "Bert Beil;bert@example.com;;;;;A-1\n", name="again.csv")

    assert done.rows.get().details["warnings"] == [
        "ATS id: somebody else has “A-1”: kept in the note"
    ]
    assert CandidateCustomValue.objects.filter(field=fields["ATS id"]).count() == 1


def test_what_is_private_is_told_to_nobody(in_acme, owner, import_text):
    service.add_field(name="Rating", kind=Kind.NUMBER, by=owner, visible_to="admins")
    CandidateFactory(full_name="Anna Muster", emails=["anna@example.com"])

    done = import_text("Name;E-Mail;Rating\nAnna Muster;anna@example.com;7\n")
    again = import_text("Name;E-Mail;Rating\nAnna Muster;anna@example.com;ill\n", name="b.csv")

    assert changes(done) == [["Rating", "", "(not shown)"]]
    assert again.rows.get().details["warnings"] == ["Rating: “ill” is not a number: left out"]
    assert not Note.objects.exists()


def test_undo_takes_values_back(fields, upload, check, run, in_acme, recruiter):
    anna = CandidateFactory(full_name="Anna Muster", emails=["anna@example.com"])
    service.set_values(anna, {"notice": "1 week", "langs": "FR"}, provenance=by_hand(recruiter))
    second = upload("people.csv", HEADER + ROW)
    own = {"custom.notice": "replace", "custom.langs": "replace"}
    before = snapshot()

    done = run(check(second, policies=own))
    assert shown(anna)["Notice"] == "3 months"
    assert done.change_set is not None
    start_undo(done.change_set, by=recruiter)
    assert work_on_undo(in_acme, done.change_set.pk)

    after = snapshot()
    for label in ("candidates.CandidateCustomValue", "candidates.Candidate"):
        assert after[label] == before[label]


def test_a_column_becomes_a_new_field(acme, owner, as_user):
    client = as_user(owner)
    file = file_of(
        "Name;E-Mail;Notice;Langs\nAnna;anna@example.com;3 m;de, en\nBo;b@example.com;;fr\n"
    )
    client.post(f"{LIST}add/", {"file": file})
    with acting_in(acme):
        import_file = Import.objects.get()
    page = words_of(client.get(f"{LIST}{import_file.pk}/"))
    assert '<optgroup label="A new field “Notice”">' in page
    assert "ask " not in page
    assert '<option value="new.member">New: member</option>' in page
    assert "new.file" not in page
    assert "files are added on the record: a cell cannot hold one" in page

    body = {
        **CHOICES,
        "column_0": "full_name",
        "column_1": "email",
        "column_2": "new.text",
        "column_3": "new.multiple",
    }
    client.post(f"{LIST}{import_file.pk}/columns/", body)
    client.post(f"{LIST}{import_file.pk}/start/")

    with acting_in(acme):
        import_file.refresh_from_db()
        uploading.start(import_file, by=owner)
        assert running.work_on(acme, import_file.pk)
        langs = CustomField.objects.get(name="Langs")
        assert [option.name for option in langs.options.all()] == ["de", "en", "fr"]
        assert shown(Candidate.objects.get(full_name="Anna")) == {
            "Notice": "3 m",
            "Langs": "de, en",
        }
        assert import_file.mapping["2"] == "custom.notice"


def test_a_column_of_members_becomes_a_field_of_members(in_acme, owner, recruiter, upload, run):
    import_file = upload(
        "people.csv", "Name;Reviewer\nAnna;recruiter@acme.example\nBo;Somebody Else\n"
    )
    uploading.choose(import_file, mapping={0: "full_name", 1: "new.member"}, by=owner)
    assert running.work_on(in_acme, import_file.pk)

    run(import_file)

    assert CustomField.objects.get().kind == Kind.MEMBER
    assert shown(Candidate.objects.get(full_name="Anna")) == {"Reviewer": "Recruiter of Acme"}
    assert Note.objects.get().body.endswith("Reviewer: Somebody Else")


def test_only_admins_make_fields(acme, owner, recruiter, as_user):
    client = as_user(recruiter)
    client.post(f"{LIST}add/", {"file": file_of("Name;E-Mail;Notice\nAnna;anna@example.com;3 m\n")})
    with acting_in(acme):
        import_file = Import.objects.get()
    page = words_of(client.get(f"{LIST}{import_file.pk}/"))
    assert 'label="A new field' not in page
    assert "A column can also become a new field of your organization: ask Owner of Acme." in page

    body = {**CHOICES, "column_0": "full_name", "column_1": "email", "column_2": "new.text"}
    response = client.post(f"{LIST}{import_file.pk}/columns/", body)

    assert response.status_code == 422
    with acting_in(acme):
        assert not CustomField.objects.exists()


def test_a_field_that_cannot_be_is_said_on_the_page(fields, acme, owner, as_user):
    client = as_user(owner)
    client.post(f"{LIST}add/", {"file": file_of("Name;E-Mail;NOTICE\nAnna;anna@example.com;3 m\n")})
    with acting_in(acme):
        import_file = Import.objects.get()
    body = {**CHOICES, "column_0": "full_name", "column_1": "email", "column_2": "new.text"}

    response = client.post(f"{LIST}{import_file.pk}/columns/", body)

    assert response.status_code == 422
    assert "There is a field “NOTICE” already." in words_of(response)


def test_a_field_archived_meanwhile_leaves_its_cells_as_a_note(fields, upload, check, run, owner):
    checked = check(upload("people.csv", "Name;E-Mail;Notice\nAnna;anna@example.com;3 m\n"))
    service.archive_field(fields["Notice"], by=owner)

    run(checked)

    assert Note.objects.get().body.endswith("Notice: 3 m")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["38", "39,5"], Kind.NUMBER),
        (["2026-03-01", "3.4.2026"], Kind.DATE),
        (["https://x.example/a"], Kind.URL),
        (["yes", "no"], Kind.BOOLEAN),
        (["ja", "maybe"], Kind.TEXT),
        ([], Kind.TEXT),
    ],
)
def test_the_likely_kind_comes_from_the_values(values, kind):
    assert likely_kind(values) == kind


def test_required_fields_that_a_file_leaves_empty_are_told(
    fields, owner, recruiter, upload, check, run
):
    service.edit_field(fields["Notice"], by=owner, is_required=True)
    service.edit_field(fields["Shoe"], by=owner, is_required=True)
    checked = check(
        upload(
            "people.csv", "Name;E-Mail;Notice\nAnna;anna@example.com;3 months\nBo;bo@example.com;\n"
        )
    )

    client = Client()
    client.force_login(recruiter)
    page = words_of(client.get(f"{LIST}{checked.pk}/"))
    assert (
        "“Shoe” is required when people are added by hand, and no column of this file fills it."
        in page
    )
    assert "“Notice” is required" not in page

    done = run(checked)

    assert done.counts == {"create": 2}
    assert done.notices[-2:] == [
        "“Notice” is required, and 1 new person has none.",
        "“Shoe” is required, and 2 new people have none.",
    ]
