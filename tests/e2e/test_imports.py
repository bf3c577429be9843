"""Importing the messy file in a browser, from the list of candidates to the report; each page in both themes."""

from pathlib import Path

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from candidates.models import Candidate, Import
from candidates.services.candidates import create_candidate
from candidates.services.importing import running
from crm.tenancy.scope import acting_in
from tests.candidates.imports.workbooks import inline, row, titles, workbook
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot

FILES = Path(__file__).parents[1] / "candidates" / "imports" / "files"
LOOKS = [("light", 1440), ("dark", 1440), ("light", 360), ("dark", 360)]


def look(page: Page, name: str) -> None:
    for theme, width in LOOKS:
        dress(page, theme=theme, width=width)
        shot(page, f"import-{name}")
        assert_fits(page)
        assert_accessible(page)
    dress(page, theme="light", width=1440)


def test_messy_file_from_drop_to_report(live_server, page: Page, sign_in, acme, recruiter):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/")

    # Click 1: Import. Click 2: the file. Click 3: check. Click 4: start.
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Imports")).to_be_visible()
    look(page, "1-upload")
    page.set_input_files("input[type=file]", FILES / "messy-candidates.csv")

    page.wait_for_url("**/imports/*/")
    expect(page.get_by_text("Letters were lost before this file was made")).to_be_visible()
    expect(page.get_by_label("Letzter Kontakt", exact=True)).to_have_value("contacted")
    look(page, "2-columns")
    page.get_by_label("Source", exact=False).fill("Spring fair")
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_role("button", name="Import 242 people")).to_be_visible()
    look(page, "3-check")
    page.get_by_role("link", name="Duplicate 3").click()
    expect(page.get_by_text("Same person as line 56: same phone number")).to_be_visible()
    shot(page, "import-3-duplicates")
    page.get_by_role("link", name="Worth a look").click()
    expect(page.get_by_text("is no e-mail address").first).to_be_visible()
    shot(page, "import-3-warnings")
    page.get_by_role("button", name="Import 242 people").click()

    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    assert_accessible(page)
    shot(page, "import-4-progress")
    with acting_in(acme):
        import_file = Import.objects.get()
    assert running.work_on(acme, import_file.pk)

    expect(page.get_by_text("Every row is accounted for: 246 of 246.")).to_be_visible()
    look(page, "5-report")
    with page.expect_download() as download:
        page.get_by_role("link", name="Failed rows").click()
    assert "Empty row" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="Imports", exact=True).click()
    expect(page.get_by_role("cell", name="Done")).to_be_visible()
    assert_accessible(page)
    shot(page, "import-6-list")


def test_the_same_file_again_is_imported_or_thrown_away(
    live_server, page: Page, sign_in, acme, recruiter
):
    sign_in(recruiter)

    def upload() -> None:
        page.goto(f"{live_server.url}/acme/candidates/imports/")
        page.set_input_files("input[type=file]", FILES / "messy-candidates.csv")
        page.wait_for_url("**/imports/*/")

    upload()
    upload()
    expect(page.get_by_text("This very file was uploaded before")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    notice = page.locator(".callout").filter(has_text="This very file").bounding_box()
    way = page.get_by_role("link", name="Go on with the earlier one").bounding_box()
    throw = page.get_by_role("button", name="Throw this one away").bounding_box()
    assert max(box["x"] + box["width"] for box in (way, throw)) <= notice["x"] + notice["width"]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Throw this one away").click()
    page.get_by_role("dialog").get_by_role("button", name="Throw the file away").click()
    page.wait_for_url("**/imports/")
    with acting_in(acme):
        assert Import.objects.count() == 1

    upload()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("button", name="Import 242 people")).to_be_visible()


COUNT_CLICKS = """addEventListener("click", (event) => {
  if (event.isTrusted) sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1;
}, true)"""


def test_an_import_takes_four_clicks_and_its_undo_two(
    live_server, page: Page, sign_in, acme, recruiter, tmp_path
):
    """W1: nobody is asked anything that the file says itself, and all of it can be taken back."""
    with acting_in(acme):
        create_candidate(by=recruiter, full_name="Anna Muster", emails=["anna@example.com"])
    (tmp_path / "people.csv").write_text(
        "Name;E-mail;City\nAnna Muster;anna@example.com;Bonn\nBert Beil;bert@example.com;Ulm\n"
    )
    sign_in(recruiter)
    page.add_init_script(COUNT_CLICKS)
    page.goto(f"{live_server.url}/acme/candidates/")
    page.evaluate("sessionStorage.clicks = 0")

    page.get_by_role("link", name="Import", exact=True).click()
    # Choosing the file counts as a click that no script sees.
    page.set_input_files("input[type=file]", tmp_path / "people.csv")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Import 2 people").click()
    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    with acting_in(acme):
        import_file = Import.objects.get()
    assert running.work_on(acme, import_file.pk)
    expect(page.get_by_text("Every row is accounted for: 2 of 2.")).to_be_visible()
    assert page.evaluate("sessionStorage.clicks") == "3"

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("1 added person removed and 1 other change taken back")).to_be_visible()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("This import was undone")).to_be_visible()
    assert page.evaluate("sessionStorage.clicks") == "5"
    with acting_in(acme):
        assert list(Candidate.objects.values_list("full_name", "city")) == [("Anna Muster", "")]

    page.get_by_role("link", name="See what became of it").click()
    expect(page.get_by_text("1 removed, 1 restored")).to_be_visible()
    look(page, "8-undone")
    page.get_by_role("link", name="Changes", exact=True).click()
    expect(page.get_by_role("link", name="Import of people.csv")).to_be_visible()
    look(page, "9-changes")


def test_what_was_read_wrongly_is_put_right_and_failed_rows_come_back(
    live_server, page: Page, sign_in, acme, recruiter, tmp_path
):
    sign_in(recruiter)
    imports = f"{live_server.url}/acme/candidates/imports/"
    first_rows = page.get_by_role("region", name="The first rows of the file")

    # A workbook: the sheet that was meant is another one.
    team = titles("Name", "E-mail", "Phone") + row(2, inline("A2", "Anna Muster"))
    fair = titles("Person", "Contact") + row(2, inline("A2", "Bert Beispiel"))
    (tmp_path / "people.xlsx").write_bytes(workbook(("Team", team), ("Fair", fair)))
    page.goto(imports)
    page.set_input_files("input[type=file]", tmp_path / "people.xlsx")
    expect(page.get_by_role("heading", name="How the file is read")).to_be_visible()
    expect(first_rows.get_by_text("Anna Muster")).to_be_visible()
    page.get_by_label("Sheet").select_option("Fair")
    page.get_by_role("button", name="Read again").click()
    expect(first_rows.get_by_text("Bert Beispiel")).to_be_visible()
    expect(page.get_by_text("Read the sheet “Fair”. Not read: “Team”.")).to_be_visible()

    # A table in letters of another part of the world, with a row that holds nobody.
    content = "Name;E-mail\nJiøí;jiri@example.com\n;+420 601 123 456\n"
    (tmp_path / "lidé.csv").write_bytes(content.encode("cp1252"))
    page.goto(imports)
    page.set_input_files("input[type=file]", tmp_path / "lidé.csv")
    expect(first_rows.get_by_text("Jiøí")).to_be_visible()
    page.get_by_label("Letters are written in").select_option("cp1250")
    page.get_by_role("button", name="Read again").click()
    expect(first_rows.get_by_text("Jiří")).to_be_visible()
    look(page, "7-reading")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Import 1 person").click()
    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    with acting_in(acme):
        import_file = Import.objects.get(file_name="lidé.csv")
    assert running.work_on(acme, import_file.pk)

    # The failed row is repaired, and only it is uploaded: nothing is asked again.
    expect(page.get_by_text("Every row is accounted for: 2 of 2.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Failed rows").click()
    failed = Path(download.value.path()).read_text(encoding="utf-8-sig")
    repaired = failed.replace(";'+420 601 123 456", "Eva Malá;eva@example.com")
    (tmp_path / "repaired.csv").write_text(repaired)
    page.goto(imports)
    page.set_input_files("input[type=file]", tmp_path / "repaired.csv")
    expect(page.get_by_text("These are failed rows of “lidé.csv”")).to_be_visible()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("button", name="Import 1 person")).to_be_visible()
    expect(page.get_by_text("Eva Malá")).to_be_visible()


def test_linkedin_file_without_javascript(live_server, browser, acme, recruiter):
    client = Client()
    client.force_login(recruiter)
    context = browser.new_context(java_script_enabled=False)
    cookie = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": cookie, "value": client.cookies[cookie].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/acme/candidates/imports/")

    page.set_input_files("input[type=file]", FILES / "linkedin-connections.csv")
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Import 185 people").click()
    with acting_in(acme):
        import_file = Import.objects.get()
    assert running.work_on(acme, import_file.pk)
    page.get_by_role("link", name="Look again").click()

    expect(page.get_by_text("Every row is accounted for: 187 of 187.")).to_be_visible()
    context.close()
