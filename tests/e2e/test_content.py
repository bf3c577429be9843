"""A link of the content library is put into a mail, goes out with it, and opens for the person who got it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import ContentItem, SharedContent
from campaigns.services import delivering, sharing
from campaigns.services.library import ItemDetails, add_item
from campaigns.services.sending_rules import edit_sending_rules
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def outreach(acme: Any, owner: Any) -> Outreach:
    return Outreach(acme, owner)


def test_content_is_inserted_sent_and_opened(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Any], None],
    owner: Any,
    acme: Any,
    outreach: Outreach,
) -> None:
    sign_in(owner)
    library = f"{live_server.url}/acme/sequences/content/"
    page.goto(library)
    page.get_by_role("link", name="New link").first.click()
    page.get_by_label("Title").fill("Our team")
    page.get_by_label("Address").fill(f"{live_server.url}/u/unknown/")
    page.get_by_role("button", name="Add to the library").click()
    expect(page.locator(".error-summary")).to_contain_text("begins with https://")
    page.get_by_label("Address").fill("https://team.acme.example/")
    page.get_by_label("Tags").fill("Team")
    page.get_by_role("button", name="Add to the library").click()
    expect(page.get_by_text("Nobody got it yet")).to_be_visible()

    # Into a mail from its button.
    person = outreach.candidate()
    with acting_in(acme):
        edit_sending_rules(by=owner, counts_clicks=True)
    page.goto(f"{live_server.url}/acme/sequences/write/{person.pk}/")
    page.get_by_label("Subject").fill("As promised")
    editor = page.get_by_role("textbox", name="Text")
    editor.fill("Here is ")
    editor.press("Control+End")
    page.get_by_text("Insert content").click()
    page.get_by_role("button", name="Our team").click()
    expect(editor).to_contain_text("Here is {{ content.our_team }}")
    assert_accessible(page)
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url(f"**/candidates/{person.pk}/")
    delivering.deliver_due(acme)

    # The person opens it; whoever looks at the item sees to whom it went.
    with acting_in(acme):
        row = SharedContent.objects.get()
        link = sharing.link_of(row)
        assert f'href="{row.item.url}"' in row.message.body_html
    answer = page.request.get(f"{live_server.url}/c/{link.rpartition('/c/')[2]}", max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (302, "https://team.acme.example/")
    page.goto(f"{library}{row.item_id}/")
    shares = page.get_by_role("region", name="Mails that showed it")
    expect(shares.get_by_role("row")).to_have_count(2)
    expect(shares.get_by_role("link", name="Amara Okafor")).to_be_visible()
    # Within seconds of delivery: a machine, as far as anybody can tell.
    expect(shares).to_contain_text("not yet")
    for theme in ("light", "dark"):
        for width in (1440, 360):
            dress(page, theme=theme, width=width)
            assert_accessible(page)
            assert_fits(page)
            shot(page, "content")


def test_the_library_with_long_words_fits_a_phone(
    page: Page, live_server: Any, sign_in: Callable[[Any], None], recruiter: Any, acme: Any
) -> None:
    with acting_in(acme):
        for number in range(3):
            details = ItemDetails(
                title=f"Benefits{'x' * 80} {number}",
                url=f"https://acme.example/{'long/' * 40}",
                tags=tuple(f"{tag}{'y' * 30}" for tag in "abcde"),
            )
            add_item("link", details, by=recruiter)
        item = ContentItem.objects.earliest("pk")
    sign_in(recruiter)
    for place in ("", "?tag=none", "add/", "add/?kind=file", f"{item.pk}/", f"{item.pk}/edit/"):
        page.goto(f"{live_server.url}/acme/sequences/content/{place}")
        for theme in ("light", "dark"):
            dress(page, theme=theme, width=360)
            assert_accessible(page)
            assert_fits(page)
