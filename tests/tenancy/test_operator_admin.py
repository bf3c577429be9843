"""Django admin of operators: organizations and people who sign in, never candidates."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from candidates.models import Notification
from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.tenancy import services
from crm.tenancy.models import Membership, Organization, OwnedModel
from crm.tenancy.operator_admin import OperatorModelAdmin, site
from crm.tenancy.scope import acting_in
from crm.tenancy.services import LastOwner, OperatorOutOfReach
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

    page = client.get("/admin/")

    assert page.status_code == 200
    assert "Rapport operators" in page.content.decode()
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


def test_a_user_is_deactivated(client, owner, recruiter):
    session = Client()
    session.force_login(recruiter)

    client.post(
        reverse("admin:accounts_user_change", args=[recruiter.pk]),
        {"email": recruiter.email, "name": recruiter.name},
    )

    assert session.get("/acme/settings/").status_code == 302
    assert not LogEntry.objects.exists()


def add(client, user, organization, role="recruiter"):
    return client.post(
        reverse("admin:tenancy_membership_add"),
        {"user": user.pk, "organization": organization.pk, "role": role},
    )


def change(client, membership, role):
    return client.post(
        reverse("admin:tenancy_membership_change", args=[membership.pk]), {"role": role}
    )


def remove(client, membership):
    address = reverse("admin:tenancy_membership_delete", args=[membership.pk])
    return client.post(address, {"post": "yes"}, follow=True)


def errors(response) -> str:
    return " ".join(response.context["adminform"].form.non_field_errors())


def test_acts_on_an_organization_stand_in_its_audit_log(client, operator, acme, owner, recruiter):
    membership = Membership.objects.get(user=recruiter)
    other = User.objects.create_user("new@example.com", name="Nia")

    change(client, membership, "viewer")
    remove(client, membership)
    add(client, other, acme)

    with acting_in(acme):
        entries = list(AuditEntry.objects.order_by("id").values_list("action", "actor", "details"))
    changed = {"via": "operator", "user": recruiter.pk, "before": "recruiter", "after": "viewer"}
    assert entries == [
        ("membership.role_changed", operator.pk, changed),
        (
            "membership.removed",
            operator.pk,
            {"via": "operator", "user": recruiter.pk, "role": "viewer"},
        ),
        (
            "membership.created",
            operator.pk,
            {"via": "operator", "user": other.pk, "role": "recruiter"},
        ),
    ]


def test_owners_are_told_what_operators_do(client, acme, owner, recruiter):
    nia = User.objects.create_user("new@example.com", name="Nia")

    add(client, nia, acme, "owner")
    change(client, Membership.objects.get(user=recruiter), "viewer")
    client.post(
        reverse("admin:accounts_user_change", args=[recruiter.pk]),
        {"email": recruiter.email, "name": "Rosa Ruiz", "is_active": "on"},
    )

    with acting_in(acme):
        told = Notification.objects.filter(user=owner).order_by("id")
        assert [line.text for line in told] == [
            "An operator of Rapport let Nia in as owner.",
            f"An operator of Rapport made {recruiter} viewer.",
            f"An operator of Rapport changed the account of {recruiter}.",
        ]
    recruiter.refresh_from_db()
    assert recruiter.name == "Rosa Ruiz"


@pytest.mark.parametrize("who", ["oneself", "another operator"])
def test_operators_let_in_neither_themselves_nor_each_other(who, client, operator, acme, owner):
    if who != "oneself":
        operator = User.objects.create_user("second@rapport.example", is_staff=True)

    response = add(client, operator, acme, "owner")

    assert "Only members of the organization can invite operators." in errors(response)
    assert not operator.memberships.exists()
    with acting_in(acme), pytest.raises(OperatorOutOfReach):
        services.add_member(operator, role="owner", by=operator)


def test_an_operator_who_was_invited_does_not_rise(client, operator, acme, owner):
    membership = Membership.objects.create(user=operator, organization=acme, role="viewer")

    response = change(client, membership, "owner")

    assert "is an operator" in errors(response)
    membership.refresh_from_db()
    assert membership.role == "viewer"


def test_no_organization_loses_its_last_owner(client, acme, owner):
    membership = Membership.objects.get(user=owner, organization=acme)

    changed = change(client, membership, "viewer")
    removed = remove(client, membership)
    address = reverse("admin:accounts_user_change", args=[owner.pk])
    barred = client.post(address, {"email": owner.email, "name": owner.name})

    assert "only owner" in errors(changed)
    assert "only owner" in removed.content.decode()
    assert "only owner of Acme" in str(barred.context["adminform"].form.errors)
    membership.refresh_from_db()
    owner.refresh_from_db()
    assert (membership.role, owner.is_active) == ("owner", True)
    with acting_in(acme), pytest.raises(LastOwner):
        services.change_role(membership, to="viewer", by=owner, as_operator=True)


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


def test_moments_are_written_as_in_the_product(client, acme):
    Organization.objects.update(created_at=datetime(2026, 3, 2, 14, 5, tzinfo=UTC))

    page = client.get(reverse("admin:tenancy_organization_changelist")).text

    assert "2 Mar 2026, 14:05" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"is_staff": "on"}, "Operators see no candidates"),
        ({"email": "mine@rapport.example"}, "Let an owner invite the new address instead"),
    ],
)
def test_no_operator_gets_in_by_the_account_of_a_member(changed, words, client, owner):
    form = {"email": owner.email, "name": owner.name, "is_active": "on"}

    answer = client.post(f"/admin/accounts/user/{owner.pk}/change/", form | changed)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    owner.refresh_from_db()
    assert (owner.email, owner.is_staff) == ("owner@acme.example", False)


def test_whoever_is_no_member_becomes_an_operator_or_gets_another_address(client):
    user = User.objects.create_user("new@example.com")
    form = {"email": "Newer@example.com", "name": "", "is_active": "on", "is_staff": "on"}

    answer = client.post(f"/admin/accounts/user/{user.pk}/change/", form)

    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.email, user.is_staff) == ("newer@example.com", True)
