"""Django admin of operators: organizations and people who sign in, never candidates."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.tenancy.models import Membership, Organization, OwnedModel
from crm.tenancy.operator_admin import OperatorModelAdmin, site
from crm.tenancy.scope import acting_in
from tests.tenancy.test_organization_admin import INLINE

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db):
    return User.objects.create_user("operator@rapport.example", is_staff=True)


@pytest.fixture
def client(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def test_only_operators_get_in(client, owner):
    other = Client()
    other.force_login(owner)

    assert client.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 403
    assert other.get("/admin/accounts/user/").status_code == 403


def test_one_signs_in_through_the_one_door(db):
    for page in ["/admin/", "/admin/accounts/user/"]:
        response = Client().get(page, follow=True)

        assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")
        assert response.templates[0].name == "account/login.html"
    assert Client().post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_no_owned_model_is_there():
    assert not [model for model in site._registry if issubclass(model, OwnedModel)]
    assert all(isinstance(entry, OperatorModelAdmin) for entry in site._registry.values())


@pytest.mark.parametrize("model", [pytest.param(m, id=m._meta.label) for m in site._registry])
def test_pages_answer_and_keep_the_policy(model, client, owner, globex):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model.objects.first()
    pages = [reverse(f"{name}_changelist")]
    if row is not None:
        pages.append(reverse(f"{name}_change", args=[row.pk]))

    for page in pages:
        response = client.get(page)
        assert response.status_code == 200
        assert not INLINE.search(response.content.decode())


def test_password_hashes_are_neither_shown_nor_guessable(client, owner):
    owner.set_password("plum orchard 42 lanterns")
    owner.save()

    page = client.get(reverse("admin:accounts_user_change", args=[owner.pk])).content.decode()
    guess = client.get(reverse("admin:accounts_user_changelist") + "?password__startswith=a")

    assert owner.password not in page
    assert guess.status_code in {302, 400}


def test_a_user_is_deactivated(client, owner):
    session = Client()
    session.force_login(owner)

    client.post(
        reverse("admin:accounts_user_change", args=[owner.pk]),
        {"email": owner.email, "name": owner.name},
    )

    assert session.get("/acme/settings/").status_code == 302
    assert not LogEntry.objects.exists()


def test_acts_on_an_organization_stand_in_its_audit_log(client, operator, acme, recruiter):
    membership = Membership.objects.get(user=recruiter)

    client.post(
        reverse("admin:tenancy_membership_change", args=[membership.pk]),
        {"user": recruiter.pk, "organization": acme.pk, "role": "viewer"},
    )
    client.post(reverse("admin:tenancy_membership_delete", args=[membership.pk]), {"post": "yes"})

    with acting_in(acme):
        entries = list(AuditEntry.objects.order_by("id").values_list("action", "actor", "details"))
    assert entries == [
        ("membership.edited", operator.pk, {"via": "operator", "fields": ["Role"]}),
        ("membership.deleted", operator.pk, {"via": "operator"}),
    ]


def test_organizations_are_not_deleted_here(client, acme):
    response = client.post(
        reverse("admin:tenancy_organization_delete", args=[acme.pk]), {"post": "yes"}
    )

    assert response.status_code == 403
    assert Organization.objects.filter(pk=acme.pk).exists()


def test_in_production_operators_need_a_second_factor(client, settings, db):
    settings.OPERATORS_NEED_SECOND_FACTOR = True

    response = client.get("/admin/accounts/user/")

    assert response.status_code == 302
    assert re.fullmatch("/accounts/2fa/totp/activate/", response["Location"])
