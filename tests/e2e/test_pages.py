"""Every page of the role table, and the site's own, in a real browser in both themes: axe, console, policy, width.

The list is made from the table: a new page joins by itself.
"""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.contrib.admin import AdminSite
from django.core.mail import EmailMessage
from django.urls import reverse
from playwright.sync_api import Page

from campaigns.signing import Purpose, Reference, token
from crm.runtime.mailbox import MailboxBackend
from crm.runtime.models import Heartbeat, MailboxMessage
from crm.runtime.services import beat_heart
from crm.tenancy import operator_admin, organization_admin
from crm.tenancy.models import Invitation, hash_token
from crm.tenancy.scope import acting_in
from tests.access.role_table import GET, ROUTES, Route
from tests.access.test_urls import address
from tests.access.world import World, build_world
from tests.e2e.conftest import DESK, DRESSES, Look

pytestmark = pytest.mark.django_db(transaction=True)

# What has an address and is no page of ours.
NO_PAGES = {
    "api:openapi": "a document for programs",
    "candidates:import_failed": "a file",
    "candidates:custom_file": "a file",
    "pools:custom_file": "a file",
    "pipelines:job_file": "a file",
    "pipelines:candidacy_file": "a file",
    "candidates:resume_file": "a file",
    "candidates:resume_page": "a picture",
    "privacy:certificate": "a file",
    "campaigns:mail_body": "somebody's mail, in a frame with a policy of its own",
}
# What people look at most, kept as pictures.
SHOWN = {
    "home",
    "candidates:list",
    "candidates:detail",
    "pipelines:board",
    "campaigns:sequence",
    "analytics:overview",
    "privacy:overview",
    "mailbox",
}


@pytest.fixture
def world(acme, owner) -> World:
    """One row of everything; the owner also operates the installation."""
    owner.is_staff = owner.is_superuser = True
    owner.save()
    MailboxBackend().send_messages(
        [EmailMessage("Hello", "Hi there", "robin@acme.example", ["amara@example.com"])]
    )
    beat_heart(Heartbeat.Part.WORKER)
    return build_world(acme, owner, marker="acme-text")


def organization_pages(world: World) -> Iterator[tuple[str, str]]:
    for name, route in ROUTES.items():
        if is_page(name, route):
            query = route.query(world) if route.query else {}
            yield name, f"{address(name, route, world)}{f'?{urlencode(query)}' if query else ''}"


def is_page(name: str, route: Route) -> bool:
    return GET[0] in route.methods and route.status == 200 and name not in NO_PAGES


def admin_pages(site: AdminSite, start: str) -> Iterator[tuple[str, str]]:
    """The index, and of every model the list, the form of a new row and the form of a row that is there."""
    yield f"{start} index", start
    for model, configured in site._registry.items():
        place = f"{start}{model._meta.app_label}/{model._meta.model_name}/"
        yield f"{place} list", place
        if getattr(configured, "may_add", True):
            yield f"{place} add", f"{place}add/"
        row = model._default_manager.order_by("pk").first()
        assert row is not None, f"{model._meta.label} has no row in the world"
        yield f"{place} change", f"{place}{row.pk}/change/"


def site_pages(world: World) -> Iterator[tuple[str, str]]:
    invitation = Invitation.objects.get(pk=world["tenancy.Invitation"].pk)
    invitation.token_hash, invitation.email = hash_token("token"), world.member.email
    invitation.save()
    message = Reference(world.organization.pk, world["campaigns.Message"].pk)
    unsubscribing = token(Purpose.UNSUBSCRIBE, message)
    stored = MailboxMessage.objects.get()
    yield from {
        "choose": "/",
        "invitation": "/invitations/token/",
        "unsubscribe": f"/u/{unsubscribing}/",
        "unsubscribe unknown": "/u/unknown/",
        "mailbox": reverse("mailbox:inbox"),
        "mail": reverse("mailbox:message", args=[stored.pk]),
        "mail headers": f"{reverse('mailbox:message', args=[stored.pk])}?show=headers",
        "operators": "/admin/",
    }.items()


# Two halves each: processes share them.
@pytest.mark.parametrize("half", [0, 1])
def test_every_page_is_accessible_in_both_themes_and_fits_a_phone(
    live_server, page: Page, sign_in, world, owner, half
):
    sign_in(owner)
    pages = [*organization_pages(world), *site_pages(world)][half::2]
    assert len(pages) > 30
    look = Look(page)

    wrong = []
    for name, path in pages:
        picture = f"page-{name.replace(':', '-')}" if name in SHOWN else ""
        # Django's own pages are for the desk.
        dresses = DESK if name == "operators" else DRESSES
        wrong += look.over(name, live_server.url + path, picture=picture, dresses=dresses)
        if name in ROUTES and page.locator(".error-summary").count():
            wrong.append(f"{name}: refuses what nobody has sent")

    assert wrong == []


@pytest.mark.parametrize("half", [0, 1])
def test_every_admin_page_is_accessible_in_both_themes(
    live_server, page: Page, sign_in, world, owner, half
):
    sign_in(owner)
    with acting_in(world.organization):
        pages = list(admin_pages(organization_admin.site, "/acme/admin/"))
    pages += admin_pages(operator_admin.site, "/admin/")
    assert len(pages) > 60
    # Django's forms.css imports a file; axe would read it through an inline style, which the policy blocks.
    look = Look(page, options={"preload": False})

    wrong = []
    for name, path in pages[half::2]:
        wrong += look.over(name, live_server.url + path, dresses=DESK)

    assert wrong == []


def test_nobody_who_is_not_signed_in_is_met_by_a_broken_page(live_server, page: Page):
    look = Look(page)

    for path in ("/accounts/login/", "/accounts/password/reset/", "/"):
        assert look.over(path, live_server.url + path) == []


def test_exemptions_are_pages_that_exist():
    assert set(NO_PAGES) <= set(ROUTES)
