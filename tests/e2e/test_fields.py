"""Custom fields of jobs, candidacies and pools in a browser: filled in place, shown where the work is done."""

import pytest
from playwright.sync_api import expect

from candidates.models import CustomField
from candidates.services.custom_fields import add_field, set_values
from candidates.services.provenance import by_hand
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import candidacies, jobs
from pipelines.services.custom_values import fill_candidacy
from tests.candidates.resumes import files
from tests.e2e.conftest import Look, assert_accessible, assert_fits, dress
from tests.factories import CandidateFactory, TalentPoolFactory

Kind = CustomField.Kind


@pytest.fixture
def work(acme, owner, recruiter):
    """A job, a candidacy and a pool, each with a few fields that are filled."""
    with acting_in(acme):
        for subject in ("job", "candidacy", "pool"):
            add_field(name="Cost center", kind=Kind.TEXT, subject=subject, by=owner)
            add_field(
                name="Why it is done at all", kind=Kind.LONG_TEXT, subject=subject, by=owner,
                visible_to="recruiters",
            )  # fmt: skip
            add_field(name="Paper", kind=Kind.FILE, subject=subject, by=owner)
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer")
        person = CandidateFactory(full_name="Ada Byron")
        candidacies.add_to_job(job, [person.pk], by=recruiter)
        card, pool = Candidacy.objects.get(), TalentPoolFactory(name="Designers")
        values = {"cost_center": "R&D 7", "why_it_is_done_at_all": "Because two left. " * 12}
        fill_candidacy(card, values, by=recruiter)
        for owned in (job, pool):
            set_values(owned, values, provenance=by_hand(recruiter))
    return job, card, pool


def test_a_file_on_a_candidacy(live_server, page, sign_in, recruiter, work, tmp_path):
    _, card, _ = work
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(files.pdf())
    dress(page, theme="dark", width=360)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/candidacies/{card.pk}/")

    page.get_by_role("link", name="Paper: nothing yet. Change").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Cost center")).to_have_count(0)
    dialog.get_by_label("Paper").set_input_files(paper)
    assert_accessible(page)
    assert_fits(page)
    dialog.get_by_role("button", name="Save").click()

    with page.expect_download() as saved:
        page.get_by_role("link", name="Save Paper").click()
    assert saved.value.suggested_filename == "paper.pdf"
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_role("link", name="Save Paper")).to_have_count(0)
    expect(page.get_by_text("R&D 7")).to_be_visible()


def test_the_fields_of_a_job_open_on_its_board(live_server, page, sign_in, recruiter, work):
    job, _, _ = work
    dress(page, theme="light", width=360)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")

    page.get_by_role("button", name="Fields").click()

    expect(page.get_by_text("R&D 7")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_pages_with_fields_are_accessible_in_both_themes_and_fit_a_phone(
    live_server, page, sign_in, owner, work
):
    job, card, pool = work
    sign_in(owner)
    look = Look(page)
    pages = {
        "settings": "settings/fields/",
        "new-field": "settings/fields/add/?of=pool",
        "job": f"jobs/{job.pk}/edit/",
        "candidacy": f"jobs/candidacies/{card.pk}/",
        "form": f"jobs/candidacies/{card.pk}/fields/",
        "pool": f"pools/{pool.pk}/",
        "pool-form": f"pools/{pool.pk}/edit/",
    }

    wrong = []
    for name, path in pages.items():
        wrong += look.over(name, f"{live_server.url}/acme/{path}", picture=f"fields-{name}")

    assert wrong == []
