"""The page of API tokens: made after the password was given once more, shown once, and taken back."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.audit.models import AuditEntry
from crm.tenancy import api_tokens
from crm.tenancy.models import ApiToken, hash_token
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.api.conftest import ask, secret_of
from tests.factories import MembershipFactory
from tests.pages import text_of
from tests.tenancy.conftest import PASSWORD

pytestmark = pytest.mark.django_db

LIST, MAKE = "/acme/settings/tokens/", "/acme/settings/tokens/make/"


@pytest.fixture
def lately(client_of, fast_hashing):
    """`lately(user)` is a browser in which the user gave the password once more."""

    def confirm(user) -> Client:
        user.set_password(PASSWORD)
        user.save()
        client = client_of(user)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return client

    return confirm


def form(**changed) -> dict[str, str]:
    day = timezone.localdate() + timedelta(days=30)
    return {"name": "Report", "expires_on": day.isoformat(), **changed}


def test_token_is_made_and_shown_once(acme, viewer, lately):
    client = lately(viewer)

    response = client.post(MAKE, form())

    secret = re.search(r"rapport_[\w-]{43}", response.text)[0]
    assert ask(secret, "search-fields").status_code == 200
    assert secret not in client.get(LIST).text
    with acting_in(acme):
        token = ApiToken.objects.get()
        entry = AuditEntry.objects.get(action="api_token.made")
    assert token.token_hash == hash_token(secret)
    assert (token.user, token.name, token.with_second_factor) == (viewer, "Report", False)
    assert (entry.actor, entry.object_id) == (viewer, token.pk)


def test_making_asks_for_the_password_and_keeps_what_was_filled_in(
    acme, viewer, client_of, fast_hashing
):
    viewer.set_password(PASSWORD)
    viewer.save()
    client = client_of(viewer)

    response = client.post(MAKE, form(name="Nightly report"))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/reauthenticate/?next=%2Facme%2Fsettings")
    with acting_in(acme):
        assert not ApiToken.objects.exists()
    back = client.post(response["Location"], {"password": PASSWORD})
    assert back["Location"].startswith(MAKE)
    assert 'value="Nightly report"' in client.get(back["Location"]).text


def test_proof_of_the_password_ends(viewer, lately, time_machine):
    client = lately(viewer)
    assert client.get(MAKE).status_code == 200

    time_machine.move_to(timezone.now() + timedelta(minutes=11))

    assert client.get(MAKE).status_code == 302


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Used"}, "You have a token of this name."),
        ({"expires_on": "2020-01-01"}, "Choose a day between today and a year from now."),
        ({"expires_on": "2999-01-01"}, "Choose a day between today and a year from now."),
        ({"expires_on": "soon"}, "Enter a valid date."),
    ],
)
def test_what_is_wrong_is_said(acme, viewer, lately, changed, words):
    secret_of(viewer, name="Used")

    response = lately(viewer).post(MAKE, form(**changed))

    assert response.status_code == 422
    assert words in text_of(response)
    with acting_in(acme):
        assert ApiToken.objects.count() == 1


def test_a_name_of_a_revoked_token_is_free(acme, viewer, lately):
    secret_of(viewer, name="Report")
    with acting_in(acme):
        api_tokens.revoke_token(ApiToken.objects.get(), by=viewer.memberships.get())

    assert lately(viewer).post(MAKE, form()).status_code == 200


def test_there_are_not_too_many(viewer, lately, monkeypatch):
    monkeypatch.setattr(api_tokens, "MOST_TOKENS", 1)
    secret_of(viewer, name="Used")

    response = lately(viewer).post(MAKE, form())

    assert response.status_code == 409
    assert "Revoke one that is not used any more." in text_of(response)


def test_member_revokes_an_own_token(acme, viewer, client_of):
    secret = secret_of(viewer)
    with acting_in(acme):
        token = ApiToken.objects.get()
    client = client_of(viewer)

    assert client.post(f"{LIST}{token.pk}/revoke/").status_code == 302

    assert ask(secret, "search-fields").status_code == 401
    assert "You have no token" in client.get(LIST).text
    with acting_in(acme):
        entry = AuditEntry.objects.get(action="api_token.revoked")
    assert (entry.actor, entry.details) == (viewer, {"user": viewer.pk})


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_admin_sees_and_revokes_everybodys(acme, viewer, client_of, role):
    admin = MembershipFactory(organization=acme, role=role).user
    secret = secret_of(viewer, name="Nightly report")
    client = client_of(admin)
    page = text_of(client.get(LIST))
    assert "Of other members" in page
    assert "Nightly report" in page
    with acting_in(acme):
        token = ApiToken.objects.get()

    client.post(f"{LIST}{token.pk}/revoke/")

    assert ask(secret, "search-fields").status_code == 401
    with acting_in(acme):
        assert AuditEntry.objects.get(action="api_token.revoked").actor == admin


def test_others_neither_see_nor_revoke_it(acme, viewer, recruiter, client_of):
    secret = secret_of(viewer, name="Nightly report")
    client = client_of(recruiter)
    assert "Nightly report" not in client.get(LIST).text
    with acting_in(acme):
        token = ApiToken.objects.get()

    assert client.post(f"{LIST}{token.pk}/revoke/").status_code == 409

    assert ask(secret, "search-fields").status_code == 200


def test_list_costs_the_same_however_many(acme, owner, client_of, django_assert_num_queries):
    client = client_of(owner)
    client.get(LIST)
    for number in range(2):
        secret_of(owner, name=f"Own {number}")
        secret_of(MembershipFactory(organization=acme).user)
        with django_assert_num_queries(9):
            client.get(LIST)
