"""One query finds the same people, in the same order, on the page, in the count, in the export and in the API.

For each kind of member: what somebody may not see they find by no way, and each way says the same about it.
"""

import csv
from io import StringIO

import pytest
from django.test import Client

from candidates.models import Candidate, CustomField, Export
from candidates.services.custom_fields import set_values
from candidates.services.custom_fields.definitions import add_field
from candidates.services.exporting import running
from candidates.services.provenance import by_hand
from crm.tenancy.roles import RECRUITERS, Role
from crm.tenancy.scope import acting_in
from pipelines.services import candidacies, jobs
from tests.api.conftest import ask, secret_of
from tests.candidates.conftest import seen
from tests.factories import (
    CandidateFactory,
    MembershipFactory,
    NoteFactory,
    TagFactory,
    TalentPoolFactory,
)

pytestmark = pytest.mark.django_db

READING = [Role.OWNER, Role.ADMIN, Role.RECRUITER, Role.SOURCER, Role.VIEWER]
EVERYBODY = {}
QUERIES = {
    "everybody": EVERYBODY,
    "words": {"q": "engineer"},
    "words and prefixes": {"q": 'engineer -skill:python OR title:"head of sales"'},
    "groups": {"q": "NOT (company:initech tag:fair) (skill:python OR skill:go)"},
    "both texts": {"q": "engineer", "where": "skill:python,go"},
    "a tag": {"q": "tag:fair", "sort": "touched"},
    "quick filters": {"tag": "TAG", "status": "new"},
    "one's own": {"owner": "me"},
    "nobody's": {"owner": "none", "sort": "untouched"},
    "days": {"where": "added:90d -contacted:1y", "sort": "warmest"},
    "a pool": {"pool": "POOL"},
    "a confidential job": {"q": "job:Spy"},
    "not on a confidential job": {"q": "-job:Spy"},
    "somebody's stage": {"q": "stage:Sourced"},
    "considered": {"q": "considered:no"},
    "a private field": {"q": "field.grade:excellent"},
    "not in a private field": {"q": "-field.grade:excellent"},
    "a private note": {"q": "note:zebra"},
    "words of a private note": {"q": "zebra"},
    "no such field": {"q": "engineer compny:initech"},
    "cut off": {"where": "(engineer OR"},
    "a tag that is gone": {"tag": "987654"},
}


@pytest.fixture
def cast(acme):
    """Members of each role, by role."""
    return {role: MembershipFactory(organization=acme, role=role).user for role in Role}


@pytest.fixture
def people(acme, cast):
    """Six people; of two of them something is known that not everybody may know."""
    recruiter, owner = cast[Role.RECRUITER], cast[Role.OWNER]
    with acting_in(acme):
        tag, pool = TagFactory(name="fair"), TalentPoolFactory(name="Bench")
        ana = CandidateFactory(full_name="Ana Okafor", tags=["fair"], skills=["Go"], pools=[pool])
        bo = CandidateFactory(full_name="Bo Ek", skills=["Python"], owner=recruiter)
        cy = CandidateFactory(full_name="Cy Lund", headline="Head of Sales", company="Hooli")
        CandidateFactory(full_name="Di Moss", tags=["fair"], status="hired", owner=owner)
        CandidateFactory(full_name="Ed Nour", headline="Nurse", skills=["Go", "Python"])
        NoteFactory(candidate=bo, author=recruiter, body="zebra crossing", is_private=True)
        add_field(
            name="Grade",
            kind=CustomField.Kind.SINGLE,
            options=["Excellent", "Fair"],
            visible_to=CustomField.Visibility.ADMINS,
            by=owner,
        )
        set_values(cy, {"grade": "Excellent"}, provenance=by_hand(owner), by=owner)
        for title, is_confidential in (("Open", False), ("Spy", True)):
            job = jobs.create_job(by=owner, title=title, is_confidential=is_confidential)
            candidacies.add_to_job(job, [ana.pk if is_confidential else bo.pk], by=owner)
    return {"TAG": str(tag.pk), "POOL": str(pool.pk)}


def on_page(user, asked) -> tuple[list[int], str, list[str]]:
    """Whom the list shows, how many it says that there are, and what it says is wrong."""
    client = Client()
    client.force_login(user)
    response = client.get("/acme/candidates/", {**asked, "counted": "1"})
    assert response.status_code == 200
    assert not response.context["loosened"]
    said = [error.sentence for error in response.context["errors"]]
    said += [one for one in response.context["problems"] if one in seen(response)]
    page = response.context["page"]
    return [row.pk for row in page.rows], str(response.context["count"]), said


def in_export(user, asked) -> list[int] | None:
    """Whom the file holds; None where it is refused because the search is wrong."""
    client = Client()
    client.force_login(user)
    organization = user.memberships.get().organization
    response = client.post("/acme/candidates/exports/people/", asked)
    if response.status_code == 409:
        return None
    assert response.status_code == 302
    with acting_in(organization):
        export = Export.objects.latest("pk")
    running.work_on(organization, export.pk)
    with acting_in(organization):
        export.refresh_from_db()
        with export.file.open() as file:
            content = file.read().decode("utf-8-sig")
    return [int(row[0]) for row in list(csv.reader(StringIO(content, newline="")))[1:]]


@pytest.mark.parametrize("role", READING)
def test_every_way_finds_the_same(acme, cast, people, role):
    user = cast[role]
    secret = secret_of(user)
    found = {}
    for name, asked in QUERIES.items():
        asked = {key: people.get(value, value) for key, value in asked.items()}
        rows, count, said = on_page(user, asked)
        unsorted = {key: value for key, value in asked.items() if key != "sort"}
        listed, counted = (
            ask(secret, "candidates", asked),
            ask(secret, "candidates/count", unsorted),
        )
        if said:
            assert rows == [], name
            for answer in (listed, counted):
                assert answer.status_code == 422, name
                assert [one["sentence"] for one in answer.json()["errors"]] == said, name
        else:
            assert [one["id"] for one in listed.json()["candidates"]] == rows, name
            assert listed.json()["next"] is None
            assert counted.json()["text"] == count == str(len(rows)), name
            assert counted.json()["count"] == len(rows)
        if role in RECRUITERS:
            assert in_export(user, asked) == (None if said else rows), name
        found[name] = None if said else rows
    knows = Candidate.objects
    with acting_in(acme):
        called = {name: pk for pk, name in knows.values_list("pk", "full_name")}
    by_admin = role in {Role.OWNER, Role.ADMIN}
    assert len(found["everybody"]) == 5
    assert found["a confidential job"] == ([called["Ana Okafor"]] if by_admin else None)
    assert found["a private field"] == ([called["Cy Lund"]] if by_admin else None)
    is_author = role == Role.RECRUITER
    assert found["a private note"] == ([called["Bo Ek"]] if is_author else [])
    assert found["one's own"] == {
        Role.OWNER: [called["Di Moss"]],
        Role.RECRUITER: [called["Bo Ek"]],
    }.get(role, [])
    for wrong in ("no such field", "cut off", "a tag that is gone"):
        assert found[wrong] is None
    assert found["words"]


def test_hiring_manager_has_no_list_by_any_way(cast, people):
    manager = cast[Role.HIRING_MANAGER]
    client, secret = Client(), secret_of(manager)
    client.force_login(manager)

    assert client.get("/acme/candidates/").status_code == 403
    assert client.post("/acme/candidates/exports/people/").status_code == 403
    for path in ("candidates", "candidates/count", "pools", "search-fields"):
        assert ask(secret, path).status_code == 403


def test_an_error_tells_its_place(cast, people):
    answer = ask(secret_of(cast[Role.VIEWER]), "candidates", {"q": "ana compny:x"})

    assert answer.status_code == 422
    sentence = "There is no field “compny”. Did you mean “company”? To search for the words, put them in quotes."
    assert answer.json() == {
        "detail": sentence,
        "errors": [
            {
                "parameter": "q",
                "sentence": sentence,
                "at": 4,
                "length": 6,
                "before": "ana ",
                "place": "compny",
                "after": ":x",
            }
        ],
    }
