"""The forms by which a person is added and edited."""

import pytest

from candidates.models import Candidate, Suppression
from candidates.services.suppressing import suppress
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import (
    CandidateFactory,
    SkillFactory,
    SourceFactory,
    TagFactory,
)

NEW = {"full_name": "  Ana   Silva ", "status": "new", "lawful_basis": "consent"}


def test_add_keeps_what_is_typed(acme, recruiter, as_user):
    with acting_in(acme):
        SourceFactory(name="Meetup")
        TagFactory(name="Berlin")
        SkillFactory(name="Go")
    response = as_user(recruiter).post(
        "/acme/candidates/add/",
        {
            **NEW,
            "emails": "ana@example.com\n\nAna.Work@example.com",
            "phones": "210 123 456",
            "country": "PT",
            "links": "linkedin.com/in/ana",
            "skills": "go, Rust,",
            "tags": "BERLIN",
            "source": "meetup",
            "owner": recruiter.pk,
        },
        follow=True,
    )

    assert response.status_code == 200
    with acting_in(acme):
        ana = Candidate.objects.get()
        assert (ana.full_name, ana.owner, ana.source.name) == ("Ana Silva", recruiter, "Meetup")
        assert [row.address for row in ana.emails.order_by("pk")] == [
            "ana@example.com",
            "Ana.Work@example.com",
        ]
        assert ana.phones.get().normalized == "+351210123456"
        assert ana.links.get().url == "https://linkedin.com/in/ana"
        assert {row.skill.name for row in ana.candidate_skills.all()} == {"Go", "Rust"}
        assert ana.candidate_tags.get().tag.name == "Berlin"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"full_name": ""}, "This field is required."),
        ({"emails": "ana"}, "“ana” is not an e-mail address."),
        ({"emails": "ANA@example.com"}, "ana@example.com belongs to"),
        ({"links": "not a link"}, "“not a link” is not a web address."),
        ({"links": "javascript:alert(1)"}, "is not a web address."),
        ({"phones": "1" * 61}, "is too long."),
        ({"tags": ",".join(map(str, range(51)))}, "At most 50, please."),
        ({"status": "famous"}, "famous is not one of the available choices"),
        ({"country": "XX"}, "XX is not one of the available choices"),
    ],
)
def test_add_refuses_what_is_wrong(ana, recruiter, as_user, wrong, sentence):
    data = {**NEW, "full_name": "Somebody Else", **wrong}
    response = as_user(recruiter).post("/acme/candidates/add/", data)

    assert response.status_code == 422
    assert sentence in seen(response)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"full_name": "ana silva"}, "Same name"),
        ({"full_name": "A. S.", "phones": "+351-210-123-456"}, "Same phone number"),
        ({"full_name": "A. S.", "links": "http://people.example/ana/"}, "Same profile link"),
    ],
)
def test_add_warns_of_a_likely_duplicate_and_then_obeys(
    ana, acme, recruiter, as_user, data, reason
):
    client = as_user(recruiter)

    warned = client.post("/acme/candidates/add/", {**NEW, **data})

    assert warned.status_code == 422
    assert f"Ana Silva, Initech: {reason}" in seen(warned)
    assert f'href="/acme/candidates/{ana.pk}/"' in warned.text

    client.post("/acme/candidates/add/", {**NEW, **data, "anyway": "1"})

    with acting_in(acme):
        assert Candidate.objects.count() == 2


def test_add_warns_of_somebody_who_asked_to_be_forgotten(acme, recruiter, as_user):
    with acting_in(acme):
        suppress("email", "gone@example.com", reason=Suppression.Reason.ERASED)

    response = as_user(recruiter).post(
        "/acme/candidates/add/", {**NEW, "emails": "gone@example.com"}
    )

    assert response.status_code == 422
    assert "asked to be forgotten" in seen(response)


def test_edit_shows_and_saves(ana, path, acme, recruiter, client):
    client.force_login(recruiter)
    form = client.get(f"{path}edit/").context["form"]
    data = {name: form[name].value() or "" for name in form.fields}

    client.post(f"{path}edit/", {**data, "company": "Hooli", "emails": data["emails"]})

    with acting_in(acme):
        ana.refresh_from_db()
        assert (ana.company, ana.source.name) == ("Hooli", "Meetup")
        assert (
            ana.search_text
            == "ana silva\nhooli\nengineer\nlisbon\nana@example.com\n+351210123456\ngo"
        )
        assert ana.touchpoints.get().summary == "Changed company"


def test_edit_refuses_an_address_of_somebody_else_and_changes_nothing(
    ana, path, acme, recruiter, as_user
):
    with acting_in(acme):
        CandidateFactory(full_name="Bo Ek", emails=["bo@example.com"])

    response = as_user(recruiter).post(
        f"{path}edit/", {**NEW, "full_name": "Changed", "emails": "bo@example.com"}
    )

    assert response.status_code == 422
    assert "bo@example.com belongs to Bo Ek already." in seen(response)
    assert "Edit Changed" not in response.text
    with acting_in(acme):
        ana.refresh_from_db()
        assert ana.full_name == "Ana Silva"
