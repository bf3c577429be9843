"""Sign-in, password and second factor look native: no axe finding, nothing blocked."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = {"reset": "password/reset/", "reset-sent": "password/reset/done/", "login": "login/"}
SIGNED_IN = {
    "profile": "profile/",
    "password": "password/change/",
    "factor": "2fa/",
    "reauthenticate": "reauthenticate/",
    "logout": "logout/",
}


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_open_page_is_accessible(live_server, page: Page, name: str, theme: str, width: int):
    dress(page, theme=theme, width=width)

    page.goto(f"{live_server.url}/accounts/{OPEN[name]}")

    shot(page, f"account-{name}")
    assert_fits(page)
    assert_accessible(page)


@pytest.mark.parametrize("name", SIGNED_IN)
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_own_page_is_accessible(
    live_server, page: Page, sign_in, name: str, theme: str, width: int
):
    sign_in(MembershipFactory().user)
    dress(page, theme=theme, width=width)

    page.goto(f"{live_server.url}/accounts/{SIGNED_IN[name]}")

    shot(page, f"account-{name}")
    assert_fits(page)
    assert_accessible(page)
