"""The pages on which a record's rows, wishes, fields and notes are changed, and their undo."""

import re

import pytest

from candidates.models import Candidate, CandidateCustomValue, ChangeSet, Note, WorkExperience
from candidates.services import custom_fields
from candidates.services.notes import add_note
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory


@pytest.fixture
def ana(acme) -> Candidate:
    with acting_in(acme):
        return CandidateFactory(
            full_name="Ana Silva",
            emails=["ana@example.com", "silva@work.example"],
            phones=["+351 210 123 456"],
            skills=["Go"],
        )


@pytest.fixture
def path(ana) -> str:
    return f"/acme/candidates/{ana.pk}/"


def undo_of(acme) -> str:
    with acting_in(acme):
        return f"edits/{ChangeSet.objects.latest('pk').pk}/undo/"


def test_an_address_is_added_changed_removed_and_brought_back(ana, path, acme, recruiter, as_user):
    client = as_user(recruiter)

    client.post(
        f"{path}rows/email/add/",
        {"address": "new@example.com", "use": "private", "state": "unknown"},
    )
    with acting_in(acme):
        row = ana.emails.get(address="new@example.com")
    client.post(
        f"/acme/candidates/rows/email/{row.pk}/",
        {"address": "new@example.com", "use": "work", "state": "valid"},
    )
    client.post(f"/acme/candidates/rows/email/{row.pk}/first/")
    with acting_in(acme):
        row.refresh_from_db()
        assert (row.use, row.state, row.is_primary) == ("work", "valid", True)

    client.post(f"/acme/candidates/rows/email/{row.pk}/remove/")
    with acting_in(acme):
        assert not ana.emails.filter(pk=row.pk).exists()

    client.post(path + undo_of(acme))
    with acting_in(acme):
        row.refresh_from_db()
        assert (row.use, row.state, row.is_primary) == ("work", "valid", True)


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("email", {"address": "nonsense", "state": "unknown"}, "Enter a valid email address."),
        ("email", {"address": "ben@example.com", "state": "unknown"}, "belongs to Ben already"),
        ("email", {"address": "ANA@example.com", "state": "unknown"}, "on the record already"),
        ("phone", {"number": ""}, "This field is required."),
        ("link", {"url": "javascript:alert(1)"}, "This is not a web address."),
        ("experience", {"title": "X", "start_year": "2020", "end_year": "2019"}, "before the beginning"),
        ("experience", {"title": "X", "end_year": "2019", "is_current": "on"}, "leave the end empty"),
        ("experience", {"title": "X", "start_year": "1066"}, "greater than or equal to 1930"),
        ("education", {"school": "X", "start_year": "2020", "end_year": "2019"}, "before the beginning"),
        ("language", {"name": "", "level": "b2"}, "This field is required."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field(
    ana, path, acme, recruiter, as_user, kind, data, sentence
):
    with acting_in(acme):
        CandidateFactory(full_name="Ben", emails=["ben@example.com"])

    response = as_user(recruiter).post(f"{path}rows/{kind}/add/", data)

    assert response.status_code == 422
    assert sentence in seen(response)
    with acting_in(acme):
        assert not ChangeSet.objects.exists()


def test_a_wrong_form_is_drawn_again_inside_its_dialog(ana, path, client, recruiter):
    client.force_login(recruiter)

    sheet = client.get(f"{path}rows/email/add/", headers={"HX-Request": "true"})
    wrong = client.post(f"{path}rows/email/add/", {"address": "x"}, headers={"HX-Request": "true"})

    assert "<dialog" in sheet.text
    assert "<dialog" not in wrong.text
    assert (wrong["HX-Retarget"], wrong["HX-Reswap"]) == ("#row-form", "outerHTML")


def test_unknown_kinds_of_rows_are_not_found(ana, path, client, recruiter, acme):
    client.force_login(recruiter)
    with acting_in(acme):
        phone, skill = ana.phones.get(), ana.candidate_skills.get()

    for address in [
        f"{path}rows/shoes/add/",
        f"{path}rows/skill/add/",
        f"/acme/candidates/rows/email/{phone.pk + 1000}/",
    ]:
        assert client.get(address).status_code == 404
    assert client.post(f"/acme/candidates/rows/phone/{phone.pk}/confirm/").status_code == 404
    assert client.post(f"/acme/candidates/rows/skill/{skill.pk}/first/").status_code == 404


def test_history_stands_on_the_background_page(ana, path, acme, recruiter, as_user):
    client = as_user(recruiter)

    client.post(
        f"{path}rows/experience/add/",
        {
            "title": "Lead",
            "company": "Tidewater",
            "start_month": "3",
            "start_year": "2021",
            "is_current": "on",
            "evidence": "declared",
        },
    )
    client.post(
        f"{path}rows/education/add/",
        {"school": "Porto", "degree": "MSc", "field": "Physics", "end_year": "2012"},
    )
    text = seen(client.get(f"{path}background/"))

    for shown in (
        "Lead",
        "Tidewater",
        "Mar 2021 to now",
        "Said by the person",
        "Porto",
        "MSc, Physics",
    ):
        assert shown in text, shown

    with acting_in(acme):
        row = WorkExperience.objects.get()
    client.post(f"/acme/candidates/rows/experience/{row.pk}/confirm/")
    assert "Confirmed by us" in seen(client.get(f"{path}background/"))


def test_background_takes_the_same_queries_for_any_career(
    ana, path, acme, recruiter, client, bare_panels, count_queries
):
    client.force_login(recruiter)
    with acting_in(acme):
        WorkExperience.objects.create(candidate=ana, title="One")
    one = count_queries(client, f"{path}background/")
    with acting_in(acme):
        for title in ("Two", "Three"):
            WorkExperience.objects.create(candidate=ana, title=title, verified_by=recruiter)

    # As the record without its timeline, note readers and the choice of them; positions and schools.
    assert (one, count_queries(client, f"{path}background/")) == (20, 20)


def test_wishes_and_languages_are_shown_as_data(ana, path, acme, recruiter, as_user):
    client = as_user(recruiter)

    client.post(
        f"{path}preferences/",
        {
            "wanted_role": "Staff engineer", "wanted_place": "Lisbon", "remote": "hybrid", "pay_min": "90000",
            "pay_max": "110000", "pay_currency": "eur", "pay_period": "year", "notice": "3 months",
            "time_zone": "Europe/Lisbon",
        },
    )  # fmt: skip
    client.post(f"{path}rows/language/add/", {"name": "Portuguese", "level": "native"})
    text = seen(client.get(path))

    for shown in (
        "Staff engineer", "Hybrid", "90,000 to 110,000 EUR a year", "notice 3 months", "Europe/Lisbon",
        "Portuguese Native",
    ):  # fmt: skip
        assert shown in text, shown


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"pay_min": "2", "pay_max": "1"}, "less than the other end"),
        ({"pay_currency": "euro"}, "at most 3 characters"),
        ({"pay_currency": "E1R"}, "Three letters"),
        ({"time_zone": "Moon/Sea"}, "Not a time zone"),
    ],
)
def test_wishes_are_checked(ana, path, recruiter, as_user, data, sentence):
    response = as_user(recruiter).post(f"{path}preferences/", {"pay_period": "year", **data})

    assert response.status_code == 422
    assert sentence in seen(response)


def test_custom_fields_are_filled_shown_and_taken_back(ana, path, acme, owner, recruiter, as_user):
    with acting_in(acme):
        custom_fields.add_field(name="Notice", kind="text", by=owner)
        custom_fields.add_field(
            name="Clearance", kind="multiple", options=["Basic", "Top"], by=owner
        )
        custom_fields.add_field(name="Secret", kind="text", visible_to="admins", by=owner)
    client = as_user(recruiter)

    client.post(
        f"{path}fields/", {"custom_notice": "3 months", "custom_clearance": ["Basic", "Top"]}
    )
    text = seen(client.get(path))

    assert "3 months" in text
    assert "Basic, Top" in text
    assert "Secret" not in text
    client.post(path + undo_of(acme))
    with acting_in(acme):
        assert not CandidateCustomValue.objects.exists()


def test_one_field_is_changed_in_place_and_others_stay(ana, path, acme, owner, recruiter, as_user):
    with acting_in(acme):
        for name in ("Notice", "Hobby"):
            custom_fields.add_field(name=name, kind="text", by=owner)
    client = as_user(recruiter)
    client.post(f"{path}fields/", {"custom_notice": "3 months", "custom_hobby": "Chess"})

    sheet = client.get(f"{path}fields/?field=notice")
    client.post(f"{path}fields/?field=notice", {"custom_notice": "1 month"})

    assert "custom_hobby" not in sheet.text
    text = seen(client.get(path))
    assert "1 month" in text
    assert "Chess" in text


@pytest.mark.parametrize(
    ("kind", "typed", "text"),
    [
        ("number", "1.234", "1.234"),
        ("number", "1,234", "1,234"),
        ("money", "65.000 €", "65,000 EUR"),
        ("money", "1.2340 KWD", "1.234 KWD"),
    ],
)
def test_a_number_is_kept_as_it_is_shown_and_saved_again_stays_the_same(
    ana, path, acme, owner, recruiter, as_user, kind, typed, text
):
    with acting_in(acme):
        custom_fields.add_field(name="My field", kind=kind, by=owner)
    client = as_user(recruiter)

    client.post(f"{path}fields/", {"custom_my_field": typed})
    with acting_in(acme):
        before = CandidateCustomValue.objects.get()
        assert before.shown == text
    page = client.get(f"{path}fields/").text
    offered = re.findall(r'<input[^>]*name="custom_my_field"[^>]*', page)
    assert len(offered) == 1
    value = re.findall(r' value="([^"]*)"', offered[0])
    client.post(f"{path}fields/", {"custom_my_field": value[0]})

    assert text in seen(client.get(path))
    with acting_in(acme):
        after = CandidateCustomValue.objects.get()
        assert (after.number, after.currency) == (before.number, before.currency)


@pytest.mark.parametrize(
    ("kind", "given", "sentence"),
    [
        ("number", "a lot", "“a lot” is not a number."),
        ("money", "much", "is not an amount"),
        ("date", "someday", "is not a date"),
        ("url", "ftp://x", "is not a web address"),
        ("single", "Red", "Select a valid choice"),
        ("member", "999999", "Select a valid choice"),
    ],
)
def test_fields_are_checked_as_their_kind(
    ana, path, acme, owner, recruiter, as_user, kind, given, sentence
):
    with acting_in(acme):
        options = ["Blue"] if kind == "single" else []
        custom_fields.add_field(name="My field", kind=kind, options=options, by=owner)

    response = as_user(recruiter).post(f"{path}fields/", {"custom_my_field": given})

    assert response.status_code == 422
    assert sentence in seen(response)


def test_required_and_unique_fields_on_the_add_form(acme, owner, recruiter, as_user):
    with acting_in(acme):
        custom_fields.add_field(
            name="Badge", kind="text", is_unique=True, is_required=True, by=owner
        )
    client = as_user(recruiter)
    person = {"full_name": "Ben", "status": "new", "lawful_basis": "consent"}

    missing = client.post("/acme/candidates/add/", person)
    client.post("/acme/candidates/add/", {**person, "custom_badge": "A-1"})
    again = client.post(
        "/acme/candidates/add/", {**person, "full_name": "Cem", "custom_badge": "a-1"}
    )

    assert missing.status_code == 422
    assert again.status_code == 422
    assert "Somebody else has this value already" in seen(again)
    with acting_in(acme):
        assert list(Candidate.objects.values_list("full_name", flat=True)) == ["Ben"]


def test_fields_are_configured_by_admins(acme, owner, recruiter, as_user):
    client = as_user(owner)

    client.post(
        "/acme/settings/fields/add/",
        {
            "subject": "candidate",
            "name": "Color",
            "kind": "single",
            "options": "Blue\nGreen",
            "visible_to": "readers",
        },
    )
    client.post(
        "/acme/settings/fields/add/",
        {"subject": "candidate", "name": "Notice", "kind": "text", "visible_to": "recruiters"},
    )
    wrong = client.post(
        "/acme/settings/fields/add/",
        {"subject": "candidate", "name": "color", "kind": "text", "visible_to": "readers"},
    )
    page = seen(client.get("/acme/settings/fields/"))

    assert wrong.status_code == 422
    assert "There is a field “color” already." in seen(wrong)
    assert page.index("One of several choices · color") < page.index("Text · notice")
    assert as_user(recruiter).get("/acme/settings/fields/").status_code == 403


def test_notes_are_shared_edited_and_deleted_in_place(
    ana, path, acme, recruiter, sourcer, viewer, as_user
):
    client = as_user(recruiter)

    client.post(f"{path}note/", {"body": "Between us", "seen_by": "some", "readers": [sourcer.pk]})
    nobody = client.post(f"{path}note/", {"body": "For whom?", "seen_by": "some"})
    with acting_in(acme):
        note = Note.objects.get()
    client.post(
        f"/acme/candidates/notes/{note.pk}/",
        {"body": "Between us two", "seen_by": "some", "readers": [sourcer.pk]},
    )

    assert nobody.status_code == 422
    assert "Choose at least one colleague." in seen(nobody)
    assert "Between us two" in seen(as_user(sourcer).get(path))
    assert "Seen by you and Recruiter of Acme" in seen(as_user(sourcer).get(path))
    assert "Between us" not in seen(as_user(viewer).get(path))
    assert as_user(sourcer).get(f"/acme/candidates/notes/{note.pk}/").status_code == 409
    assert as_user(sourcer).post(f"/acme/candidates/notes/{note.pk}/delete/").status_code == 409

    client.post(f"/acme/candidates/notes/{note.pk}/delete/")
    assert "Between us" not in seen(client.get(path))
    client.post(path + undo_of(acme))
    assert "Between us two" in seen(client.get(path))


def test_undo_of_another_is_refused(ana, path, acme, recruiter, sourcer, as_user):
    with acting_in(acme):
        phone = ana.phones.get()
    as_user(recruiter).post(f"/acme/candidates/rows/phone/{phone.pk}/remove/")

    assert as_user(sourcer).post(path + undo_of(acme)).status_code == 409
    with acting_in(acme):
        assert not ana.phones.exists()


def test_mentions_are_set_off_and_nothing_else_is_markup(
    ana, path, acme, recruiter, sourcer, as_user
):
    with acting_in(acme):
        add_note(ana, body="@Sourcer of Acme <b>look</b>", by=recruiter)

    text = as_user(recruiter).get(path).text

    assert "<b>@Sourcer of Acme</b> &lt;b&gt;look&lt;/b&gt;" in text
