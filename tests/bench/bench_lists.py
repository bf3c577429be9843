"""The candidate list of the largest organization: under row-level security, deep, and as a whole page."""

import time
from collections.abc import Mapping
from typing import Protocol

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client, RequestFactory
from django.utils.crypto import get_random_string

from candidates.models import Candidate
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.pagination import keyset_page
from tests.bench.measuring import Result, medians, ratio
from tests.bench.servers import PLAIN, Database

DEEP = 1000
NEWEST = (
    "SELECT * FROM candidates_candidate WHERE organization_id = %s::bigint"
    " ORDER BY created_at DESC, id DESC LIMIT 51"
)


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    with acting_in(organization):
        cursor = ""
        for _ in range(min(DEEP, Candidate.objects.count() // 50 - 1)):
            people = Candidate.objects.only("id", "created_at")
            cursor = keyset_page(people, cursor=cursor).next_cursor
    with acting_in(organization), transaction.atomic(using=PLAIN):
        sql = medians(
            {
                "plain": lambda: _newest(connections[PLAIN], organization.pk),
                "walled": lambda: _newest(connection, organization.pk),
            },
            rounds=300,
        )
    pages = medians(
        {"first": lambda: _page(organization, ""), "deep": lambda: _page(organization, cursor)},
        rounds=100,
    )
    settings.ORGANIZATION_URLCONF = "tests.bench.urls"
    get = server(User.objects.get(email=f"owner-{organization.pk}@example.com"))
    whole = medians(
        {
            "bare": lambda: get(f"/{organization.slug}/bare/"),
            "whole": lambda: get(f"/{organization.slug}/candidates/"),
        },
        rounds=100,
        clock=time.process_time,
    )
    return [
        ratio("lists", "SQL of page 1 under RLS / without", sql["walled"], sql["plain"], "<= 1.3"),
        ratio("lists", "keyset page deep / page 1", pages["deep"], pages["first"], "<= 2"),
        ratio("lists", "CPU: page / same as JSON", whole["whole"], whole["bare"], "<= 4"),
    ]


def _newest(database: BaseDatabaseWrapper, organization_id: int) -> None:
    """The same statement through the same client; only the role differs."""
    with database.cursor() as cursor:
        cursor.execute(NEWEST, [organization_id])
        cursor.fetchall()


def _page(organization: Organization, cursor: str) -> None:
    with acting_in(organization):
        keyset_page(Candidate.objects.all(), cursor=cursor)


class Ask(Protocol):
    """Asks the application for a page; with a form, htmx posts it."""

    def __call__(self, path: str, form: Mapping[str, object] | None = None) -> bytes: ...


def server(user: User) -> Ask:
    """The application as its web server calls it, with the cookies of a signed-in member."""
    client = Client()
    client.force_login(user)
    token = get_random_string(CSRF_SECRET_LENGTH)
    client.cookies[settings.CSRF_COOKIE_NAME] = token
    requests = RequestFactory()
    requests.cookies = client.cookies
    application = WSGIHandler()

    def ask(path: str, form: Mapping[str, object] | None = None) -> bytes:
        statuses: list[str] = []
        request = (
            requests.get(path)
            if form is None
            else requests.post(path, form, headers={"HX-Request": "true", "X-CSRFToken": token})
        )
        response = application(request.environ, lambda status, headers: statuses.append(status))
        body = b"".join(response)
        response.close()
        assert statuses == ["200 OK"], statuses
        return body

    return ask
