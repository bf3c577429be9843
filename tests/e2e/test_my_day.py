"""My day by keyboard: snooze, done, undo, and the bell that tells a colleague."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.tenancy.scope import acting_in
from tests.e2e.conftest import assert_accessible, assert_fits, dress
from tests.factories import CandidateFactory, TaskFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tasks(acme, recruiter):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana Sousa")
        today = timezone.localdate()
        TaskFactory(title="Call Ana", candidate=ana, assignee=recruiter, due_on=today)
        TaskFactory(title="Write to Ana", candidate=ana, assignee=recruiter, due_on=today)


def press_on(page: Page, title: str, key: str) -> None:
    """Go to the row by `j`, then press its key."""
    link = page.get_by_role("link", name=title, exact=True)
    for _ in range(6):
        page.keyboard.press("j")
        if link.evaluate("link => link === document.activeElement"):
            break
    expect(link).to_be_focused()
    page.keyboard.press(key)


def test_my_day_by_keyboard(live_server, page, sign_in, acme, recruiter, tasks):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/tasks/")
    page.wait_for_load_state("networkidle")
    today, coming = (page.get_by_role("region", name=name) for name in ("Today", "Coming"))
    expect(today.get_by_role("listitem")).to_have_count(2)

    press_on(page, "Call Ana", "t")
    expect(page.get_by_text("1 task moved to")).to_be_visible()
    expect(coming.get_by_role("link", name="Call Ana")).to_be_visible()

    page.wait_for_load_state("networkidle")
    press_on(page, "Write to Ana", "d")
    expect(page.get_by_text("Done: Write to Ana")).to_be_visible()
    expect(page.get_by_role("link", name="Write to Ana")).to_have_count(0)

    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Open again: Write to Ana")).to_be_visible()
    expect(today.get_by_role("link", name="Write to Ana")).to_be_visible()

    for theme, width in (("light", 1440), ("dark", 360)):
        dress(page, theme=theme, width=width)
        assert_accessible(page)
        assert_fits(page)
