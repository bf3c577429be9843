"""Headers on every answer, sign-in by default, refusals as 409, messages as toasts."""

import json

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError
from django.test import Client

from tests.factories import MembershipFactory

PAGES = ["/accounts/login/", "/styleguide/", "/styleguide/board/"]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def htmx() -> Client:
    return Client(headers=HTMX)


@pytest.mark.parametrize("path", PAGES)
def test_policy_allows_only_our_own_files(client, db, path):
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in client.get(path)["Content-Security-Policy"].split(";")
        if directive.strip()
    )

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in " ".join(policy.values())


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_neither_kept_nor_framed(client, db, path):
    response = client.get(path)

    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_page_needs_sign_in(client, db):
    response = client.get("/accounts/profile/")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/accounts/profile/"


def test_part_of_a_page_sends_the_whole_page_to_sign_in(htmx, db):
    response = htmx.get("/accounts/profile/")

    assert response.status_code == 200
    assert response["HX-Redirect"] == "/accounts/login/?next=/accounts/profile/"
    assert response.content == b""


def move(client: Client, stage: str):
    return client.post("/styleguide/move/", {"card": "1", "stage": stage, "version": "1"})


def test_refusal_is_a_page(client, db):
    response = move(client, "offer")

    assert response.status_code == 409
    assert b"<h1>This was not done</h1>" in response.content
    assert b"An offer needs an approval first." in response.content


def test_refusal_is_a_sentence_for_htmx(htmx, db):
    response = move(htmx, "offer")

    assert response.status_code == 409
    assert response.content == b"An offer needs an approval first. Ask the owner of the job."


def test_message_is_a_toast_for_htmx_and_shown_once(htmx, client, db):
    response = move(htmx, "screen")
    client.cookies = htmx.cookies
    after = client.get("/styleguide/")

    assert json.loads(response["HX-Trigger"])["toast"]["toasts"] == [
        {"text": "Moved to Phone screen.", "kind": "success", "undo_url": "/styleguide/undo/"}
    ]
    assert b"Moved to Phone screen." not in after.content


def test_message_waits_for_the_page_after_a_redirect(client, db):
    response = move(client, "screen")
    after = client.get(response["Location"])

    assert "HX-Trigger" not in response
    assert b"Moved to Phone screen." in after.content


def test_expired_form_is_explained(db):
    client = Client(enforce_csrf_checks=True)

    response = move(client, "screen")

    assert response.status_code == 403
    assert b"This page was open for too long" in response.content


def test_unknown_organization_is_the_plain_404(client, db):
    client.force_login(MembershipFactory().user)

    response = client.get("/no-such-place/")

    assert response.status_code == 404
    assert b"There is no such page here" in response.content


@pytest.mark.parametrize("path", ["/%00/", "/ac%00me/candidates/", "/acme;/", "/ácme/"])
def test_what_can_be_no_organization_is_looked_up_nowhere(client, db, path):
    client.force_login(MembershipFactory().user)

    assert client.get(path).status_code == 404


# The database is away


@pytest.fixture
def failing(monkeypatch):
    """Let whoever asks for a session be answered with an error."""

    def arm(error: Exception, cause: Exception | None = None) -> Client:
        def ensure(*_, **__):
            raise error from cause

        monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", ensure)
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
        return client

    return arm


@pytest.mark.parametrize(
    ("error", "cause", "status"),
    [
        (OperationalError("gone"), psycopg.OperationalError("no code: the connection broke"), 503),
        (OperationalError("gone"), psycopg.errors.AdminShutdown(), 503),
        (OperationalError("gone"), psycopg.errors.CannotConnectNow(), 503),
        (InterfaceError("the connection is closed"), None, 503),
        (OperationalError("met"), psycopg.errors.DeadlockDetected(), 409),
        (IntegrityError("gone"), psycopg.errors.ForeignKeyViolation(), 409),
        (IntegrityError("bug"), psycopg.errors.NotNullViolation(), 500),
        (ValueError("bug"), None, 500),
    ],
)
def test_a_database_that_is_away_is_no_bug(failing, caplog, error, cause, status):
    response = failing(error, cause).get("/accounts/profile/")

    assert response.status_code == status
    assert ("Back in a moment" in response.text) is (status == 503)
    assert ("Somebody else changed the same" in response.text) is (status == 409)
    assert response.headers.get("Retry-After") == ("5" if status == 503 else None)
    assert ("database_away" in caplog.text) is (status == 503)
