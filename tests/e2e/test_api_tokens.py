"""Making an API token by hand, and the pages around it, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from crm.tenancy.scope import acting_in
from tests.api.conftest import secret_of
from tests.e2e.conftest import DRESSES, Look, assert_accessible, assert_fits, dress, shot
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "plum orchard 42 lanterns"


@pytest.fixture
def settled(acme, owner, viewer):
    """An owner who knows the password, a person to be read, and a colleague's token."""
    owner.set_password(PASSWORD)
    owner.save()
    secret_of(viewer, name="Weekly figures")
    with acting_in(acme):
        return CandidateFactory(full_name="Amara Okafor")


def test_token_is_made_used_and_revoked(live_server, page: Page, sign_in, settled, owner):
    sign_in(owner)
    page.goto(f"{live_server.url}/acme/")
    page.get_by_role("button", name=str(owner)).click()
    page.get_by_role("link", name="API tokens").click()
    page.get_by_role("link", name="New token").first.click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    for theme, width, _ in DRESSES:
        dress(page, theme=theme, width=width)
        shot(page, "token-form")
        assert_fits(page)
        assert_accessible(page)
    page.get_by_label("Name").fill("Nightly report")
    page.get_by_role("button", name="Make the token").click()

    shown = page.locator("[data-secret]")
    expect(shown).to_contain_text("rapport_")
    for theme, width, _ in DRESSES:
        dress(page, theme=theme, width=width)
        shot(page, "token-made")
        assert_fits(page)
        assert_accessible(page)
    secret = shown.inner_text()
    address = f"{live_server.url}/acme/api/v1/candidates?q=amara"
    answer = page.request.get(address, headers={"Authorization": f"Bearer {secret}"})
    (found,) = answer.json()["candidates"]
    assert found["id"] == settled.pk

    page.get_by_role("button", name="Revoke “Nightly report”", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("You have no token")).to_be_visible()
    expect(page.get_by_text("Weekly figures", exact=True)).to_be_visible()
    shot(page, "tokens")


def test_documentation(live_server, page: Page, sign_in, settled, owner):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(owner)

    wrong = Look(page).over("api", f"{live_server.url}/acme/api/", picture="api")

    assert wrong == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    expect(page.get_by_role("heading", name="Search fields")).to_be_visible()
    page.get_by_role("link", name="CandidatePage").click()
    expect(page.locator("#shape-CandidatePage")).to_be_in_viewport()
