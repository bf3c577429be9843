"""Writing a mail in the editor: what one sees is what is stored, as signs, and what the person gets."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import TemplateText
from campaigns.services.templating import TemplateDetails, save_template
from crm.tenancy.scope import acting_in
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot

pytestmark = pytest.mark.django_db(transaction=True)

BODY = "Hi {{ first_name | there }},\n\n**Bold** and *soft*, see [our team](https://acme.example/team).\n- one\n- two\n\n5 \\* 3"


@pytest.fixture
def template(acme, recruiter):
    with acting_in(acme):
        details = TemplateDetails(name="First mail", subject="Hello", body=BODY)
        return save_template(None, details, by=recruiter).template


def newest(acme, template) -> str:
    with acting_in(acme):
        return TemplateText.objects.filter(template=template).latest("version").body


def test_a_text_survives_the_editor_unchanged(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Any], None],
    recruiter: Any,
    acme: Any,
    template: Any,
) -> None:
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/sequences/templates/{template.pk}/")
    editor = page.get_by_role("textbox", name="Text")
    expect(editor.locator("b")).to_have_text("Bold")
    expect(editor.locator("a")).to_have_attribute("href", "https://acme.example/team")
    expect(editor.locator("li")).to_have_count(2)
    for theme in ("light", "dark"):
        for width in (1440, 360):
            dress(page, theme=theme, width=width)
            assert_accessible(page)
            assert_fits(page)
            shot(page, "editor")
    dress(page, theme="light", width=1440)

    # Typing at the end, a merge field from its button, and bold from the bar.
    editor.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("Best ")
    page.get_by_role("button", name="City").click()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("Robin")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status").first).to_contain_text("Saved as version 2")
    assert newest(acme, template) == f"{BODY}\nBest {{{{ city }}}}\n**Robin**"


def test_what_is_pasted_keeps_its_words_and_loses_the_rest(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Any], None],
    recruiter: Any,
    acme: Any,
    template: Any,
) -> None:
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/sequences/templates/{template.pk}/")
    editor = page.get_by_role("textbox", name="Text")
    editor.fill("")
    editor.evaluate(
        """(place) => {
          const data = new DataTransfer();
          data.setData("text/html", '<p style="color:red" onclick="x()">Plain <b>strong</b> <img src="https://t.example/p.gif">'
            + '<a href="javascript:x()">bad</a> <a href="https://acme.example">good</a><script>alert(1)</' + 'script></p>');
          place.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(editor.locator("b")).to_have_text("strong")
    assert editor.locator("img, script, [style], [onclick]").count() == 0
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status").first).to_contain_text("Saved as version 2")
    assert newest(acme, template) == "Plain **strong** bad [good](https://acme.example)"
