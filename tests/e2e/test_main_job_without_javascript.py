"""The main job with JavaScript off, against `manage.py up`: forms, links and page loads do all of it."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import ARTIFACTS
from tests.running import RunningApp

FILE = Path(__file__).parents[1] / "candidates" / "imports" / "files" / "linkedin-connections.csv"
PEOPLE = """\
Name,E-mail,Company
Ada Example,ada@plain.example,Analytical Engines
Béla Example,bela@plain.example,Analytical Engines
"""
# How long a person would go on reloading a page.
PATIENCE = 60.0


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1440, "height": 900}
    )
    yield context.new_page()
    context.close()


def reload_until(page: Page, seen: Locator) -> None:
    deadline = time.monotonic() + PATIENCE
    while not seen.is_visible():
        assert time.monotonic() < deadline, f"not seen after {PATIENCE:.0f} s: {seen}"
        page.wait_for_timeout(500)
        page.reload()


def go_to(page: Page, place: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()


def sign_in(page: Page, app: RunningApp) -> None:
    page.goto(f"{app.base_url}/")
    page.get_by_label("E-mail").fill("owner@globex.example")
    page.get_by_label("Password").fill(app.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def import_file(page: Page, *, name: str, content: bytes, rows: int, tag: str) -> None:
    go_to(page, "Candidates")
    page.get_by_role("link", name="Import").click()
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_label("Tag for all of them").fill(tag)
    page.get_by_role("button", name="Check the file").click()
    start = page.get_by_role("button", name=re.compile("^Import"))
    reload_until(page, start)
    start.click()
    reload_until(page, page.get_by_text(f"Every row is accounted for: {rows} of {rows}."))


def test_main_job_without_javascript(plain_page: Page, running_app: RunningApp) -> None:
    page = plain_page
    sign_in(page, running_app)
    import_file(page, name=FILE.name, content=FILE.read_bytes(), rows=187, tag="Connections")
    import_file(page, name="plain.csv", content=PEOPLE.encode(), rows=2, tag="Plain")

    note_on_record(page, "Ada Example")
    make_pool_and_fill_it(page)
    write_sequence_and_enroll(page)
    answer_as(page, "Ada Example", running_app)
    see_answer(page, "Ada Example")
    move_on_board(page)
    dry_run_of_retention(page)


def find(page: Page, text: str) -> None:
    go_to(page, "Candidates")
    page.get_by_role("searchbox").fill(text)
    page.get_by_role("button", name="Apply").click()


def note_on_record(page: Page, name: str) -> None:
    find(page, name)
    page.get_by_role("link", name=name).click()
    page.get_by_label("Note", exact=True).last.fill("Met at the fair.")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".timeline")).to_contain_text("Met at the fair.")


def make_pool_and_fill_it(page: Page) -> None:
    go_to(page, "Pools")
    page.get_by_role("link", name="New pool").click()
    page.get_by_label("Name").fill("Plain people")
    page.get_by_role("button", name="Make the pool").click()
    find(page, "plain.example")
    for name in ("Ada Example", "Béla Example"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_role("button", name="Add to pool").click()
    page.get_by_role("combobox", name="Pool").select_option("Plain people")
    page.get_by_role("button", name="Add 2 people to a pool").click()
    expect(page.get_by_text("Added 2 people to Plain people.")).to_be_visible()
    shot_without_script(page, "pool")


def write_sequence_and_enroll(page: Page) -> None:
    go_to(page, "Sequences")
    page.get_by_role("link", name="New sequence").click()
    page.get_by_label("Name").fill("Plain hello")
    page.get_by_role("button", name="Create and write the steps").click()
    page.get_by_role("link", name="Add a mail").click()
    page.locator("#id_subject").fill("Hello {{ first_name | there }}")
    page.get_by_role("textbox", name=re.compile(r"^Text(?! of)")).fill(
        "Hi {{ first_name | there }}, shall we talk?"
    )
    page.get_by_role("button", name="Add step").click()
    page.get_by_role("link", name="Add a mail").click()
    page.get_by_role("textbox", name=re.compile(r"^Text(?! of)")).fill(
        "Hi {{ first_name | there }}, did you see it?"
    )
    page.get_by_role("button", name="Add step").click()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="Enroll").click()
    page.get_by_role("link", name="Plain people").click()
    page.get_by_role("button", name="Enroll 2 people").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plain hello")


def answer_as(page: Page, name: str, app: RunningApp) -> None:
    page.goto(f"{app.base_url}/demo/mail/?q=plain.example")
    mail = page.locator("#mails a").filter(has_text=name)
    reload_until(page, mail)
    mail.click()
    shot_without_script(page, "mail")
    page.get_by_role("textbox", name="Your answer").fill("Gladly. On Monday?")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_role("article").get_by_text("Answered", exact=True)).to_be_visible()


def see_answer(page: Page, name: str) -> None:
    page.get_by_role("link", name="open the record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".timeline")).to_contain_text("Gladly. On Monday?")
    expect(page.get_by_role("region", name="Sequences")).to_contain_text("Replied")


def move_on_board(page: Page) -> None:
    go_to(page, "Jobs")
    page.get_by_role("rowheader").first.get_by_role("link").click()
    card = page.locator(".col").first.locator(".card").first
    name = card.get_attribute("data-name")
    card.get_by_role("button", name="Move or act on").click()
    page.get_by_role("button", name="Move to…").click()
    page.locator("#move").get_by_role("button", name="Contacted").click()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link").last.click()
    contacted = page.get_by_role("region", name="Contacted")
    expect(contacted.locator(f".card[data-name='{name}']")).to_be_visible()
    shot_without_script(page, "board")


def dry_run_of_retention(page: Page) -> None:
    go_to(page, "Settings")
    page.get_by_role("link", name="Privacy").click()
    page.get_by_role("button", name="Dry run").click()
    reload_until(page, page.get_by_role("heading", name="What would go"))
    shot_without_script(page, "retention")


def shot_without_script(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"without-javascript-{name}.png")
