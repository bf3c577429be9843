"""The shell renders for every role, and the error pages render without an organization."""

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.shortcuts import render
from django.test import RequestFactory

from crm.tenancy.scope import acting_in


def test_base_renders(acme, owner):
    request = RequestFactory().get("/acme/")
    request.user = owner
    request.session = SessionStore()
    request._messages = FallbackStorage(request)
    request.membership = owner.memberships.get()
    messages.success(request, "Saved.")
    with acting_in(acme):
        html = render(request, "base.html").content.decode()
    print(html)
    assert "Saved." in html


@pytest.mark.parametrize("t", ["400", "403", "404", "409", "500", "403_csrf"])
def test_err(t, acme, owner):
    request = RequestFactory().get("/acme/")
    request.user = AnonymousUser()
    request.session = SessionStore()
    request._messages = FallbackStorage(request)
    html = render(request, f"{t}.html").content.decode()
