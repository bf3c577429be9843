"""Every part, in both themes, on a desk and on a phone: no axe finding, nothing blocked, nothing too wide."""

import pytest
from playwright.sync_api import Page

from crm.web.styleguide import PAGES
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot

PATHS = {key: f"/styleguide/{key}/" for key, _, _ in PAGES} | {"login": "/accounts/login/"}


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_page_is_accessible(live_server, page: Page, name: str, theme: str, width: int):
    dress(page, theme=theme, width=width)

    page.goto(live_server.url + PATHS[name])

    shot(page, f"styleguide-{name}")
    assert_fits(page)
    assert_accessible(page)
