"""A job's board in a browser: cards are dragged, moved by menu and key, refused, undone; pages look right."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from candidates.models import Touchpoint
from candidates.services.tasks import add_task
from candidates.services.timeline import add_touchpoint
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import candidacies, jobs
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot
from tests.factories import CandidateFactory

PEOPLE = [
    ("Yuki Tanabe", "Machine Learning Engineer", "Kumo Robotics", "PyTorch CUDA", "Sourced"),
    ("Mei-Ling Chou", "Analytics Engineer", "Kedai", "SQL dbt", "Sourced"),
    ("Mateo Álvarez", "Senior Data Engineer", "Parcelo", "Python Spark", "Contacted"),
    ("Tomasz Nowak", "Site Reliability Engineer", "Bazarek", "Kubernetes AWS", "Contacted"),
    ("Amara Okafor", "Staff Backend Engineer", "Tidewater", "Go PostgreSQL", "Replied"),
    ("Grace Kimani", "Data Scientist", "Twiga Mobile", "Python Statistics", "Replied"),
    ("Priya Raman", "Engineering Manager", "Modehaus", "Leadership Java", "Phone screen"),
    ("Chiara Moretti", "Product Designer", "Studio Nove", "Figma Research", "Rejected"),
]


@pytest.fixture
def job(transactional_db, acme, recruiter, manager):
    with acting_in(acme):
        job = jobs.create_job(
            by=recruiter, title="Staff Backend Engineer", owner=recruiter, managers=[manager]
        )
        stages = {stage.name: stage for stage in job.pipeline.stages.all()}
        for name, headline, company, skills, stage in PEOPLE:
            person = CandidateFactory(
                full_name=name,
                headline=headline,
                company=company,
                skills=skills.split(),
                owner=recruiter,
            )
            candidacies.add_to_job(job, [person.pk], by=recruiter)
            card = Candidacy.objects.get(candidate=person)
            candidacies.move_candidacy(card, to=stages[stage], by=recruiter)
            if name == "Amara Okafor":
                add_touchpoint(
                    person, Touchpoint.Kind.MAIL_RECEIVED, "Reply: “Happy to chat Thursday”"
                )
            if name == "Priya Raman":
                add_task(
                    title="Send the scorecard",
                    candidate=person,
                    assignee=recruiter,
                    due_on=timezone.localdate(),
                )
                entered = timezone.now() - timedelta(days=14)
                Candidacy.objects.filter(pk=card.pk).update(entered_stage_at=entered)
        return job


@pytest.fixture
def board(page, live_server, sign_in, recruiter, job):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    return page


def card(page, name: str):
    return page.locator(".card", has_text=name)


def column(page, name: str):
    return page.locator(f'[data-stage-name="{name}"]')


def head_count(page, name: str):
    return page.locator(".col", has=page.get_by_role("heading", name=name, exact=True)).locator(
        "[data-col-count]"
    )


def stage_of(acme, name: str) -> str:
    with acting_in(acme):
        return (Candidacy.objects.select_related("stage").get(candidate__full_name=name)).stage.name


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_pages_of_jobs_look_right(page, live_server, sign_in, recruiter, job, theme, width):
    sign_in(recruiter)
    dress(page, theme=theme, width=width)
    for name, path in (
        ("jobs", "/acme/jobs/"),
        ("job-form", "/acme/jobs/add/"),
        ("board", f"/acme/jobs/{job.pk}/"),
        ("job-table", f"/acme/jobs/{job.pk}/table/"),
        ("job-people", f"/acme/jobs/{job.pk}/people/"),
        ("job-stages", f"/acme/jobs/pipelines/{job.pipeline_id}/"),
        ("stage-templates", "/acme/jobs/templates/"),
        ("analytics", "/acme/analytics/"),
        ("analytics-people", "/acme/analytics/people/?metric=added"),
        ("home", "/acme/"),
    ):
        page.goto(live_server.url + path)
        shot(page, name)
        assert_accessible(page)
        if name != "board":
            assert_fits(page)


def test_card_is_dragged(board, acme):
    card(board, "Yuki Tanabe").drag_to(column(board, "Replied"))

    moved = column(board, "Replied").locator('[data-name="Yuki Tanabe"]')
    expect(moved).to_have_attribute("data-version", "1")
    expect(board.locator("[data-toast]", has_text="Yuki Tanabe moved to Replied.")).to_be_visible()
    expect(head_count(board, "Sourced")).to_have_text("1")
    expect(head_count(board, "Replied")).to_have_text("3")
    assert stage_of(acme, "Yuki Tanabe") == "Replied"


def test_card_is_moved_by_keys_and_undone(board, acme):
    card(board, "Mei-Ling Chou").get_by_role("link").first.focus()
    board.keyboard.press("m")
    card(board, "Mei-Ling Chou").get_by_role("button", name="Phone screen").press("Enter")

    expect(column(board, "Phone screen").locator(".card", has_text="Mei-Ling")).to_be_visible()
    expect(board.locator('[data-name="Mei-Ling Chou"]')).to_have_attribute("data-version", "1")
    assert stage_of(acme, "Mei-Ling Chou") == "Phone screen"

    board.get_by_role("button", name="Undo").click()
    expect(column(board, "Sourced").locator(".card", has_text="Mei-Ling")).to_be_visible()
    assert stage_of(acme, "Mei-Ling Chou") == "Sourced"


def test_card_that_somebody_moved_goes_back_with_the_reason(board, acme, recruiter, job):
    with acting_in(acme):
        moved = Candidacy.objects.get(candidate__full_name="Grace Kimani")
        offer = job.pipeline.stages.get(name="Offer")
        candidacies.move_candidacy(moved, to=offer, by=recruiter)

    card(board, "Grace Kimani").drag_to(column(board, "Sourced"))

    expect(board.get_by_text("Somebody else has moved Grace Kimani to “Offer”")).to_be_visible()
    expect(column(board, "Replied").locator(".card", has_text="Grace Kimani")).to_be_visible()
    expect(head_count(board, "Replied")).to_have_text("2")
    assert stage_of(acme, "Grace Kimani") == "Offer"


def test_column_shows_more(page, live_server, sign_in, acme, recruiter, job):
    with acting_in(acme):
        people = [CandidateFactory(full_name=f"Person {number:02}").pk for number in range(25)]
        candidacies.add_to_job(job, people, by=recruiter)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    expect(column(page, "Sourced").locator(".card")).to_have_count(20)

    column(page, "Sourced").get_by_role("link", name="Show more").click()

    expect(column(page, "Sourced").locator(".card")).to_have_count(27)
    expect(head_count(page, "Sourced")).to_have_text("27")


def test_board_without_javascript(browser, live_server, acme, recruiter, job, sign_in, context):
    sign_in(recruiter)
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")

    card(page, "Tomasz Nowak").get_by_role("button", name="Move or act on Tomasz Nowak").click()
    card(page, "Tomasz Nowak").get_by_role("button", name="Onsite").click()

    expect(column(page, "Onsite").locator(".card", has_text="Tomasz Nowak")).to_be_attached()
    assert stage_of(acme, "Tomasz Nowak") == "Onsite"
    plain.close()
