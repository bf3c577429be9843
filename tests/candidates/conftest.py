"""Counting queries, and pages without what higher apps add to them."""

from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from candidates import panels
from candidates.models import Candidate
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services.bulk import actions
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, SourceFactory, TalentPoolFactory


def seen(response: HttpResponse) -> str:
    """The words of an answer as a reader sees them: without markup, spaces as one."""
    return " ".join(unescape(strip_tags(response.text)).split())


def asking(text: str) -> PeopleQuery:
    """What the text asks for, for whoever reads it: a pool's rule."""
    return PeopleQuery(parse(text, searcher=ANY_READER))


FRAME = ("SAVEPOINT", "RELEASE", "SELECT set_config")


@pytest.fixture
def bare_panels(monkeypatch: pytest.MonkeyPatch) -> panels.Registry:
    """The candidates app on its own: no higher app shows anything."""
    registry = panels.Registry()
    monkeypatch.setattr(panels, "registry", registry)
    return registry


@pytest.fixture
def count_queries() -> Callable[[Client, str], int]:
    """How many statements a GET takes, session and membership included, transaction control not."""

    def count(client: Client, path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len([one for one in queries if not one["sql"].startswith(FRAME)])

    return count


@pytest.fixture
def ana(acme, recruiter) -> Candidate:
    with acting_in(acme):
        return CandidateFactory(
            full_name="Ana Silva",
            headline="Engineer",
            company="Initech",
            city="Lisbon",
            country="PT",
            salary_expectation="90k EUR",
            owner=recruiter,
            source=SourceFactory(name="Meetup"),
            emails=["ana@example.com"],
            phones=["+351 210 123 456"],
            links=["https://people.example/ana"],
            skills=["Go"],
            tags=["Berlin"],
            pools=[TalentPoolFactory(name="Silver")],
        )


@pytest.fixture
def path(ana: Candidate) -> str:
    return f"/acme/candidates/{ana.pk}/"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts on many people work two a batch."""
    for name, action in list(actions._actions.items()):
        monkeypatch.setitem(actions._actions, name, replace(action, batch=2))


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """From three people on an act is one on many."""
    monkeypatch.setattr("candidates.services.bulk.running.SMALL", 2)
    for module in (
        "candidates.views.lists",
        "candidates.views.snoozes",
        "campaigns.views.enrolling",
    ):
        monkeypatch.setattr(f"{module}.SMALL", 2)
