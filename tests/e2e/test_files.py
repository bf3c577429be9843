"""Files of people in a browser: put on the record, refused with the field untouched, saved; and exports by format."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from candidates.models import CandidateCustomValue, CustomField, Export
from candidates.services.custom_fields import add_field
from crm.tenancy.scope import acting_in
from tests.candidates.resumes import files
from tests.e2e.conftest import assert_accessible, assert_fits, dress
from tests.factories import CandidateFactory


@pytest.fixture
def ana(acme, owner):
    with acting_in(acme):
        add_field(name="Work permit", kind=CustomField.Kind.FILE, by=owner)
        return CandidateFactory(full_name="Ana Silva")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_a_file_on_the_record(
    live_server, page, sign_in, acme, recruiter, ana, tmp_path, theme, width
):
    dress(page, theme=theme, width=width)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/{ana.pk}/")
    program, permit = tmp_path / "setup.pdf", tmp_path / "permit.pdf"
    program.write_bytes(b"MZ" + b"\0" * 99)
    permit.write_bytes(files.pdf())

    page.get_by_role("link", name="Edit the fields").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Work permit").set_input_files(program)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This is a program, not a document.")
    assert_accessible(page)
    dialog.get_by_label("Work permit").set_input_files(permit)
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_be_hidden()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save Work permit").click()
    assert saved.value.suggested_filename == "permit.pdf"
    assert Path(saved.value.path()).read_bytes() == files.pdf()
    page.get_by_role("link", name="Edit the fields").click()
    assert_accessible(page)
    assert_fits(page)
    dialog.get_by_label("Take it away").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Save Work permit")).to_have_count(0)
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_role("link", name="Save Work permit")).to_be_visible()
    with acting_in(acme):
        assert CandidateCustomValue.objects.get().shown == "permit.pdf"


def test_a_chosen_file_survives_another_mistake_on_the_form(
    live_server, page, sign_in, acme, recruiter, ana, tmp_path
):
    sign_in(recruiter)
    permit = tmp_path / "permit.pdf"
    permit.write_bytes(files.pdf())
    page.goto(f"{live_server.url}/acme/candidates/add/")

    page.get_by_label("Work permit").set_input_files(permit)
    page.get_by_label("Full name").fill("Ben Ito")
    page.get_by_label("E-mail addresses").fill("not an address")
    page.get_by_role("button", name="Add candidate").click()
    expect(page.get_by_role("alert").first).to_contain_text("could not be saved")
    page.get_by_label("E-mail addresses").fill("ben@example.com")
    page.get_by_role("button", name="Add candidate").click()

    expect(page.get_by_role("heading", name="Ben Ito")).to_be_visible()
    with acting_in(acme):
        assert CandidateCustomValue.objects.get().shown == "permit.pdf"


def test_the_filtered_list_leaves_as_a_workbook_in_two_clicks(
    live_server, page, sign_in, acme, recruiter, ana
):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/?q=Silva")

    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Excel").click()

    expect(page.get_by_role("heading", name="Exports")).to_be_visible()
    with acting_in(acme):
        export = Export.objects.get()
        assert (export.format, export.total) == ("xlsx", 1)
        assert export.wanted != {}
