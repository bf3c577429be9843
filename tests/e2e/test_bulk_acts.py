"""Acts on many people in a browser: their progress, and how one is led on from it."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, Route, expect

from candidates.models import BulkAct
from candidates.services.bulk import actions, start
from crm.tenancy.scope import acting_in
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot
from tests.factories import CandidateFactory, TagFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def act(acme, recruiter) -> BulkAct:
    """1,200 of 2,500 people are tagged."""
    with acting_in(acme):
        tag = TagFactory()
        act = start(
            "tag", [CandidateFactory().pk], chosen={"tag": tag.pk}, title="Tag people", by=recruiter
        )
        act.total, act.done_count, act.state = 2500, 1200, BulkAct.State.RUNNING
        act.save()
        return act


def test_progress_looks_right(live_server, page: Page, sign_in, recruiter, act):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/bulk/acts/{act.pk}/")

    expect(page.get_by_text("1,200 of 2,500")).to_be_visible()
    for theme, width in [("light", 1440), ("dark", 1440), ("light", 360), ("dark", 360)]:
        dress(page, theme=theme, width=width)
        shot(page, "bulk-act-running")
        assert_fits(page)
        assert_accessible(page)


def test_progress_leads_once_to_a_page_that_takes_long(
    live_server, page: Page, sign_in, acme, recruiter, act, monkeypatch
):
    found = replace(actions.action_of("tag"), leads_to=lambda act: "/acme/pools/")
    monkeypatch.setitem(actions._actions, "tag", found)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/bulk/acts/{act.pk}/")
    asked: list[Route] = []

    def keep_waiting(route: Route) -> None:
        asked.append(route)

    page.route("**/acme/pools/", keep_waiting)

    with acting_in(acme):
        BulkAct.objects.filter(pk=act.pk).update(state=BulkAct.State.DONE)
    page.wait_for_timeout(7000)
    assert len(asked) == 1
    asked[0].continue_()

    page.wait_for_url("**/acme/pools/")


def test_double_click_gives_one_task(live_server, page: Page, sign_in, acme, recruiter):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana Okafor")
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/")
    page.wait_for_load_state("networkidle")
    page.get_by_role("checkbox", name="Select Ana Okafor").check()
    page.get_by_role("button", name="Task", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Task", exact=True).fill("Call her")

    dialog.get_by_role("button", name="Add a task for 1 person").dblclick()

    expect(page.locator("#toasts")).to_contain_text("Added a task for 1 person")
    page.wait_for_load_state("networkidle")
    with acting_in(acme):
        assert ana.tasks.count() == 1
