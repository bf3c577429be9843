"""A job's board in a browser: cards are dragged, moved by menu and key, refused, undone; pages look right."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from candidates.models import Notification, Touchpoint
from candidates.services.tasks import add_task
from candidates.services.timeline import add_touchpoint
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview, JobWatch
from pipelines.services import candidacies, jobs, rules
from pipelines.services.interviews import scheduling
from tests.e2e.conftest import Look, assert_accessible, dress
from tests.factories import CandidateFactory, TalentPoolFactory

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
            candidacies.move_card(card, to=stages[stage], by=recruiter)
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


def test_pages_of_jobs_look_right(page, live_server, sign_in, acme, recruiter, job):
    sign_in(recruiter)
    with acting_in(acme):
        card = Candidacy.objects.get(candidate__full_name="Amara Okafor")
        rule = rules.add_rule(
            card.stage, by=recruiter, action="task", title="Call", whom="job_owner", after_hours=48
        )
    look = Look(page)

    wrong = []
    for name, path in (
        ("candidacy", f"/acme/jobs/candidacies/{card.pk}/"),
        ("reject", f"/acme/jobs/candidacies/{card.pk}/reject/"),
        ("transfer", f"/acme/jobs/candidacies/{card.pk}/transfer/"),
        ("scorecard", f"/acme/jobs/candidacies/{card.pk}/scorecard/{card.stage_id}/"),
        ("stage", f"/acme/jobs/stages/{card.stage_id}/edit/"),
        ("stage-rules", f"/acme/jobs/stages/{card.stage_id}/rules/"),
        ("stage-rules-mail", f"/acme/jobs/stages/{card.stage_id}/rules/?action=mail"),
        ("stage-rule", f"/acme/jobs/rules/{rule.pk}/"),
        ("jobs", "/acme/jobs/"),
        ("job-form", "/acme/jobs/add/"),
        ("board", f"/acme/jobs/{job.pk}/"),
        ("job-table", f"/acme/jobs/{job.pk}/table/"),
        ("job-people", f"/acme/jobs/{job.pk}/people/"),
        ("job-shortlist", f"/acme/jobs/{job.pk}/shortlist/"),
        ("job-team", f"/acme/jobs/{job.pk}/team/"),
        ("job-stages", f"/acme/jobs/pipelines/{job.pipeline_id}/"),
        ("stage-templates", "/acme/jobs/templates/"),
        ("analytics", "/acme/analytics/"),
        ("analytics-people", "/acme/analytics/people/?metric=added"),
        ("home", "/acme/"),
    ):
        wrong += look.over(
            name, live_server.url + path, picture=name, scrolls_sideways=name == "board"
        )

    assert wrong == []


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
    # M opens the menu at the next stage; arrows go up and down in it, round its ends.
    board.keyboard.press("m")
    expect(card(board, "Mei-Ling Chou").get_by_role("button", name="Contacted")).to_be_focused()
    for key in ("Home", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"):
        board.keyboard.press(key)
    board.keyboard.press("Enter")

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
        candidacies.move_card(moved, to=offer, by=recruiter)

    card(board, "Grace Kimani").drag_to(column(board, "Sourced"))

    expect(
        board.locator("[data-toast]", has_text="Somebody else has moved Grace Kimani to “Offer”")
    ).to_be_visible()
    # The card is shown where it is now, and can be moved on from there.
    now = column(board, "Offer").locator('[data-name="Grace Kimani"]')
    expect(now).to_have_attribute("data-version", "2")
    expect(head_count(board, "Replied")).to_have_text("1")
    expect(head_count(board, "Sourced")).to_have_text("2")
    assert stage_of(acme, "Grace Kimani") == "Offer"


def test_column_shows_more(page, live_server, sign_in, acme, recruiter, job):
    with acting_in(acme):
        people = [CandidateFactory(full_name=f"Person {number:02}").pk for number in range(25)]
        candidacies.add_to_job(job, people, by=recruiter)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    expect(column(page, "Sourced").locator(".card")).to_have_count(20)

    column(page, "Sourced").get_by_role("link", name="Show more").scroll_into_view_if_needed()

    expect(column(page, "Sourced").locator(".card")).to_have_count(27)
    expect(head_count(page, "Sourced")).to_have_text("27")


def tab_to(page, name: str) -> None:
    """Press Tab until something with this accessible name has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement;"
            " return e.getAttribute('aria-label') || e.textContent.trim() }"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"No {name} within 150 tabs")


def test_cards_are_selected_and_moved_by_keyboard_alone(board, acme):
    """Without a pointer: select two, choose the stage, move, and take it back."""
    for name in ("Select Mei-Ling Chou", "Select Yuki Tanabe"):
        tab_to(board, name)
        board.keyboard.press("Space")
    expect(board.locator("[data-bulk-count]")).to_have_text("2 selected")
    tab_to(board, "Stage to move to")
    board.keyboard.type("Onsite")
    tab_to(board, "Move")
    board.keyboard.press("Enter")

    expect(board.locator("[data-toast]", has_text="2 cards moved to Onsite.")).to_be_visible()
    expect(head_count(board, "Onsite")).to_have_text("2")
    tab_to(board, "Undo")
    board.keyboard.press("Enter")
    expect(board.locator("[data-toast]", has_text="2 cards are back.")).to_be_visible()
    expect(head_count(board, "Sourced")).to_have_text("2")
    assert stage_of(acme, "Yuki Tanabe") == "Sourced"


def test_a_card_is_rejected_on_a_phone_with_a_reason(
    page, live_server, sign_in, acme, recruiter, job
):
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    # One column beside the other, each nearly as wide as the phone.
    first, second = (page.locator(".col").nth(number).bounding_box() for number in (0, 1))
    assert first
    assert second
    assert (second["y"], second["x"] > first["x"] + 290) == (first["y"], True)

    card(page, "Mei-Ling Chou").get_by_role("button", name="Move or act on").click()
    card(page, "Mei-Ling Chou").get_by_role("link", name="Reject").click()
    dialog = page.get_by_role("dialog", name="Reject Mei-Ling Chou")
    dialog.get_by_label("In your words").fill("Looks for another city")
    assert_accessible(page)
    dialog.get_by_role("button", name="Reject", exact=True).click()

    expect(page.locator("[data-toast]", has_text="Mei-Ling Chou was rejected.")).to_be_visible()
    with acting_in(acme):
        row = Candidacy.objects.get(candidate__full_name="Mei-Ling Chou")
    assert row.rejection_note == "Looks for another city"


def test_all_that_leads_on_from_a_job_is_there_on_a_phone(
    page, live_server, sign_in, acme, recruiter, job
):
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    ways = ("Review", "Stages", "Team", "Edit", "Task about this job")

    page.get_by_role("button", name="More about this job").click()
    for way in ways:
        expect(page.get_by_role("link", name=way, exact=True)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Watch").click()
    expect(page.get_by_role("link", name="Add people")).to_be_visible()
    with acting_in(acme):
        assert JobWatch.objects.filter(job=job, user=recruiter).exists()

    page.goto(f"{live_server.url}/acme/jobs/")
    page.get_by_role("button", name="More about jobs").click()
    page.get_by_role("link", name="Referrals").click()
    expect(page.get_by_role("heading", name="Referrals")).to_be_visible()


def test_card_dragged_into_rejected_is_asked_why_and_comes_back_with_undo(board, acme):
    # Wide enough to see the last column from the first.
    board.set_viewport_size({"width": 3200, "height": 900})
    card(board, "Yuki Tanabe").drag_to(column(board, "Rejected"))

    dialog = board.get_by_role("dialog", name="Reject Yuki Tanabe")
    expect(column(board, "Sourced").locator('[data-name="Yuki Tanabe"]')).to_be_visible()
    dialog.get_by_label("In your words").fill("Moves to another city")
    dialog.get_by_role("button", name="Reject", exact=True).click()
    expect(column(board, "Rejected").locator('[data-name="Yuki Tanabe"]')).to_be_visible()
    with acting_in(acme):
        row = Candidacy.objects.get(candidate__full_name="Yuki Tanabe")
    assert row.rejection_note == "Moves to another city"

    board.locator("[data-toast]", has_text="was rejected").get_by_role(
        "button", name="Undo"
    ).click()
    expect(column(board, "Sourced").locator('[data-name="Yuki Tanabe"]')).to_be_visible()


def test_card_dragged_into_hired_is_asked_about_where_an_interview_ends(board, acme, recruiter):
    board.set_viewport_size({"width": 3200, "height": 900})
    with acting_in(acme):
        moving = Candidacy.objects.get(candidate__full_name="Mei-Ling Chou")
        talk = scheduling.arrange(
            moving,
            title="Conversation",
            interviewers=[recruiter],
            time_zone="UTC",
            starts_at=timezone.now() + timedelta(days=3),
            by=recruiter,
        )
    order = column(board, "Sourced").locator(".card b").all_inner_texts()
    dialog = board.get_by_role("dialog", name="Move to Hired?")

    card(board, "Mei-Ling Chou").drag_to(column(board, "Hired"))
    expect(dialog).to_contain_text("1 interview is cancelled with it")
    assert_accessible(board)
    dialog.get_by_role("button", name="Cancel").click()

    # Back where it was, as if nothing had been asked.
    expect(dialog).to_be_hidden()
    assert column(board, "Sourced").locator(".card b").all_inner_texts() == order
    expect(column(board, "Hired").locator(".card")).to_have_count(0)
    expect(board.locator(".card.moving")).to_have_count(0)
    expect(head_count(board, "Sourced")).to_have_text("2")
    expect(head_count(board, "Hired")).to_have_text("0")
    assert stage_of(acme, "Mei-Ling Chou") == "Sourced"

    card(board, "Mei-Ling Chou").drag_to(column(board, "Hired"))
    dialog.get_by_role("button", name="Move", exact=True).click()

    expect(board.locator("[data-toast]", has_text="Mei-Ling Chou moved to Hired.")).to_be_visible()
    expect(column(board, "Hired").locator('[data-name="Mei-Ling Chou"]')).to_be_visible()
    expect(head_count(board, "Hired")).to_have_text("1")
    assert stage_of(acme, "Mei-Ling Chou") == "Hired"
    with acting_in(acme):
        talk.refresh_from_db()
    assert talk.state == Interview.State.CANCELLED


def test_several_are_rejected_with_one_form(board, acme):
    for name in ("Yuki Tanabe", "Mei-Ling Chou"):
        board.get_by_label(f"Select {name}").check()
    board.get_by_label("Stage to move to").select_option(label="Rejected")
    board.get_by_role("button", name="Move", exact=True).click()

    dialog = board.get_by_role("dialog", name="Reject 2 people")
    dialog.get_by_label("In your words").fill("The job is filled")
    assert_accessible(board)
    dialog.get_by_role("button", name="Reject", exact=True).click()

    expect(board.locator("[data-toast]", has_text="2 people were rejected.")).to_be_visible()
    assert stage_of(acme, "Yuki Tanabe") == stage_of(acme, "Mei-Ling Chou") == "Rejected"


def test_a_job_opens_and_its_shortlist_is_shared_in_three_clicks(
    page, live_server, sign_in, acme, recruiter, manager
):
    """From the job saved to the shortlist shared: tick all, share. The mark is five clicks."""
    with acting_in(acme):
        pool = TalentPoolFactory(name="Berlin engineers")
        for name in ("Ada Byron", "Bo Li"):
            CandidateFactory(
                full_name=name, skills=["Python"], emails=[f"{name[:2]}@example.com"], pools=[pool]
            )
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/add/")
    page.get_by_label("Title").fill("Backend Engineer")
    page.get_by_label("Must have").fill("Python")
    page.get_by_label("Berlin engineers").check()
    page.get_by_label(manager.name).check()
    page.get_by_role("button", name="Create job").click()

    expect(page.get_by_text("Python (1 of 1 musts)")).to_have_count(2)
    dress(page, theme="light", width=360)
    expect(page.get_by_text("Python (1 of 1 musts)").first).to_be_visible()
    dress(page, theme="light", width=1440)
    assert_accessible(page)
    page.get_by_label("Select all on this page").click()
    page.get_by_role("button", name="Add and share").click()

    expect(
        page.locator("[data-toast]", has_text="The hiring managers are shown 2.")
    ).to_be_visible()
    with acting_in(acme):
        assert Candidacy.objects.exclude(shortlisted_at=None).count() == 2
        assert Notification.objects.get(user=manager).text.startswith("2 people to look at")


def test_board_without_javascript(browser, live_server, acme, recruiter, job, sign_in, context):
    sign_in(recruiter)
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")

    card(page, "Mei-Ling Chou").get_by_role("button", name="Move or act on Mei-Ling Chou").click()
    expect(page.get_by_role("button", name="Take off this job")).to_be_visible()
    page.get_by_role("button", name="Move to…").click()
    page.locator("#move").get_by_role("button", name="Onsite").click()

    expect(page.get_by_role("button", name="Take off this job")).to_be_hidden()
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    expect(column(page, "Onsite").locator(".card", has_text="Mei-Ling Chou")).to_be_attached()
    assert stage_of(acme, "Mei-Ling Chou") == "Onsite"
    plain.close()
