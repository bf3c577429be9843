"""A part for htmx, the page for everyone else; never a part that a cache or the history shows as a page."""

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from crm.web.responses import (
    fragment_or_page,
    fragment_or_redirect,
    redirect_for,
    safe_next,
    wants_fragment,
)

PLAIN: dict[str, str] = {}
HTMX = {"HX-Request": "true"}
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true"}
RESTORED = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
PART = "409.html#message"


def ask(headers: dict[str, str], path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path, headers=headers)
    request.htmx = HtmxDetails(request)
    return request


@pytest.mark.parametrize(
    ("headers", "expected"), [(PLAIN, False), (HTMX, True), (BOOSTED, False), (RESTORED, False)]
)
def test_wants_fragment(headers, expected):
    assert wants_fragment(ask(headers)) is expected


def test_fragment_is_the_part_alone():
    response = fragment_or_page(ask(HTMX), PART, {"message": "Taken <already>."}, status=422)

    assert response.content == b"Taken &lt;already&gt;."
    assert response.status_code == 422


@pytest.mark.parametrize("headers", [PLAIN, BOOSTED, RESTORED])
def test_page_is_whole(headers):
    response = fragment_or_page(ask(headers), PART, {"message": "Taken."})

    assert response.content.lstrip().startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("headers", [PLAIN, HTMX])
def test_answer_varies_with_who_asks(headers):
    response = fragment_or_page(ask(headers), PART, {"message": "Taken."})

    assert "HX-Request" in response["Vary"]


def test_template_without_a_part_is_a_page_for_htmx_too():
    response = fragment_or_page(ask(HTMX), "409.html", {"message": "Taken."})

    assert b"<!DOCTYPE html>" in response.content


def test_fragment_or_redirect_sends_a_page_on():
    response = fragment_or_redirect(ask(PLAIN), PART, {}, to="/next/")

    assert (response.status_code, response["Location"]) == (302, "/next/")


def test_fragment_or_redirect_gives_htmx_the_part():
    response = fragment_or_redirect(ask(HTMX), PART, {"message": "Moved."}, to="/next/")

    assert response.content == b"Moved."


def test_redirect_for_htmx_is_a_header():
    response = redirect_for(ask(HTMX), "/next/")

    assert (response.status_code, response["HX-Redirect"]) == (200, "/next/")


def test_redirect_for_a_page_is_a_redirect():
    response = redirect_for(ask(PLAIN), "/next/")

    assert (response.status_code, response["Location"]) == (302, "/next/")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/acme/", "/acme/"),
        ("http://testserver/acme/", "http://testserver/acme/"),
        ("https://evil.example/", "/home/"),
        ("//evil.example/", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("", "/home/"),
        ("-1", "/home/"),
        ("candidates:list", "/home/"),
        ("😀", "/home/"),
    ],
)
def test_safe_next_stays_on_the_host(target, expected):
    request = RequestFactory().get("/", {"next": target})

    assert safe_next(request, "/home/") == expected
