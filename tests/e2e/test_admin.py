"""Django's admin in our colors: nothing blocked by the content policy, readable in both themes."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import dress, shot
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_admin_follows_the_theme(live_server, page: Page, sign_in, theme: str):
    sign_in(UserFactory(is_staff=True, is_superuser=True))
    dress(page, theme=theme, width=1440)

    page.goto(f"{live_server.url}/admin/")

    expect(page.locator("#site-name")).to_have_text("Rapport operators")
    shot(page, "admin")
    scheme = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert scheme.startswith("oklch(1 ") is (theme == "light")
