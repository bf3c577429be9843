"""The shell for each role, and the error pages."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.shortcuts import render
from django.template.loader import get_template
from django.test import Client, RequestFactory

from crm.tenancy.scope import acting_in
from crm.web import navigation
from crm.web.toasts import notify


def request_of(user, path: str = "/acme/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    request.session = SessionStore()
    request._messages = FallbackStorage(request)
    if user.is_authenticated:
        request.membership = user.memberships.get()
    return request


def places(user, acme) -> list[str]:
    request = request_of(user)
    with acting_in(acme):
        html = render(request, "includes/side.html").content.decode()
    return [place.label for place in navigation.PLACES if f"<span>{place.label}</span>" in html]


@pytest.fixture
def everything_exists(monkeypatch):
    """Every place has an address, whatever apps are there."""
    monkeypatch.setattr(navigation, "reverse", lambda name: f"/acme/{name}/")


@pytest.mark.usefixtures("everything_exists")
def test_side_bar_of_an_admin_ends_with_settings(acme, owner):
    assert places(owner, acme) == [place.label for place in navigation.PLACES]


@pytest.mark.usefixtures("everything_exists")
def test_side_bar_of_a_recruiter_has_no_settings(acme, recruiter):
    assert places(recruiter, acme) == [place.label for place in navigation.PLACES][:-1]


@pytest.mark.usefixtures("everything_exists")
def test_side_bar_of_a_hiring_manager_has_jobs_only(acme, manager):
    assert places(manager, acme) == ["Home", "Jobs", "Interviews"]


def test_links_leave_out_what_does_not_exist(monkeypatch):
    monkeypatch.setattr(
        navigation, "PLACES", (navigation.Place("nowhere", "Nowhere", "x", "n", needs=""),)
    )

    assert navigation.links("/", {}) == []


def test_links_mark_the_longest_match(monkeypatch):
    addresses = {"a:list": "/acme/", "b:list": "/acme/people/", "c:list": "/acme/people/pools/"}
    monkeypatch.setattr(navigation, "reverse", addresses.__getitem__)
    monkeypatch.setattr(
        navigation,
        "PLACES",
        tuple(navigation.Place(view, view, "x", "x", needs="") for view in addresses),
    )

    found = navigation.links("/acme/people/pools/7/", {})

    assert [link.url for link in found if link.current] == ["/acme/people/pools/"]


def test_message_is_a_toast_with_undo(acme, owner):
    request = request_of(owner)
    notify(request, "Moved <here>.", undo="/acme/undo/7/")

    with acting_in(acme):
        html = render(request, "base.html").content.decode()

    assert "<span>Moved &lt;here&gt;.</span>" in html
    assert 'action="/acme/undo/7/"' in html


def test_theme_comes_from_the_cookie_and_nothing_else_does(client: Client):
    client.cookies["theme"] = "dark"
    dark = client.get("/styleguide/").content.decode()
    client.cookies["theme"] = '"><script>'
    odd = client.get("/styleguide/").content.decode()

    assert '<html lang="en" data-theme="dark"' in dark
    assert '<html lang="en" data-theme="auto"' in odd


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "409"])
def test_error_page_asks_the_database_nothing(name, db, django_assert_num_queries):
    request = request_of(AnonymousUser())

    with django_assert_num_queries(0):
        html = render(request, f"{name}.html", {"message": "No."}).content.decode()

    assert f'<p class="error-code">{name[:3]}</p>' in html


def test_error_500_needs_no_context():
    html = get_template("500.html").render()

    assert "Something broke on our side" in html


def test_styleguide_is_closed_outside_the_local_mode(client, settings):
    settings.DEMO_MAILBOX = False

    assert client.get("/styleguide/").status_code == 404


def test_styleguide_is_open_to_operators(client, settings, owner):
    settings.DEMO_MAILBOX = False
    owner.is_staff = True
    owner.save()
    client.force_login(owner)

    assert client.get("/styleguide/").status_code == 200
