"""Who the API answers: a member with a token that holds, as the member is now; nobody else learns anything."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.utils import timezone

from crm.audit.models import AuditEntry
from crm.tenancy import api_tokens, services
from crm.tenancy.models import ApiToken, Membership, Organization
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.api.conftest import ask, secret_of
from tests.conftest import lose_rights
from tests.factories import CandidateFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara(acme):
    with acting_in(acme):
        return CandidateFactory(full_name="Amara Okafor")


def refused(response) -> str:
    """The sentence of a 401."""
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="Rapport"'
    assert response["Content-Type"] == "application/json"
    return response.json()["detail"]


def test_token_opens_what_its_member_reads(viewer, amara):
    response = ask(secret_of(viewer), "candidates")

    assert response.status_code == 200
    assert [one["full_name"] for one in response.json()["candidates"]] == ["Amara Okafor"]
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic YTpi", "rapport_x"])
def test_without_a_token_nothing_opens(acme, header):
    client = Client(headers={"Authorization": header} if header else {})

    assert refused(client.get("/acme/api/v1/candidates")) == api_tokens.MISSING


def test_a_session_opens_nothing(owner, amara):
    client = Client()
    client.force_login(owner)

    assert refused(client.get("/acme/api/v1/candidates")) == api_tokens.MISSING


def test_a_token_opens_no_page(owner, amara):
    client = Client(headers={"Authorization": f"Bearer {secret_of(owner)}"})

    for page in ("candidates/", "settings/", "settings/tokens/", "api/", "api/openapi.json"):
        response = client.get(f"/acme/{page}")
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_strangers_learn_nothing(acme, stranger, owner, amara):
    """Of another organization's token, a wrong one, and an organization that does not exist."""
    foreign, own = secret_of(stranger), secret_of(owner)
    answers = [
        ask(foreign, "candidates"),
        ask(foreign, "candidates", slug="no-such-organization"),
        ask(f"{own[:-1]}{'A' if own[-1] != 'A' else 'B'}", "candidates"),
        ask("rapport_short", "candidates"),
        ask("x" * 5000, "candidates"),
        ask(own, "candidates", slug="globex"),
        ask(own, "candidates", slug="Not a slug"),
    ]

    assert {refused(answer) for answer in answers} == {api_tokens.UNKNOWN}
    assert len({(answer.content, str(sorted(answer.headers))) for answer in answers}) == 1
    assert ask(foreign, "candidates", slug="globex").json()["candidates"] == []


def test_closed_organization_answers_nobody(acme, owner, amara):
    secret = secret_of(owner)
    Organization.objects.filter(pk=acme.pk).update(closed_at=timezone.now())

    assert refused(ask(secret, "candidates")) == api_tokens.UNKNOWN


def test_revoked_token(acme, owner, amara):
    secret = secret_of(owner)
    with acting_in(acme):
        api_tokens.revoke_token(ApiToken.objects.get(), by=owner.memberships.get())

    assert "was revoked" in refused(ask(secret, "candidates"))


def test_token_works_through_its_last_day(acme, owner, amara, time_machine):
    secret = secret_of(owner, days=1)
    time_machine.move_to(timezone.now() + timedelta(days=1))
    assert ask(secret, "candidates").status_code == 200

    time_machine.move_to(timezone.now() + timedelta(days=1))

    assert "expired on" in refused(ask(secret, "candidates"))


def test_last_day_of_a_token_is_the_members(acme, owner, amara, time_machine):
    """In Honolulu it is still the 5th when it is the 6th in London."""
    owner.time_zone = "Pacific/Honolulu"
    owner.save(update_fields=["time_zone"])
    time_machine.move_to(datetime(2027, 3, 5, 12, tzinfo=UTC))
    secret = secret_of(owner, days=0)

    time_machine.move_to(datetime(2027, 3, 6, 8, tzinfo=UTC))
    assert ask(secret, "candidates").status_code == 200

    time_machine.move_to(datetime(2027, 3, 6, 11, tzinfo=UTC))
    assert "expired on 2027-03-05" in refused(ask(secret, "candidates"))


@pytest.mark.parametrize("change", ["removed", "inactive"])
def test_whoever_is_gone_takes_their_tokens_along(owner, recruiter, amara, change):
    secret = secret_of(recruiter)

    lose_rights(recruiter, change)

    assert "does not belong" in refused(ask(secret, "candidates"))


def test_whoever_comes_back_has_no_token(acme, owner, recruiter, amara):
    secret = secret_of(recruiter)
    with acting_in(acme):
        services.remove_member(recruiter.memberships.get(), by=owner)
        entries = set(AuditEntry.objects.values_list("action", flat=True))
    MembershipFactory(organization=acme, user=recruiter, role=Role.RECRUITER)

    assert "was revoked" in refused(ask(secret, "candidates"))
    assert {"api_token.revoked", "membership.removed"} <= entries


def test_whoever_is_deactivated_has_no_token_afterwards(acme, owner, recruiter, amara):
    secret = secret_of(recruiter)
    for is_active in (False, True):
        recruiter.is_active = is_active
        services.change_user(recruiter, changed=["is_active"], by=owner)

    assert "was revoked" in refused(ask(secret, "candidates"))


def test_another_role_counts_at_once(owner, recruiter, amara):
    secret = secret_of(recruiter)
    assert ask(secret, "candidates").status_code == 200

    Membership.objects.filter(user=recruiter).update(role=Role.HIRING_MANAGER)

    response = ask(secret, "candidates")
    assert response.status_code == 403
    assert response.json() == {"detail": "Your role does not open this.", "errors": []}
    assert ask(secret, f"candidates/{amara.pk}").status_code == 404


def test_second_factor_is_not_passed_by(acme, owner, amara):
    plain, proved = secret_of(owner), secret_of(owner, with_second_factor=True, name="Proved")
    acme.requires_second_factor = True
    acme.save()
    assert "second factor" in refused(ask(plain, "candidates"))
    assert "second factor" in refused(ask(proved, "candidates"))

    TOTP.activate(owner, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    assert ask(proved, "candidates").status_code == 200
    assert "second factor" in refused(ask(plain, "candidates"))


def test_everything_below_its_address_is_json(owner, amara):
    secret = secret_of(owner)
    client = Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)

    for path in ("nothing", "candidates/0", "candidates/x", "", "candidates/", "../x"):
        response = ask(secret, path)
        assert response.status_code == 404, path
        assert response.json()["detail"], path
    for path in ("candidates", f"candidates/{amara.pk}", "openapi.json"):
        for ask_by in (client.post, client.put, client.delete):
            response = ask_by(f"/acme/api/v1/{path}")
            assert (response.status_code, response["Allow"]) == (405, "GET, HEAD"), path
            assert response.json()["detail"] == "The API is read only: ask with GET."
    assert client.post("/acme/api/v1/nope").json()["detail"]
    assert client.head("/acme/api/v1/candidates").status_code == 200


def test_failure_is_told_as_json_and_leaves_nothing(owner, amara, monkeypatch):
    secret = secret_of(owner)
    monkeypatch.setattr("crm.api.people.skills_of", lambda candidate: 1 / 0)
    client = Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)

    response = client.get(f"/acme/api/v1/candidates/{amara.pk}")

    assert response.status_code == 500
    assert "Try again later" in response.json()["detail"]
    with acting_in(owner.memberships.get().organization):
        assert not AuditEntry.objects.filter(action="candidate.viewed").exists()


def test_secret_is_in_no_log_and_in_no_table(owner, amara, caplog):
    caplog.set_level("DEBUG")
    secret = secret_of(owner)
    ask(secret, "candidates")
    ask(f"{secret}x", "candidates")

    assert secret not in caplog.text
    with acting_in(owner.memberships.get().organization):
        kept = [*ApiToken.objects.values(), *AuditEntry.objects.values()]
    assert secret.removeprefix("rapport_") not in str(kept)
