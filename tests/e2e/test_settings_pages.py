"""Settings, members, audit log and invitations in a real browser: no axe finding, nothing blocked."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.audit.services import record
from crm.tenancy import services
from crm.tenancy.models import Invitation, hash_token
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.e2e.conftest import Look
from tests.factories import MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "token"


@pytest.fixture
def lively(acme, owner, recruiter, viewer, manager):
    """Acme with members, an open and an expired invitation, and acts on record."""
    with acting_in(acme):
        services.invite(email="nia.okoye@example.com", role=Role.SOURCER, by=owner)
        old = services.invite(email="theodora.papadopoulou@example.com", role=Role.ADMIN, by=owner)
        services.change_role(viewer.memberships.get(), to=Role.SOURCER, by=owner)
        record("retention.run", acme, count=12)
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now(), mail_due_at=None)
    MembershipFactory(user=owner, organization=OrganizationFactory(name="Northwind Talent"))
    return acme


@pytest.mark.parametrize("name", ["settings", "settings/members", "settings/audit"])
def test_settings_page(live_server, page: Page, sign_in, lively, owner, name):
    sign_in(owner)

    wrong = Look(page).over(name, f"{live_server.url}/acme/{name}/", picture=name.replace("/", "-"))

    assert wrong == []


def test_choice_of_organizations(live_server, page: Page, sign_in, lively, owner):
    sign_in(owner)

    wrong = Look(page).over("choose", f"{live_server.url}/", picture="choose")

    assert wrong == []
    expect(page.get_by_role("link", name="Acme")).to_have_attribute("href", "/acme/")


@pytest.mark.parametrize(
    ("who", "status"), [("new", 200), ("wrong", 403), ("invited", 200), ("gone", 410)]
)
def test_invitation_page(live_server, page: Page, sign_in, acme, stranger, who, status):
    email = stranger.email if who == "invited" else "nia.okoye@example.com"
    Invitation.objects.create(
        organization=acme,
        email=email,
        role=Role.SOURCER,
        token_hash=hash_token(TOKEN),
        expires_at=timezone.now() + timedelta(days=-1 if who == "gone" else 1),
    )
    if who in {"wrong", "invited"}:
        sign_in(stranger)

    wrong = Look(page).over(
        who,
        f"{live_server.url}/invitations/{TOKEN}/",
        status=status,
        picture=f"invitation-{who}",
    )

    assert wrong == []


def test_log_is_filtered_in_place(live_server, page: Page, sign_in, lively, owner):
    sign_in(owner)
    page.goto(f"{live_server.url}/acme/settings/audit/")

    page.get_by_label("Action").select_option("retention.run")

    expect(page.get_by_role("row")).to_have_count(2)
    assert "action=retention.run" in page.url


def test_inviting_and_removing(live_server, page: Page, sign_in, lively, owner, recruiter):
    sign_in(owner)
    page.goto(f"{live_server.url}/acme/settings/members/")

    page.get_by_label("E-mail address").fill("kai@example.com")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("listitem").filter(has_text="kai@example.com")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name=f"Remove {recruiter}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()

    expect(page.get_by_role("listitem").filter(has_text=recruiter.email)).to_have_count(0)
    assert not recruiter.memberships.exists()
