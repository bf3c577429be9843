"""Sign-in, password and second factor look native: no axe finding, nothing blocked."""

import time

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
)
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Look, assert_accessible, shot
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
def test_open_page_is_accessible(live_server, page: Page, name: str):
    url = f"{live_server.url}/accounts/{OPEN[name]}"

    assert Look(page).over(name, url, picture=f"account-{name}") == []


def test_own_pages_are_accessible(live_server, page: Page, sign_in):
    sign_in(MembershipFactory().user)
    look = Look(page)

    wrong = []
    for name, path in SIGNED_IN.items():
        url = f"{live_server.url}/accounts/{path}"
        wrong += look.over(name, url, picture=f"account-{name}")

    assert wrong == []


def test_second_factor_from_setup_to_sign_in(live_server, page: Page):
    user = MembershipFactory().user
    user.set_password("correct horse battery")
    user.save()

    def sign_in() -> None:
        page.goto(f"{live_server.url}/accounts/login/?next=/accounts/2fa/")
        page.get_by_label("E-mail").fill(user.email)
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Sign in").click()

    def code(steps_ahead: int = 0) -> str:
        return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps_ahead))

    sign_in()
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_label("Secret, to type instead").input_value()
    assert_accessible(page)
    shot(page, "account-factor-setup")
    page.get_by_label("Authenticator code").fill(code())
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert_accessible(page)
    shot(page, "account-codes")

    page.get_by_role("button", name=str(user)).click()
    page.get_by_role("button", name="Sign out").click()
    sign_in()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert_accessible(page)
    shot(page, "account-code")
    page.get_by_role("textbox").fill(code(1))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Sign-in asks for a code from your app.")).to_be_visible()

    page.get_by_role("link", name="Switch off").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert_accessible(page)
