"""What stops a sequence is chosen in a browser, and a card that is moved on the board stops it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Sequence
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import candidacies, jobs
from tests.campaigns.conftest import Outreach
from tests.campaigns.conftest import provider as provider
from tests.e2e.conftest import DRESSES, assert_accessible, assert_fits, dress, shot

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_stops_it_is_chosen_and_a_moved_card_stops_it(
    page: Page, live_server: Any, sign_in: Any, acme: Any, recruiter: Any, provider: Any
) -> None:
    outreach = Outreach(acme, recruiter)
    amara = outreach.candidate()
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Engineer")
        candidacies.add_to_job(job, [amara.pk], by=recruiter)
        card = Candidacy.objects.get()
    outreach.enroll(amara)
    sign_in(recruiter)

    page.goto(f"{live_server.url}/acme/sequences/{outreach.sequence.pk}/edit/")
    section = page.locator("details", has_text="What stops it")
    expect(section.get_by_label("They answer one of its mails")).to_be_checked()
    expect(section.get_by_label("Hired", exact=True).first).to_be_checked()
    expect(section).to_contain_text("These always stop it")
    for theme, width, rules in DRESSES:
        dress(page, theme=theme, width=width)
        section.screenshot(path=shot(page, "sequence-stops"))
        assert_accessible(page, **rules)
        assert_fits(page)
    dress(page, theme="light", width=1440)
    section.get_by_label("They answer one of its mails").uncheck()
    section.get_by_label("Phone screen").check()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("A reply does not stop it")).to_be_visible()
    stops = page.locator(".props div", has_text="Stops")
    expect(stops).to_contain_text("they reach Hired or “Phone screen”")
    for theme, width, rules in DRESSES:
        dress(page, theme=theme, width=width)
        page.screenshot(path=shot(page, "sequence-that-stops"), full_page=True)
        assert_accessible(page, **rules)
        assert_fits(page)
    dress(page, theme="light", width=1440)
    with acting_in(acme):
        sequence = Sequence.objects.get()
        assert (sequence.stops_on_reply, sequence.stop_names) == (False, ["Phone screen"])

    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    there = page.locator(f'[data-card="{card.pk}"]')
    there.get_by_role("link").first.focus()
    page.keyboard.press("m")
    there.get_by_role("button", name="Phone screen").click()
    expect(there).to_have_attribute("data-version", "1")

    page.goto(f"{live_server.url}/acme/candidates/{amara.pk}/")
    expect(page.get_by_text("Reached the stage “Phone screen”").first).to_be_visible()
    ended = outreach.enrollment(amara)
    page.goto(f"{live_server.url}/acme/sequences/enrollments/{ended.pk}/why/")
    expect(page.get_by_text("Stopped: Reached the stage “Phone screen”").first).to_be_visible()
