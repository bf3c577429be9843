"""The main job, done by a person in a browser against `manage.py up`: from a messy spreadsheet to a certificate."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import shot
from tests.running import RunningApp

FILES = Path(__file__).parents[1] / "candidates" / "imports" / "files"
# The worker and beat take turns with the browser on the same machine.
PATIENCE = 20_000

MAIL = """Hi {{ first_name | there }},

we are building a team of {{ title | people like you }} and I thought of you. Shall we talk?

Best regards
{{ sender_first_name }}"""


def sign_in(page: Page, app: RunningApp, address: str) -> None:
    page.goto(f"{app.base_url}/")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill(app.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def go_to(page: Page, place: str, *, heading: str = "") -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading or place)
    page.wait_for_load_state()  # what one types before the scripts are there is only typed


def number_in(text: str | None) -> int:
    found = re.search(r"\d+", (text or "").replace(",", ""))
    assert found, f"no number in “{text}”"
    return int(found[0])


def import_file(page: Page, name: str, *, rows: int, tag: str) -> None:
    """Upload, look at the columns, check, import; every row of the file must be accounted for."""
    go_to(page, "Candidates")
    page.get_by_role("link", name="Import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    page.wait_for_load_state()
    page.locator("input[type=file]").set_input_files(FILES / name)
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible()
    page.get_by_label("Tag for all of them").fill(tag)
    page.get_by_role("button", name="Check the file").click()
    start = page.get_by_role("button", name=re.compile(r"^Import"))
    expect(start).to_be_visible(timeout=PATIENCE)
    shot(page, f"main-job-check-{Path(name).stem}")
    start.click()
    done = page.get_by_text(f"Every row is accounted for: {rows} of {rows}.")
    expect(done).to_be_visible(timeout=PATIENCE)
    # “Worth a look” counts rows that another group counts already.
    groups = page.get_by_role("navigation", name="Groups of rows").get_by_role("link")
    counts = groups.filter(has_not_text="Worth a look").all_text_contents()
    assert sum(map(number_in, counts)) == rows
    shot(page, f"main-job-imported-{Path(name).stem}")


def test_main_job_from_sign_in_to_certificate(page: Page, running_app: RunningApp) -> None:
    sign_in(page, running_app, "recruiter@acme.example")

    import_file(page, "messy-candidates.csv", rows=246, tag="Job fair")
    import_file(page, "linkedin-connections.csv", rows=187, tag="Connections")

    # One of them, whom the file has in four rows, is one record that tells where it comes from.
    go_to(page, "Candidates")
    page.get_by_role("searchbox").press_sequentially("correia")
    page.get_by_role("link", name="Sarah Correia").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sarah Correia")
    expect(page.get_by_text("sarah.correia@example.com").first).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("messy-candidates.csv")
    shot(page, "main-job-record")

    make_pool(page, "Spring outreach")
    put_in_pool(page, tag="Job fair", pool="Spring outreach")
    write_sequence(page, "Spring hello")
    enrolled = enroll(page, pool="Spring outreach", sequence="Spring hello")

    people = watch_mails_arrive(page, sequence="Spring hello", count=enrolled)
    answer(page, people[0], "Interested", done="Answered: interested")
    answer(page, people[1], "Unsubscribe", done="Unsubscribed")

    see_answer_on_record(page, people[0], sequence="Spring hello")
    see_unsubscription_on_record(page, people[1])
    move_along_the_board(page)
    see_numbers(page, sequence="Spring hello", sent=enrolled)

    page.get_by_role("button", name="Jon Park").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, running_app, "owner@acme.example")
    run_retention(page)


def make_pool(page: Page, name: str) -> None:
    go_to(page, "Pools")
    page.get_by_role("link", name="New pool").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the pool").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def put_in_pool(page: Page, *, tag: str, pool: str) -> None:
    """Everybody with the tag who is on the first page of the list."""
    go_to(page, "Candidates")
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Tag").select_option(tag)
    expect(page.get_by_role("link", name="Remove the filter Tag")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Add to pool").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Pool").select_option(pool)
    shot(page, "main-job-bulk")
    dialog.get_by_role("button", name="Add 50 people to a pool").click()
    expect(page.get_by_role("status")).to_contain_text(f"Added 50 people to {pool}.")


def write_sequence(page: Page, name: str) -> None:
    go_to(page, "Sequences")
    page.get_by_role("link", name="New sequence").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Sender").select_option("Jon Park <recruiter@acme.example>")
    page.get_by_role("button", name="Create and write the steps").click()
    page.get_by_role("link", name="Add a mail").click()
    page.locator("#id_subject").fill("Hello {{ first_name | there }}")
    page.get_by_role("textbox", name=re.compile(r"^Text(?! of)")).fill(MAIL)
    expect(page.locator("#preview")).to_contain_text("Shall we talk?")
    page.get_by_role("button", name="Add step").click()
    page.get_by_role("link", name="Add a mail").click()
    page.get_by_role("spinbutton", name="Wait").fill("2")
    page.get_by_role("textbox", name=re.compile(r"^Text(?! of)")).fill(
        "Hi {{ first_name | there }}, only to be sure: did you see it?"
    )
    page.get_by_role("button", name="Add step").click()
    expect(
        page.get_by_role("article").filter(has_text="Answers in the same thread")
    ).to_be_visible()
    page.get_by_role("searchbox", name="Preview as").press_sequentially("sarah corr")
    page.get_by_role("link", name=re.compile("Sarah Correia")).click()
    expect(page.locator("#preview")).to_contain_text("Hello Sarah")
    shot(page, "main-job-sequence")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("link", name="Enroll")).to_be_visible()


def enroll(page: Page, *, pool: str, sequence: str) -> int:
    """Through the check, which says who is left out and why; returns how many are on the sequence."""
    page.get_by_role("link", name="Enroll").click()
    page.get_by_role("link", name=pool).click()
    confirm = page.get_by_role("button", name=re.compile(r"^Enroll \d+ people"))
    enrolled = number_in(confirm.text_content())
    left_out = page.locator("details.refusal b").all_text_contents()
    assert enrolled + sum(map(number_in, left_out)) == 50
    shot(page, "main-job-enroll")
    confirm.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sequence)
    return enrolled


def watch_mails_arrive(page: Page, *, sequence: str, count: int) -> list[str]:
    """They come by themselves, without a reload; returns the names of the newest."""
    page.goto(page.url.split("/acme/")[0] + "/demo/mail/")
    mails = page.locator("#mails a").filter(has_text=f"{sequence} · step 1")
    expect(mails).to_have_count(min(count, 30), timeout=3 * PATIENCE)
    shot(page, "main-job-mailbox")
    return mails.locator("b").all_text_contents()


def answer(page: Page, name: str, button: str, *, done: str) -> None:
    page.locator("#mails a").filter(has_text=name).first.click()
    expect(
        page.frame_locator("iframe[title='The mail']").get_by_text("Shall we talk?")
    ).to_be_visible()
    shot(page, f"main-job-mail-{button.lower()}")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("article").get_by_text(done, exact=True)).to_be_visible()


def open_record(page: Page, name: str) -> None:
    page.locator("#mails a").filter(has_text=name).first.click()
    page.get_by_role("link", name="open the record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def see_answer_on_record(page: Page, name: str, *, sequence: str) -> None:
    open_record(page, name)
    timeline = page.locator(".timeline")
    expect(timeline).to_contain_text("this sounds interesting")
    enrollment = page.get_by_role("region", name="Sequences")
    expect(enrollment).to_contain_text(sequence)
    expect(enrollment).to_contain_text("Replied")
    expect(enrollment).to_contain_text("Cancelled")
    shot(page, "main-job-answered")
    go_to(page, "My day")
    expect(page.get_by_role("main")).to_contain_text(name)
    page.go_back()
    page.go_back()


def see_unsubscription_on_record(page: Page, name: str) -> None:
    open_record(page, name)
    expect(page.locator(".timeline")).to_contain_text("nsubscribed")


def move_along_the_board(page: Page) -> None:
    go_to(page, "Jobs")
    page.get_by_role("link", name="Staff Backend Engineer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff Backend Engineer")
    page.wait_for_load_state()
    card = page.locator(".col").first.locator(".card").first
    name = card.get_attribute("data-name")
    card.get_by_role("link").first.focus()
    # The menu opens at the next stage.
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    contacted = page.get_by_role("region", name="Contacted")
    expect(contacted.locator(f".card[data-name='{name}']")).to_have_attribute("data-version", "1")
    shot(page, "main-job-board")
    page.reload()
    contacted.locator(f".card[data-name='{name}']").get_by_role("link").first.click()
    expect(page.locator(".timeline")).to_contain_text("Moved from Sourced to Contacted")


def see_numbers(page: Page, *, sequence: str, sent: int) -> None:
    go_to(page, "Analytics")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=sequence))
    cells = [number_in(text) for text in row.get_by_role("cell").all_text_contents()]
    assert cells[:2] == [sent, sent]
    expect(page.get_by_role("table", name="Funnel of Staff Backend Engineer")).to_be_visible()
    shot(page, "main-job-analytics")


def run_retention(page: Page) -> None:
    go_to(page, "Settings", heading="General")
    page.get_by_role("link", name="Privacy").click()
    whom = page.get_by_role("link", name=re.compile(r"^\d+ people$"))
    expected = number_in(whom.text_content())
    whom.click()
    person = page.get_by_role("rowheader").first.get_by_role("link").get_attribute("href")
    page.go_back()
    page.get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Erase").click()
    expect(page.get_by_role("heading", name="Certificate of erasure")).to_be_visible(
        timeout=PATIENCE
    )
    assert number_in(page.locator(".props dd").first.text_content()) == expected
    rows = page.get_by_role("table").get_by_role("row")
    assert number_in(rows.last.get_by_role("cell").text_content()) > expected
    shot(page, "main-job-certificate")
    assert page.request.get(page.url.split("/acme/")[0] + person).status == 404
