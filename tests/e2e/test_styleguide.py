"""Every part, in both themes, on a desk and on a phone: no axe finding, nothing blocked, nothing too wide."""

import pytest
from playwright.sync_api import Page

from crm.web.styleguide import PAGES
from tests.e2e.conftest import Look

PATHS = {key: f"/styleguide/{key}/" for key, _, _ in PAGES} | {"login": "/accounts/login/"}


@pytest.mark.parametrize("name", PATHS)
def test_page_is_accessible(live_server, page: Page, name: str):
    wrong = Look(page).over(name, live_server.url + PATHS[name], picture=f"styleguide-{name}")

    assert wrong == []
