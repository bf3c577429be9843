"""A walk over every address outside of organizations: who gets in, and that somebody really does (T2, T16, T18).

An address without a rule in `site_table.py` fails the build. So does a rule under which nobody reaches the page.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from crm.accounts.models import User
from crm.runtime.models import Heartbeat, MailboxMessage
from crm.tenancy.models import Invitation, Membership, hash_token
from tests.access.site_table import (
    ANYBODY,
    EXEMPT,
    MEMBER,
    OPERATOR,
    SITE,
    TOKEN,
    Scene,
    Site,
    sign_in,
)
from tests.access.test_urls import walk
from tests.access.world import World
from tests.accounts.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_fast_hashing")]

MAIL = (
    b"From: Robin <robin@acme.example>\r\nReply-To: acme+token@reply.localhost\r\nTo: amara@example.com\r\nSubject: Hello\r\n"
    b"Message-ID: <1@acme.example>\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>"
)
ADDRESSES = {
    name: route for name, route, _ in walk(get_resolver(settings.ROOT_URLCONF).url_patterns)
}
ALL = [pytest.param(name, SITE[name], id=name) for name in sorted(SITE)]
EACH_METHOD = [
    pytest.param(name, rule, method, id=f"{name}-{method}")
    for name, rule in sorted(SITE.items())
    for method in rule.methods
]


@pytest.fixture
def _fast_hashing(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def scene(here: World) -> Scene:
    member = here.member
    member.set_password(PASSWORD)
    member.save()
    operator = User.objects.create_user("operator@rapport.example", PASSWORD, is_staff=True)
    Invitation.objects.create(
        organization=here.organization,
        email="invited@example.com",
        role="viewer",
        token_hash=hash_token(TOKEN),
        expires_at=timezone.now() + timedelta(days=7),
    )
    Heartbeat.objects.update_or_create(part="beat", defaults={"beaten_at": timezone.now()})
    mail = MailboxMessage.objects.create(
        to_address="amara@example.com", from_address="robin@acme.example", raw=MAIL
    )
    return Scene(here, member, operator, mail)


def client_for(who: str, scene: Scene, **options: Any) -> Client:
    client = Client(**options)
    user = {ANYBODY: None, MEMBER: scene.member, OPERATOR: scene.operator}[who]
    if user:
        sign_in(client, user)
    return client


def path_of(name: str, rule: Site, scene: Scene) -> str:
    return reverse(name, kwargs=rule.kwargs(scene))


def ask(client: Client, name: str, rule: Site, scene: Scene, method: str):
    path = path_of(name, rule, scene)
    return client.get(path) if method == "GET" else client.post(path, rule.data(scene))


def test_every_address_has_a_rule():
    missing = sorted(set(ADDRESSES) - set(SITE) - set(EXEMPT))
    assert not missing, f"Add to SITE in tests/access/site_table.py: {missing}"
    assert not (set(SITE) | set(EXEMPT)) - set(ADDRESSES)
    assert len(EXEMPT) <= 15
    assert not set(SITE) & set(EXEMPT)


@pytest.mark.parametrize(("name", "rule", "method"), EACH_METHOD)
def test_who_is_meant_succeeds(name, rule, method, scene):
    client = client_for(rule.who, scene)
    rule.prepare(client, scene)

    response = ask(client, name, rule, scene, method)

    if method == "GET":
        assert response.status_code == rule.page, response.get("Location")
    elif isinstance(rule.done, int):
        assert response.status_code == rule.done
    else:
        assert response.status_code == 302, response.content[:3000]
        assert response["Location"].startswith(rule.done)


@pytest.mark.parametrize(("name", "rule"), ALL)
def test_nobody_else_gets_in(name, rule, scene):
    if rule.who == ANYBODY:
        pytest.skip("open to anybody")
    for method in rule.methods:
        response = ask(Client(), name, rule, scene, method)
        assert response.status_code == 302
        assert re.match("/(accounts|admin)/login/", response["Location"])
    if rule.who == OPERATOR:
        client = client_for(MEMBER, scene)
        for method in rule.methods:
            assert ask(client, name, rule, scene, method).status_code == 403


@pytest.mark.parametrize(("name", "rule"), ALL)
def test_other_methods_are_refused(name, rule, scene):
    client = client_for(rule.who, scene)
    if "GET" not in rule.methods:
        assert client.get(path_of(name, rule, scene)).status_code == 405
    before = Membership.objects.count()
    for method in (client.put, client.delete, client.patch):
        assert method(path_of(name, rule, scene)).status_code in {302, 403, 404, 405, 200, 503}
    assert Membership.objects.count() == before


@pytest.mark.parametrize(
    ("name", "rule"), [case for case in ALL if "POST" in case.values[1].methods]
)
def test_post_needs_its_token(name, rule, scene):
    client = client_for(rule.who, scene)
    client.handler.enforce_csrf_checks = True

    response = ask(client, name, rule, scene, "POST")

    assert response.status_code == (200 if rule.no_token else 403)


@pytest.mark.parametrize(
    ("name", "rule"), [case for case in ALL if "GET" in case.values[1].methods]
)
def test_page_writes_nothing_and_carries_the_headers(name, rule, scene):
    client = client_for(rule.who, scene)
    rule.prepare(client, scene)

    with CaptureQueriesContext(connection) as queries:
        response = ask(client, name, rule, scene, "GET")

    writes = [
        query["sql"]
        for query in queries
        # A session may remember what it was asked.
        if re.match(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE)", query["sql"])
        and '"django_session"' not in query["sql"]
        and not (rule.notes and rule.notes in query["sql"])
    ]
    assert writes == []
    content = b"" if response.streaming else response.content
    if rule.who != OPERATOR and not rule.shows:
        assert b"acme-text" not in content
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy or "sandbox" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert "same-origin" in response["Referrer-Policy"]


def test_an_address_without_a_rule_fails_the_build(monkeypatch):
    monkeypatch.setitem(ADDRESSES, "organizations:forgotten", "forgotten/")
    with pytest.raises(AssertionError, match="organizations:forgotten"):
        test_every_address_has_a_rule()


def test_a_rule_under_which_nobody_gets_in_fails_the_build(scene):
    with pytest.raises(AssertionError):
        test_who_is_meant_succeeds("mfa_index", Site(ANYBODY), "GET", scene)
