"""Who is away is let go on from the list of people, and what keeps somebody else is read where it is offered."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.services import enrolling
from candidates.services.snoozing import snooze_candidates
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.conftest import provider as provider
from tests.e2e.conftest import assert_accessible, assert_fits, dress

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 360])
def test_who_is_away_goes_on_and_who_is_snoozed_does_not(
    page: Page, live_server: Any, sign_in: Any, recruiter: Any, acme: Any, provider: Any, width: int
) -> None:
    outreach = Outreach(acme, recruiter)
    outreach.add_second()
    away, snoozed = outreach.people(2)
    for person in (away, snoozed):
        outreach.send(person)
    with acting_in(acme):
        until = timezone.now() + timedelta(days=60)
        enrolling.postpone(enrolling.lock_running(away), until=until, because="Away for long")
        until_on = timezone.localdate() + timedelta(days=30)
        snooze_candidates([snoozed.pk], until=until_on, by=recruiter)
    sign_in(recruiter)
    dress(page, theme="light", width=width)
    page.goto(f"{live_server.url}/acme/sequences/{outreach.sequence.pk}/people/")

    page.get_by_role("button", name=f"Actions for {snoozed}").click()
    note = page.get_by_text("Is left alone until")
    expect(note).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    menu, words = page.locator(".menu:popover-open").bounding_box(), note.bounding_box()
    assert menu is not None
    assert words is not None
    assert menu["x"] <= words["x"]
    assert words["x"] + words["width"] <= menu["x"] + menu["width"]
    page.keyboard.press("Escape")

    page.get_by_role("button", name=f"Actions for {away}").click()
    page.get_by_role("button", name="Go on now").click()
    expect(page.get_by_role("status").first).to_contain_text(f"{away} goes on.")
    expect(page.get_by_text("Away for long")).to_have_count(0)
