"""Choosing an organization, the switcher, and the general settings."""

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.test import Client

from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.audit.services import record
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db

FORM = {"name": "Acme", "time_zone": "UTC", "postal_address": ""}


def test_start_without_sign_in_leads_there(db):
    assert Client().get("/")["Location"] == "/accounts/login/?next=/"


def test_start_leads_into_the_only_organization(recruiter, client_of):
    assert client_of(recruiter).get("/")["Location"] == "/acme/"


def test_start_offers_several_organizations(recruiter, acme, globex, client_of):
    MembershipFactory(user=recruiter, organization=globex)
    OrganizationFactory(name="Elsewhere")

    page = client_of(recruiter).get("/").content.decode()

    assert 'href="/acme/"' in page
    assert 'href="/globex/"' in page
    assert "Elsewhere" not in page


def test_a_closed_organization_is_not_offered(recruiter, globex, client_of):
    MembershipFactory(user=recruiter, organization=globex)
    globex.closed_at = globex.created_at
    globex.save()

    assert client_of(recruiter).get("/")["Location"] == "/acme/"


def test_start_without_any_organization_says_what_to_do(db, client_of):
    user = UserFactory(email="alone@example.com")

    page = client_of(user).get("/")

    assert page.status_code == 200
    assert "alone@example.com" in page.content.decode()
    assert "/admin/" not in page.content.decode()


def test_an_operator_is_shown_the_way(db, client_of):
    operator = User.objects.create_user("operator@example.com", is_staff=True)

    assert 'href="/admin/"' in client_of(operator).get("/").content.decode()


def test_side_bar_lists_the_other_organizations(owner, globex, client_of):
    MembershipFactory(user=owner, organization=globex)
    OrganizationFactory(name="Elsewhere", slug="elsewhere")

    page = client_of(owner).get("/acme/settings/").content.decode()

    assert 'href="/globex/"' in page
    assert "Elsewhere" not in page


@pytest.mark.parametrize("others", [1, 3])
def test_side_bar_costs_one_query(others, owner, client_of, django_assert_num_queries):
    client = client_of(owner)
    for _ in range(others):
        MembershipFactory(user=owner)

    with django_assert_num_queries(9):
        client.get("/acme/settings/")


def test_settings_are_saved_and_recorded_by_field_name(owner, acme, client_of):
    response = client_of(owner).post(
        "/acme/settings/",
        {"name": "Acme Ltd", "time_zone": "Asia/Tokyo", "postal_address": "1 Road, Town"},
    )

    assert response.status_code == 302
    acme.refresh_from_db()
    assert (acme.name, acme.time_zone, acme.postal_address) == (
        "Acme Ltd",
        "Asia/Tokyo",
        "1 Road, Town",
    )
    with acting_in(acme):
        entry = AuditEntry.objects.get()
    assert entry.action == "organization.changed"
    assert entry.details == {"fields": ["name", "postal_address", "time_zone"]}


def test_saving_without_a_change_records_nothing(owner, acme, client_of):
    client_of(owner).post("/acme/settings/", FORM)

    with acting_in(acme):
        assert not AuditEntry.objects.exists()


def test_what_the_form_does_not_show_cannot_be_posted(owner, acme, client_of):
    client_of(owner).post("/acme/settings/", FORM | {"slug": "taken", "closed_at": "2026-01-01"})

    acme.refresh_from_db()
    assert (acme.slug, acme.closed_at) == ("acme", None)


@pytest.mark.parametrize("bad", [{"name": ""}, {"time_zone": "Mars/Olympus"}])
def test_bad_settings_are_refused(bad, owner, acme, client_of):
    response = client_of(owner).post("/acme/settings/", FORM | bad)

    assert response.status_code == 422
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_nobody_locks_themselves_out_by_the_policy(owner, acme, client_of):
    client = client_of(owner)
    refused = client.post("/acme/settings/", FORM | {"requires_second_factor": "on"})
    Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})

    accepted = client.post("/acme/settings/", FORM | {"requires_second_factor": "on"})

    assert refused.status_code == 422
    assert "Set up your own second factor first" in refused.content.decode()
    assert accepted.status_code == 302
    acme.refresh_from_db()
    assert acme.requires_second_factor


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OWNER, Role.ADMIN}])
def test_settings_are_for_owners_and_admins(role, acme, client_of):
    client = client_of(MembershipFactory(organization=acme, role=role).user)

    for page in ["/acme/settings/", "/acme/settings/members/", "/acme/settings/audit/"]:
        assert client.get(page).status_code == 403


def test_profile_is_saved(owner, client_of):
    response = client_of(owner).post(
        "/accounts/profile/", {"name": "Ola Nord", "email": "x@example.com", "is_staff": "on"}
    )

    assert response.status_code == 302
    owner.refresh_from_db()
    assert (owner.name, owner.email, owner.is_staff) == ("Ola Nord", "owner@acme.example", False)


def test_pages_speak_in_the_organizations_time(owner, acme, client_of):
    acme.time_zone = "Asia/Tokyo"
    acme.save()
    with time_machine.travel("2026-03-02 20:30:00+00:00", tick=False):
        with acting_in(acme):
            record("thing.done", by=owner)

        page = client_of(owner).get("/acme/settings/audit/").content.decode()

    assert "3 Mar 2026, 05:30:00" in page


def test_no_path_stores_an_unknown_time_zone(acme):
    acme.time_zone = "Mars/Olympus"

    with pytest.raises(ValidationError):
        acme.full_clean()
