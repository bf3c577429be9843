"""What a row of a file becomes: somebody new, an update by the policies, or nobody, because they must not come back."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateTag,
    EmailAddress,
    Origin,
    PoolMembership,
    Source,
    TalentPool,
    Touchpoint,
)
from candidates.services import suppressing
from candidates.services.candidates import create_candidate, edit_candidate
from candidates.services.contacts import log_contact, remove_contact
from candidates.services.editing import undo_edit
from candidates.services.merging.merging import merge_people
from candidates.services.provenance import Provenance
from tests.candidates.imports.conftest import HEADER
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


def test_a_row_becomes_a_person_with_all_of_it(import_text, recruiter, time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 9, tzinfo=UTC), tick=False)
    pool = TalentPool.objects.create(name="Spring")
    done = import_text(
        HEADER + "BRUN, GRÉGOIRE;G.Brun@Example.com;0151 34703805;Acme;Köln;Deutschland;"
        "Go/SQL;Messe;gestern;Calls back;43\n",
        source="LinkedIn",
        owner=recruiter,
        pool=pool,
        tag="Fair 2026",
        lawful_basis="consent",
    )

    person = Candidate.objects.get()
    assert person.full_name == "Grégoire Brun"
    assert (person.company, person.city, person.country) == ("Acme", "Köln", "DE")
    assert (person.owner, person.created_by, person.lawful_basis) == (
        recruiter,
        recruiter,
        "consent",
    )
    assert person.source.name == "Messe"
    assert person.last_contacted_at == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert (
        person.search_text
        == "gregoire brun\nacme\nkoln\ng.brun@example.com\n+4915134703805\ngo\nsql"
    )
    email = person.emails.get()
    assert (
        email.address,
        email.normalized,
        email.is_primary,
        email.state,
        email.provenance_label,
    ) == (
        "G.Brun@Example.com",
        "g.brun@example.com",
        True,
        "unknown",
        "people.csv",
    )
    assert list(person.phones.values_list("number", "normalized")) == [
        ("0151 34703805", "+4915134703805")
    ]
    assert sorted(person.candidate_skills.values_list("skill__name", flat=True)) == ["Go", "SQL"]
    assert list(person.candidate_tags.values_list("tag__name", flat=True)) == ["Fair 2026"]
    assert list(person.pool_memberships.values_list("pool", "reason")) == [
        (pool.pk, "Import: people.csv")
    ]
    assert list(person.notes.order_by("pk").values_list("body", "author")) == [
        ("Calls back", recruiter.pk),
        ("From the import:\nSchuhgröße: 43", recruiter.pk),
    ]
    entries = person.touchpoints.order_by("pk").values_list("kind", "summary", "link")
    assert ("imported", "Imported from people.csv", f"candidates/imports/{done.pk}/") in entries
    assert sorted(kind for kind, _, _ in entries) == ["imported", "note", "note", "pool", "tag"]
    assert person.touchpoints.filter(note__isnull=False).count() == 2


def test_the_source_of_the_import_is_for_rows_without_one(import_text):
    Source.objects.create(name="LinkedIn")

    import_text(
        "Name;E-Mail;Quelle\nAnna A;a@example.com;linkedin\nBert B;b@example.com;\n",
        source="Fair",
    )

    assert set(Candidate.objects.values_list("full_name", "source__name")) == {
        ("Anna A", "LinkedIn"),
        ("Bert B", "Fair"),
    }
    assert Source.objects.count() == 2


@pytest.fixture
def anna(in_acme, recruiter) -> Candidate:
    return create_candidate(
        by=recruiter,
        full_name="Anna Muster",
        company="Old Ltd",
        emails=["anna@example.com"],
        skills=["Go"],
    )


ANNA = "Name;E-Mail;Firma;Ort;Skills\nAnna Muster;ANNA@example.com; New Ltd;Bonn;Go, SQL\n"


def test_filling_keeps_what_is_there_and_loses_nothing(import_text, anna):
    done = import_text(ANNA, policy="fill")

    anna.refresh_from_db()
    assert done.counts == {"update": 1}
    assert (anna.company, anna.city) == ("Old Ltd", "Bonn")
    assert sorted(anna.candidate_skills.values_list("skill__name", flat=True)) == ["Go", "SQL"]
    assert anna.notes.get().body == "From the import:\nCompany: New Ltd"
    row = done.rows.get()
    assert (row.state, row.candidate, row.reason) == (
        "updated",
        anna,
        "Found by the same e-mail address",
    )
    assert row.details["changes"] == [
        ["City", "", "Bonn"],
        ["Skills", "", "SQL"],
        ["Note", "", "From the import:\nCompany: New Ltd"],
    ]
    assert anna.touchpoints.filter(summary="From people.csv: city, note, skills").exists()


@pytest.fixture
def imported_anna(anna):
    """Anna, whose company came from a file and whose name a person has set."""
    entry = Provenance(Origin.IMPORT, timezone.now(), label="older.csv").as_json()
    anna.provenance = {"company": entry}
    anna.save()
    return anna


def test_overwriting_takes_the_file(import_text, imported_anna):
    done = import_text(ANNA, policy="overwrite")

    anna = imported_anna
    anna.refresh_from_db()
    assert (anna.company, anna.city) == ("New Ltd", "Bonn")
    assert not anna.notes.exists()
    assert done.rows.get().details["changes"][0] == ["Company", "Old Ltd", "New Ltd"]
    assert anna.search_text == "anna muster\nnew ltd\nbonn\nanna@example.com\ngo\nsql"
    assert {anna.provenance[name]["label"] for name in ("company", "city")} == {"people.csv"}


def test_what_a_person_typed_is_not_overwritten_but_proposed(import_text, anna, recruiter):
    edit_candidate(anna, by=recruiter, company="Typed Ltd")

    done = import_text(ANNA, policy="overwrite")

    anna.refresh_from_db()
    assert (anna.company, anna.city) == ("Typed Ltd", "Bonn")
    row = done.rows.get()
    assert (row.outcome, row.details["proposed"]) == (
        "update", [["Company", "Typed Ltd", "New Ltd"]],
    )  # fmt: skip
    proposal = anna.proposals.get()
    assert (proposal.field, proposal.value, proposal.provenance_label) == (
        "company", "New Ltd", "people.csv",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policies", "company", "city", "skills"),
    [
        ({"company": "replace"}, "New Ltd", "Bonn", 2),
        ({"company": "overwrite"}, "Typed Ltd", "Bonn", 2),
        ({"company": "keep", "city": "keep", "skills": "keep"}, "Typed Ltd", "", 1),
        ({}, "Typed Ltd", "Bonn", 2),
    ],
)
def test_each_column_has_its_own_policy(
    policies, company, city, skills, import_text, anna, recruiter
):
    edit_candidate(anna, by=recruiter, company="Typed Ltd")

    import_text(ANNA, policies=policies)

    anna.refresh_from_db()
    assert (anna.company, anna.city) == (company, city)
    assert anna.candidate_skills.count() == skills
    if policies.get("company") == "keep":
        assert not anna.notes.exists()


def test_skipping_changes_nothing_at_all(import_text, anna, recruiter):
    pool = TalentPool.objects.create(name="Spring")
    before = anna.updated_at

    done = import_text(ANNA + "Anna Muster;anna@example.com;;Ulm;\n", policy="skip", pool=pool)

    anna.refresh_from_db()
    assert done.counts == {"duplicate": 2}
    assert anna.updated_at == before
    assert not PoolMembership.objects.exists()
    assert [row.reason for row in done.rows.order_by("line")] == [
        "Already here: left as it is (same e-mail address)",
        "Same person as line 2: same e-mail address",
    ]


def test_somebody_known_in_full_still_joins_pool_and_tag(import_text, anna):
    pool = TalentPool.objects.create(name="Spring")

    done = import_text("Name;E-Mail\nAnna Muster;anna@example.com\n", pool=pool, tag="Fair")

    assert done.counts == {"duplicate": 1}
    assert PoolMembership.objects.get().candidate == anna
    assert CandidateTag.objects.get().candidate == anna


def test_people_are_found_by_number_and_by_profile(import_text, in_acme, recruiter):
    create_candidate(by=recruiter, full_name="Anna Muster", phones=["+49 151 34703805"])
    create_candidate(
        by=recruiter, full_name="Bert Beispiel", links=["https://linkedin.com/in/bert"]
    )

    done = import_text(
        "Name;Tel;LinkedIn;Ort;Land\n"
        "Muster, Anna;0151 34703805;;Bonn;DE\n"
        "Peter Muster;0151 34703805;;Bonn;DE\n"
        "B. Beispiel;;https://de.linkedin.com/in/Bert/?trk=x;Ulm;\n"
    )

    assert [row.reason for row in done.rows.order_by("line")] == [
        "Found by the same phone number",
        "",
        "Found by the same profile link",
    ]
    assert done.counts == {"update": 2, "create": 1}


def test_an_address_of_somebody_else_stays_theirs(import_text, anna, in_acme, recruiter):
    bert = create_candidate(by=recruiter, full_name="Bert Beispiel", emails=["bert@example.com"])

    done = import_text("Name;E-Mail\nBert Beispiel;bert@example.com, anna@example.com\n")

    assert list(bert.emails.values_list("normalized", flat=True)) == ["bert@example.com"]
    assert bert.notes.get().body == "From the import:\nE-mail address: anna@example.com"
    assert done.rows.get().details["warnings"] == [
        "anna@example.com belongs to somebody else: kept in the note"
    ]


def test_a_shared_mailbox_makes_no_two_people_one(import_text):
    done = import_text(
        "Name;E-Mail\nAnna Muster;info@example.com\nPeter Beispiel;info@example.com\n"
    )

    assert done.counts == {"create": 2}
    assert EmailAddress.objects.get().candidate.full_name == "Anna Muster"


def test_a_contact_that_a_file_told_of_outlives_a_call_logged_by_mistake(import_text, recruiter):
    import_text("Name;E-Mail;Last contact\nAnna Muster;anna@example.com;2025-11-03\n")
    anna = Candidate.objects.get()
    told = datetime(2025, 11, 3, 12, tzinfo=UTC)
    wrong = log_contact(anna, kind="call", summary="Wrong person", by=recruiter)

    change_set = remove_contact(wrong, by=recruiter)
    anna.refresh_from_db()
    assert anna.last_contacted_at == told

    undo_edit(change_set, by=recruiter)
    anna.refresh_from_db()
    assert anna.last_contacted_at == wrong.at

    twin = CandidateFactory(full_name="A. Muster")
    merge_people(twin, [anna.pk], by=recruiter)
    remove_contact(Touchpoint.objects.get(summary="Wrong person"), by=recruiter)
    twin.refresh_from_db()
    assert twin.last_contacted_at == told


def test_a_contact_that_a_file_told_of_somebody_known_outlives_it_too(import_text, anna, recruiter):
    import_text("Name;E-Mail;Last contact\nAnna Muster;anna@example.com;2025-06-01\n")
    wrong = log_contact(anna, kind="call", summary="Wrong person", by=recruiter)

    remove_contact(wrong, by=recruiter)

    anna.refresh_from_db()
    assert anna.last_contacted_at == datetime(2025, 6, 1, 12, tzinfo=UTC)


def test_last_contact_only_moves_forward(import_text, anna):
    Candidate.objects.filter(pk=anna.pk).update(last_contacted_at=datetime(2025, 5, 1, tzinfo=UTC))

    import_text("Name;E-Mail;Last contact\nAnna Muster;anna@example.com;2025-04-01\n")
    anna.refresh_from_db()
    assert anna.last_contacted_at == datetime(2025, 5, 1, tzinfo=UTC)

    import_text("Name;E-Mail;Last contact\nAnna Muster;anna@example.com;2025-06-01\n")
    anna.refresh_from_db()
    assert anna.last_contacted_at == datetime(2025, 6, 1, 12, tzinfo=UTC)


# Who must not come back


@pytest.mark.parametrize(
    "row",
    [
        "Anna;ANNA@example.com;;",
        "Anna;anna+again@example.com;;",
        "Anna;x@example.com;0049 151 347 038 05;",
        "Anna;y@example.com;;https://de.linkedin.com/in/Anna/?utm_source=x",
    ],
)
def test_the_erased_are_refused_and_their_row_is_not_kept(import_text, in_acme, row):
    suppressing.suppress("email", "anna@example.com", reason=suppressing.Reason.ERASED)
    suppressing.suppress("phone", "+49 151 34703805", reason=suppressing.Reason.ERASED)
    suppressing.suppress("profile", "linkedin.com/in/anna", reason=suppressing.Reason.ERASED)

    done = import_text(f"Name;E-Mail;Tel;LinkedIn\n{row}\nBert;bert@example.com;;\n")

    assert done.counts == {"blocked": 1, "create": 1}
    blocked = done.rows.get(line=2)
    assert (blocked.state, blocked.candidate, blocked.cells) == ("failed", None, [])
    assert blocked.reason == "Refused: this person must not be stored again"
    assert "anna" not in str(blocked.details).lower()
    assert Candidate.objects.get().full_name == "Bert"


def test_the_unsubscribed_are_imported_with_a_warning(import_text, in_acme):
    suppressing.suppress("email", "anna@example.com", reason=suppressing.Reason.UNSUBSCRIBED)

    done = import_text("Name;E-Mail\nAnna;anna@example.com\n")

    assert done.rows.get().details["warnings"] == ["Must not be written to: unsubscribed"]
    assert done.counts == {"create": 1}


def warnings_of(done) -> list[list[str]]:
    return [row.details.get("warnings", []) for row in done.rows.order_by("line")]


def test_several_people_in_one_cell_stay_one_and_deserve_a_look(import_text):
    done = import_text(
        "Name;E-Mail\n"
        "Carl Eins, Dora Zwei, Emil Drei;carl@example.com, dora@example.com\n"
        "Fritz Vier / Gina Fünf / Hans Sechs;\n"
        "Müller, Anna;\n"
    )

    assert warnings_of(done) == [
        ["The name seems to be several people: Carl Eins, Dora Zwei, Emil Drei"],
        ["The name seems to be several people: Fritz Vier, Gina Fünf, Hans Sechs"],
        [],
    ]
    carl, fritz, anna = Candidate.objects.order_by("pk")
    assert carl.full_name == "Carl Eins, Dora Zwei, Emil Drei"
    assert fritz.full_name == "Fritz Vier / Gina Fünf / Hans Sechs"
    assert anna.full_name == "Anna Müller"
    assert carl.emails.count() == 2
    assert carl.notes.get().body.endswith("Name: Carl Eins, Dora Zwei, Emil Drei")


def test_two_first_names_deserve_a_look(import_text):
    done = import_text("Vorname;Nachname;E-Mail\nAnna & Tom;Muster;am@example.com\n")

    assert Candidate.objects.get().full_name == "Anna & Tom Muster"
    assert warnings_of(done) == [["The name seems to be several people: Anna & Tom Muster"]]


def test_what_a_name_loses_is_said(import_text):
    done = import_text('Name\nAda 🚀\n"O\'Neil ""The Man"""\n')

    ada, oneil = Candidate.objects.order_by("full_name")
    assert (ada.full_name, oneil.full_name) == ("Ada", 'O\'Neil "The Man"')
    assert warnings_of(done) == [["“Ada 🚀” is stored as “Ada”"], []]
    assert ada.notes.get().body.endswith("Name: Ada 🚀")
    assert not oneil.notes.exists()


def test_rows_with_only_a_name_are_one_person_and_deserve_a_look(import_text):
    content = "Name;E-Mail;Firma\nNur Name;;\nNur Name;;\nBo Ek;;Acme\nBo Ek;;Acme\n"
    done = import_text(content)

    alone = "same name, and nothing else to tell them apart"
    assert [row.reason for row in done.rows.order_by("line")] == [
        "",
        f"Same person as line 2: {alone}",
        "",
        "Same person as line 4: same name, company and city",
    ]
    assert warnings_of(done) == [
        [],
        ["Only the name is the same as on line 2: they may be two people"],
        [],
        [],
    ]
    again = import_text(content, name="again.csv")
    assert again.rows.get(line=2).reason == f"Already here: the file says nothing new ({alone})"
    assert warnings_of(again)[0] == [
        "Only the name is the same as of somebody here: they may be two people"
    ]
    assert Candidate.objects.count() == 2
