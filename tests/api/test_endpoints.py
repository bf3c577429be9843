"""What each address answers, page by page, in how many statements, and how often."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import RedisError

from candidates.models import Candidate, CustomField
from candidates.queries.search import Searcher, parse
from candidates.queries.search.tree import conditions_of
from candidates.services.custom_fields import set_values
from candidates.services.custom_fields.definitions import add_field
from candidates.services.provenance import by_hand
from crm.api import throttling
from crm.audit.models import AuditEntry
from crm.tenancy.models import ApiToken
from crm.tenancy.scope import acting_in
from crm.web import pagination
from pipelines.models import Candidacy, JobMember
from pipelines.services import candidacies, jobs
from tests.api.conftest import ask, secret_of
from tests.factories import (
    CandidateFactory,
    NoteFactory,
    PoolMembershipFactory,
    SourceFactory,
    TalentPoolFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def rich(acme, owner, recruiter):
    """Somebody of whom everything is known, part of it to some alone."""
    with acting_in(acme):
        amara = CandidateFactory(
            full_name="Amara Okafor",
            city="Lisbon",
            country="PT",
            salary_expectation="90k",
            source=SourceFactory(name="Job board"),
            owner=recruiter,
            emails=["amara@example.com"],
            phones=["+351 911 111 111"],
            links=["https://example.com/amara"],
            tags=["fair"],
            skills=["Go", "Python"],
            pools=[TalentPoolFactory(name="Bench")],
        )
        NoteFactory(candidate=amara, author=recruiter, body="Likes boats", is_private=False)
        NoteFactory(candidate=amara, author=recruiter, body="Wants to leave", is_private=True)
        for name, seen_by in (("Notice", "readers"), ("Grade", "admins")):
            add_field(name=name, kind=CustomField.Kind.TEXT, visible_to=seen_by, by=owner)
        values = {"notice": "3 months", "grade": "excellent"}
        set_values(amara, values, provenance=by_hand(owner), by=owner)
        for title, is_confidential in (("Engineer", False), ("Spy", True)):
            job = jobs.create_job(by=owner, title=title, is_confidential=is_confidential)
            candidacies.add_to_job(job, [amara.pk], by=owner)
        return amara


def people(count: int) -> list[int]:
    return [CandidateFactory(full_name=f"Person {number}").pk for number in range(count)]


def record(user, candidate) -> dict:
    answer = ask(secret_of(user), f"candidates/{candidate.pk}")
    assert answer.status_code == 200
    return answer.json()


def test_record_of_an_owner(owner, recruiter, rich):
    told = record(owner, rich)

    assert told["full_name"] == "Amara Okafor"
    assert (told["city"], told["country"], told["headline"]) == ("Lisbon", "PT", "Engineer")
    assert told["owner"] == {"id": recruiter.pk, "name": str(recruiter)}
    assert told["source"] == "Job board"
    assert told["salary_expectation"] == "90k"
    assert [one["address"] for one in told["emails"]] == ["amara@example.com"]
    assert [one["number"] for one in told["phones"]] == ["+351 911 111 111"]
    assert told["links"] == ["https://example.com/amara"]
    assert told["skills"] == ["Go", "Python"]
    assert [one["name"] for one in told["tags"]] == ["fair"]
    assert [one["name"] for one in told["pools"]] == ["Bench"]
    assert {one["key"]: one["values"] for one in told["fields"]} == {
        "notice": ["3 months"],
        "grade": ["excellent"],
    }
    assert [one["body"] for one in told["notes"]] == ["Likes boats"]
    assert {one["job"]["name"] for one in told["candidacies"]} == {"Engineer", "Spy"}
    assert told["url"].endswith(f"/acme/candidates/{rich.pk}/")


@pytest.mark.parametrize("name", ["recruiter", "sourcer", "viewer"])
def test_what_a_role_does_not_read_is_absent(request, name, rich):
    told = record(request.getfixturevalue(name), rich)

    assert [one["key"] for one in told["fields"]] == ["notice"]
    assert [one["job"]["name"] for one in told["candidacies"]] == ["Engineer"]
    own = ["Wants to leave", "Likes boats"] if name == "recruiter" else ["Likes boats"]
    assert [one["body"] for one in told["notes"]] == own
    assert "excellent" not in str(told)
    assert "Spy" not in str(told)


def test_hiring_manager_reads_what_the_shared_record_shows(acme, manager, rich):
    secret = secret_of(manager)
    assert ask(secret, f"candidates/{rich.pk}").status_code == 404
    with acting_in(acme):
        card = Candidacy.objects.get(job__title="Spy")
        JobMember.objects.create(job=card.job, user=manager)
        card.shortlisted_at = timezone.now()
        card.save(update_fields=["shortlisted_at"])

    told = ask(secret, f"candidates/{rich.pk}").json()

    assert set(told) == {
        *("id", "full_name", "headline", "company", "city", "country", "url"),
        *("skills", "links", "candidacies"),
    }
    assert [one["job"]["name"] for one in told["candidacies"]] == ["Spy"]


def test_a_look_is_on_record_with_its_token(acme, viewer, rich):
    record(viewer, rich)

    with acting_in(acme):
        entry = AuditEntry.objects.get(action="candidate.viewed")
        assert entry.actor == viewer
        assert entry.object_id == rich.pk
        assert entry.details == {"token": ApiToken.objects.get().pk}


@pytest.mark.parametrize("sort", ["", "touched", "untouched", "warmest"])
def test_paging_gives_everybody_once(acme, viewer, sort):
    with acting_in(acme):
        ids = people(7)
        # Several at the same place of the order.
        Candidate.objects.filter(pk__in=ids[2:6]).update(created_at=timezone.now(), heat=3)
    secret = secret_of(viewer)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    whole = [one["id"] for one in ask(secret, "candidates", {"sort": sort}).json()["candidates"]]

    got, sizes = [], []
    path = f"/acme/api/v1/candidates?sort={sort}&limit=3"
    while path:
        answer = client.get(path).json()
        sizes.append(len(answer["candidates"]))
        got += [one["id"] for one in answer["candidates"]]
        after = urlsplit(answer["next"] or "")
        path = f"{after.path}?{after.query}" if answer["next"] else ""

    assert sizes == [3, 3, 1]
    assert got == whole
    assert sorted(got) == sorted(ids)


def test_count_is_capped_as_on_the_page(acme, viewer, monkeypatch):
    monkeypatch.setattr(pagination, "COUNT_LIMIT", 2)
    with acting_in(acme):
        people(3)

    answer = ask(secret_of(viewer), "candidates/count").json()

    assert answer == {"count": 2, "is_capped": True, "text": "2+"}


@pytest.mark.parametrize(
    ("path", "asked", "parameter", "words"),
    [
        ("candidates", {"limit": "101"}, "limit", "less than or equal to 100"),
        ("candidates", {"limit": "x"}, "limit", "integer"),
        ("candidates", {"q": ["python", "java"]}, "q", "“q” is given 2 times: give it once."),
        ("pools", {"q": "x" * 201}, "q", "at most 200 characters"),
        ("candidates", {"sort": "name"}, "sort", "'touched'"),
        ("candidates", {"cursor": "x"}, "cursor", "Take it from “next”"),
        ("candidates", {"query": "x"}, "query", "There is no parameter “query” here."),
        ("candidates/count", {"limit": "5"}, "limit", "There is no parameter “limit” here."),
        ("pools", {"q": "budget:5"}, "q", "There is no field “budget” here"),
        ("pools", {"cursor": "x"}, "cursor", "Take it from “next”"),
        ("search-fields", {"q": "x"}, "q", "There is no parameter “q” here."),
    ],
)
def test_what_is_wrong_is_said(viewer, path, asked, parameter, words):
    answer = ask(secret_of(viewer), path, asked)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter
    assert words in error["sentence"]
    assert words in answer.json()["detail"]


def test_pools(acme, viewer):
    with acting_in(acme):
        for name in ("Bench", "Alumni", "Closed"):
            pool = TalentPoolFactory(
                name=name, archived_at=timezone.now() if name == "Closed" else None
            )
        PoolMembershipFactory(pool=TalentPoolFactory(name="Doctors"))
    secret = secret_of(viewer)

    first = ask(secret, "pools", {"limit": "2"}).json()
    after = urlsplit(first["next"])
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    last = client.get(f"{after.path}?{after.query}").json()

    assert [one["name"] for one in first["pools"]] == ["Alumni", "Bench"]
    assert [(one["name"], one["people"]) for one in last["pools"]] == [("Doctors", 1)]
    assert last["next"] is None
    assert pool.name == "Closed"


def test_search_fields_say_how_each_comparison_is_written(acme, owner, viewer):
    with acting_in(acme):
        add_field(name="Grade", kind=CustomField.Kind.DATE, visible_to="admins", by=owner)
    fields = {
        user: {one["key"]: one for one in ask(secret_of(user), "search-fields").json()["fields"]}
        for user in (owner, viewer)
    }

    assert set(fields[owner]) - set(fields[viewer]) == {"field.grade"}
    told = fields[owner]
    assert told["status"]["operators"][0] == {
        "operator": "any",
        "label": "is",
        "example": "status:New",
    }
    with acting_in(acme):
        searcher = Searcher(owner.memberships.get())
        for key, one in told.items():
            for way in one["operators"]:
                if "name of a" in way["example"]:
                    # The organization's own names go there.
                    continue
                (condition,) = conditions_of(parse(way["example"], searcher=searcher))
                assert (condition.field, condition.operator) == (key, way["operator"])


@pytest.mark.parametrize(
    ("path", "statements"),
    [("candidates", 9), ("candidates/count", 8), ("pools", 9), ("search-fields", 8)],
)
def test_statements_do_not_grow(acme, viewer, path, statements):
    secret = secret_of(viewer)
    ask(secret, path)
    for _ in range(2):
        with acting_in(acme):
            pool = TalentPoolFactory()
            for _ in range(2):
                CandidateFactory(tags=["fair"], skills=["Go"], pools=[pool], owner=viewer)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert ask(secret, path).status_code == 200
        assert len(queries) == statements, [one["sql"][:150] for one in queries]


def test_statements_of_a_record_do_not_grow(acme, owner, rich):
    secret = secret_of(owner)
    path = f"candidates/{rich.pk}"
    counts = []
    for number in range(2):
        ask(secret, path)
        with CaptureQueriesContext(connection) as queries:
            ask(secret, path)
        counts.append(len(queries))
        with acting_in(acme):
            NoteFactory(candidate=rich, author=owner)
            PoolMembershipFactory(pool=TalentPoolFactory(), candidate=rich)
            job = jobs.create_job(by=owner, title=f"Another {number}")
            candidacies.add_to_job(job, [rich.pk], by=owner)

    assert counts == [20, 20], [one["sql"][:150] for one in queries]


def test_use_is_noted_once_a_minute(acme, viewer, time_machine):
    secret = secret_of(viewer)
    start = timezone.now()
    noted = []
    for seconds in (0, 30, 61):
        time_machine.move_to(start + timedelta(seconds=seconds), tick=False)
        ask(secret, "search-fields")
        with acting_in(acme):
            noted.append(ApiToken.objects.get().last_used_at - start)

    assert noted == [timedelta(0), timedelta(0), timedelta(seconds=61)]


def test_a_token_that_asks_too_often_waits(viewer, sourcer, monkeypatch, time_machine):
    monkeypatch.setattr(throttling, "PER_MINUTE", 3)
    time_machine.move_to("2026-03-30T10:00:15Z", tick=False)
    secret, other = secret_of(viewer), secret_of(sourcer)
    assert [ask(secret, "search-fields").status_code for _ in range(3)] == [200] * 3

    refused = ask(secret, "candidates")

    assert refused.status_code == 429
    assert refused["Retry-After"] == "45"
    assert refused.json()["detail"] == "This token asked too often. Ask again in 45 seconds."
    assert ask(other, "candidates").status_code == 200
    time_machine.move_to("2026-03-30T10:01:00Z", tick=False)
    assert ask(secret, "candidates").status_code == 200


def test_without_the_cache_all_are_answered(viewer, monkeypatch):
    def broken(*args, **options):
        raise RedisError

    monkeypatch.setattr(throttling, "PER_MINUTE", 0)
    assert ask(secret_of(viewer), "candidates").status_code == 429
    monkeypatch.setattr(cache, "add", broken)

    assert ask(secret_of(viewer, name="Other"), "candidates").status_code == 200


def test_document_names_every_address(viewer):
    told = ask(secret_of(viewer), "openapi.json").json()

    assert set(told["paths"]) == {
        "/candidates",
        "/candidates/count",
        "/candidates/{candidate_id}",
        "/pools",
        "/search-fields",
    }
    assert told["servers"] == [{"url": "http://testserver/acme/api/v1"}]
    limit = next(
        one for one in told["paths"]["/candidates"]["get"]["parameters"] if one["name"] == "limit"
    )
    assert limit["schema"]["maximum"] == 100
