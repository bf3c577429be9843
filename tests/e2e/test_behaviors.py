"""What the scripts add: selection, keys, palette, dialogs, the board; and that pages work without them."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from crm.web.styleguide import PAGES
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_page(live_server, page: Page):
    def go(name: str) -> Page:
        page.goto(f"{live_server.url}/styleguide/{name}/")
        return page

    return go


def test_rows_are_selected_in_ranges_and_cleared(open_page):
    page = open_page("list")
    boxes = page.locator("tbody input")
    bar = page.locator("[data-bulk]")
    expect(bar).to_contain_text("2 selected")

    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    expect(page.locator("[data-select-all]")).to_have_js_property("indeterminate", value=True)

    page.locator("[data-select-all]").click()
    expect(bar).to_contain_text("16 selected")
    page.get_by_role("button", name="Select all 1,284").click()
    expect(bar).to_contain_text("All 1,284 selected")
    expect(page.locator("[name=everything]")).to_have_value("1")

    boxes.nth(0).click()
    expect(bar).to_contain_text("15 selected")
    expect(page.locator("[name=everything]")).to_have_value("")


def test_filter_redraws_the_list_and_keeps_the_place(open_page):
    page = open_page("list")
    page.evaluate("document.querySelector('#list').kept = true")
    page.locator("[data-bulk-clear]").click()

    page.keyboard.press("/")
    page.keyboard.type("engineer")
    expect(page.locator("tbody tr")).to_have_count(13)
    page.get_by_label("Select Mateo Alvarez").click()
    page.get_by_role("searchbox").fill("data engineer")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/styleguide/list/\?q=data(\+|%20)engineer$"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_label("Select Mateo Alvarez")).to_be_checked()
    expect(page.locator("[data-bulk]")).to_contain_text("1 selected")
    assert page.evaluate("document.querySelector('#list').kept")


def test_keys_walk_select_search_and_go(open_page):
    page = open_page("list")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Mateo Alvarez")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk]")).to_contain_text("1 selected")
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Amara Okafor")).to_be_focused()

    page.keyboard.press("/")
    page.keyboard.type("gj?")
    expect(page.get_by_role("searchbox")).to_have_value("gj?")

    page.get_by_role("link", name="Amara Okafor").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_url(re.compile("/styleguide/board/$"))


def test_single_keys_can_be_switched_off(open_page):
    page = open_page("list")
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").click()
    page.reload()

    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Command palette")).to_be_visible()


def test_palette_finds_and_goes(open_page):
    page = open_page("list")
    page.keyboard.press("Control+k")
    assert_accessible(page)
    page.keyboard.type("zzz")
    expect(page.get_by_text("Nothing found.")).to_be_visible()

    page.get_by_role("combobox").fill("feed")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Feedback")
    shot(page, "palette")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/styleguide/feedback/$"))


def test_theme_is_kept(open_page):
    page = open_page("parts")
    page.get_by_role("button", name="Lena Fischer").click()
    page.get_by_role("button", name="Dark").click()
    assert_accessible(page)
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_dialog_panel_and_menu_open_and_close(open_page):
    page = open_page("parts")

    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.locator("#menu-sample")).to_be_visible()
    shot(page, "menu")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Dialog").click()
    dialog = page.get_by_role("dialog", name="Add a tag")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    shot(page, "dialog")
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Side panel").click()
    panel = page.get_by_role("dialog", name="Amara Okafor")
    expect(panel).to_be_visible()
    assert_accessible(page)
    shot(page, "panel")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Side panel")).to_be_focused()


def test_confirm_asks_before_it_posts(open_page):
    page = open_page("parts")
    confirm = page.get_by_role("button", name="Confirm")
    dialog = page.get_by_role("dialog", name="Erase Amara Okafor?")

    confirm.click()
    expect(dialog).to_contain_text("erased for good")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert_accessible(page)
    shot(page, "confirm")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/parts/$"))

    confirm.click()
    dialog.get_by_role("button", name="Erase").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back.")


def test_card_is_dragged_and_can_be_taken_back(open_page):
    page = open_page("board")
    yuki, contacted = page.locator("#card-4"), page.locator("[data-stage=contacted]")
    page.evaluate("window.kept = true")

    yuki.locator(".av").first.drag_to(contacted.locator(".card").first)

    expect(contacted.locator("#card-4")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Moved to Contacted.")
    expect(page.locator(".col").nth(0).locator("[data-col-count]")).to_have_text("47")
    expect(page.locator(".col").nth(1).locator("[data-col-count]")).to_have_text("32")
    assert page.evaluate("window.kept")
    assert_accessible(page)
    shot(page, "board-moved")
    page.keyboard.press("Control+z")
    expect(page.locator("#toasts")).to_contain_text("Taken back.")


def test_card_is_moved_by_keys_and_keeps_the_focus(open_page):
    page = open_page("board")
    page.locator("#card-4 .card-t").focus()

    page.keyboard.press("m")
    shot(page, "board-menu")
    page.keyboard.press("Enter")

    expect(page.locator("[data-stage=contacted] #card-4")).to_be_visible()
    expect(page.locator("#card-4 .card-t")).to_be_focused()
    expect(page.locator("[aria-live=assertive]")).to_have_text("Yuki Tanabe moved to Contacted.")


def test_refused_card_goes_back_and_says_why(open_page):
    page = open_page("board")
    page.locator("#card-1 .card-t").focus()
    page.keyboard.press("m")

    page.locator("#card-menu").get_by_role("button", name="Offer").click()

    expect(page.locator("#toasts")).to_contain_text("An offer needs an approval first.")
    expect(page.locator("[data-stage=replied] .card").first).to_have_attribute("id", "card-1")
    expect(
        page.locator("[data-stage=replied]").locator("xpath=..").locator("[data-col-count]")
    ).to_have_text("12")
    expect(page.locator("[aria-live=assertive]")).to_contain_text("went back")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"status": 500, "body": "", "headers": {"X-Request-ID": "7f3a"}},
            "Something broke on our side. Nothing was saved. (7f3a)",
        ),
        ({"status": 409, "body": "<p>Taken &amp; gone.</p>"}, "Taken & gone."),
        ({"status": 403, "body": "<html>"}, "You may not do this"),
        (None, "There is no connection."),
    ],
)
def test_failed_request_says_so_and_leaves_the_page(live_server, context, answer, words):
    page = context.new_page()
    page.goto(f"{live_server.url}/styleguide/list/")
    page.route("**/list/?q=*", lambda route: route.fulfill(**answer) if answer else route.abort())

    page.get_by_role("searchbox").fill("a")

    expect(page.locator("#toasts .toast.error")).to_contain_text(words)
    expect(page.locator("tbody tr")).to_have_count(16)
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#toasts .toast")).to_have_count(0)


def test_form_is_not_sent_twice(open_page):
    page = open_page("board")
    page.route("**/styleguide/undo/", lambda route: route.abort())

    stopped = page.evaluate(
        """() => {
        const stopped = [];
        addEventListener("submit", (event) => stopped.push(event.defaultPrevented));
        const form = document.createElement("form");
        form.method = "post";
        form.action = "/styleguide/undo/";
        document.body.append(form);
        form.requestSubmit();
        form.requestSubmit();
        return stopped;
        }"""
    )

    assert stopped == [False, True]


def test_phone_opens_and_closes_the_side_bar(open_page, page: Page):
    dress(page, theme="light", width=360)
    open_page("list")
    menu = page.get_by_role("button", name="Menu")

    menu.click()
    expect(page.get_by_role("link", name="Board")).to_be_visible()
    assert_accessible(page)
    shot(page, "side-bar")
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Board")).to_be_hidden()
    expect(menu).to_be_focused()


@pytest.mark.parametrize("name", [key for key, _, _ in PAGES])
def test_nothing_is_too_wide_at_320_px(open_page, page: Page, name: str):
    dress(page, theme="light", width=320)

    open_page(name)

    assert_fits(page)


@pytest.mark.parametrize("name", ["parts", "list", "board", "forms"])
def test_forced_colors_are_accessible(open_page, page: Page, name: str):
    page.emulate_media(forced_colors="active", reduced_motion="reduce")

    open_page(name)

    shot(page, f"forced-{name}")
    assert_accessible(page)


def test_page_works_without_scripts(live_server, browser: Browser):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/styleguide/board/")

    page.get_by_role("button", name="Move or act on Yuki Tanabe").click()

    expect(page).to_have_url(re.compile("/styleguide/record/"))
    shot_path = page.screenshot(path=".artifacts/no-scripts-light-1440.png")
    assert shot_path
    context.close()
