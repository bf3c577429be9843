"""W2 in a browser: résumés dropped together, read by a worker, reviewed with Enter alone; clicks are counted."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from candidates.models import Candidate, Resume
from candidates.services.resumes import accepting, running, storing
from crm.tenancy.scope import acting_in
from tests.candidates.resumes import files
from tests.candidates.resumes.test_two_people import CARL, DORA
from tests.e2e.conftest import assert_accessible, assert_fits, assert_free, dress, shot
from tests.factories import CandidateFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PEOPLE = ["Amara Okafor", "Bo Lindqvist", "Cleo Diaz"]


def resume_of(name: str) -> bytes:
    first, last = name.lower().split()
    lines = [line.replace("Amara Okafor", name) for line in files.LINES]
    return files.pdf([line.replace("amara", first).replace("okafor", last) for line in lines])


def test_many_resumes_take_two_clicks_and_enter_each(
    page: Page, live_server, sign_in, recruiter, acme
):
    with acting_in(acme):
        CandidateFactory(
            full_name="Cleo Diaz", headline="Chief of Harbors", emails=["cleo.diaz@example.com"]
        )
    sign_in(recruiter)
    clicks: list[str] = []

    def click(name: str, role: str = "button") -> None:
        clicks.append(name)
        page.get_by_role(role, name=name, exact=True).click()

    page.goto(f"{live_server.url}/acme/candidates/resumes/")
    dropped = [
        {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": resume_of(name)}
        for name in PEOPLE
    ]
    dropped.append({"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    page.get_by_label("Drop résumés here").set_input_files(dropped)
    expect(page.locator("[data-drop-names]")).to_contain_text("Bo Lindqvist.pdf")
    assert_accessible(page)
    shot(page, "resumes-drop")
    click("Read them")
    expect(page.get_by_text("Reading the résumés")).to_be_visible()
    running.read_waiting(acme)
    # The page asks on by itself.
    expect(page.get_by_text("3 to review.")).to_be_visible()
    assert_accessible(page)
    shot(page, "resumes-upload")
    page.get_by_role("link", name="Refused 1").click()
    expect(page.get_by_text("This PDF is damaged")).to_be_visible()

    click("Review", "link")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Amara Okafor")
    expect(page.get_by_role("img", name="Page 1")).to_have_js_property("complete", value=True)
    assert_accessible(page)
    for theme in ("light", "dark"):
        for width in (1440, 360):
            dress(page, theme=theme, width=width)
            assert_fits(page)
            shot(page, "resumes-review")
    dress(page, theme="light", width=1440)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Bo Lindqvist")
    for width in (360, 1440):
        dress(page, theme="light", width=width)
        assert_free(page, ".review-a .btn")
    shot(page, "resumes-toast")
    page.keyboard.press("Escape")
    expect(page.get_by_text("This updates")).to_be_visible()
    expect(page.get_by_label("Current title")).to_have_value("Chief of Harbors")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Bo Lindqvist")
    page.get_by_label("City").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing of this upload is left to review.")).to_be_visible()

    assert clicks == ["Read them", "Review"]
    with acting_in(acme):
        assert set(Candidate.objects.values_list("full_name", flat=True)) == set(PEOPLE)
        cleo = Candidate.objects.get(full_name="Cleo Diaz")
        assert (cleo.headline, cleo.resumes.count()) == ("Chief of Harbors", 1)
        assert Resume.objects.filter(state=Resume.State.ACCEPTED).count() == 3
    page.goto(f"{live_server.url}/acme/candidates/{cleo.pk}/")
    expect(page.get_by_role("link", name="Cleo Diaz.pdf", exact=True)).to_be_visible()
    assert_accessible(page)


def test_a_resume_is_taken_back_by_way_of_the_timeline(
    page: Page, live_server, sign_in, recruiter, acme
):
    with acting_in(acme):
        cleo = CandidateFactory(
            full_name="Cleo Diaz", headline="Chief of Harbors", emails=["cleo.diaz@example.com"]
        )
        dropped = SimpleUploadedFile("Cleo Diaz.pdf", resume_of("Cleo Diaz"))
        storing.store_upload([dropped], by=recruiter)
    running.read_waiting(acme)
    with acting_in(acme):
        resume = Resume.objects.get()
        kept = accepting.Kept(columns={"headline": "Senior Backend Engineer"}, skills=["Python"])
        accepting.accept(resume, by=recruiter, person=cleo, kept=kept)
    sign_in(recruiter)

    page.goto(f"{live_server.url}/acme/candidates/{cleo.pk}/")
    page.get_by_role("link", name="New version of the résumé").click()
    expect(page.get_by_role("link", name="What that changed")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    shot(page, "resume-accepted")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_role("button", name="Undo it", exact=True).click()

    expect(page.get_by_text("Chief of Harbors").first).to_be_visible()
    expect(page.get_by_role("link", name="Undone: Took over a résumé")).to_be_visible()
    expect(page.get_by_role("link", name="Cleo Diaz.pdf", exact=True)).to_have_count(0)
    shot(page, "resume-taken-back")


def test_a_person_added_from_a_resume_is_taken_back_by_the_toast(
    page: Page, live_server, sign_in, recruiter, acme
):
    with acting_in(acme):
        dropped = SimpleUploadedFile("Bo Lindqvist.pdf", resume_of("Bo Lindqvist"))
        storing.store_upload([dropped], by=recruiter)
    running.read_waiting(acme)
    with acting_in(acme):
        resume = Resume.objects.get()
    sign_in(recruiter)
    review, changes = (
        f"{live_server.url}/acme/candidates/{path}/" for path in (f"resumes/{resume.pk}", "changes")
    )

    page.goto(review)
    page.keyboard.press("Enter")
    toast = page.locator(".toast", has_text="Added Bo Lindqvist.")
    expect(toast.get_by_role("button", name="Undo")).to_be_visible()
    for theme, width in (("light", 1440), ("dark", 1440), ("light", 360)):
        dress(page, theme=theme, width=width)
        assert_fits(page)
        shot(page, "resume-added")
    toast.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Added a person from a résumé.")).to_be_visible()
    expect(page.get_by_text("1 to review.")).to_be_visible()
    with acting_in(acme):
        assert not Candidate.objects.exists()

    page.goto(review)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing of this upload is left to review.")).to_be_visible()
    page.goto(f"{changes}?kind=resume")
    expect(page.get_by_role("link", name="Added a person from a résumé")).to_have_count(2)
    assert_accessible(page)
    for theme, width in (("light", 1440), ("dark", 1440), ("light", 360)):
        dress(page, theme=theme, width=width)
        assert_fits(page)
        shot(page, "changes-resumes")
    page.get_by_role("link", name="Added a person from a résumé").first.click()
    expect(page.get_by_text("1 added person removed")).to_be_visible()
    assert_accessible(page)
    for theme, width in (("light", 1440), ("dark", 1440), ("light", 360)):
        dress(page, theme=theme, width=width)
        assert_fits(page)
        shot(page, "change-of-resume")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_role("button", name="Undo it", exact=True).click()
    expect(page.get_by_text("Undone: Added a person from a résumé.")).to_be_visible()
    with acting_in(acme):
        assert not Candidate.objects.exists()


def test_enter_does_not_make_one_person_of_two(page: Page, live_server, sign_in, recruiter, acme):
    with acting_in(acme):
        both = files.docx([*CARL, *DORA])
        storing.store_upload([SimpleUploadedFile("both.docx", both)], by=recruiter)
    running.read_waiting(acme)
    with acting_in(acme):
        resume = Resume.objects.get()
    sign_in(recruiter)

    page.goto(f"{live_server.url}/acme/candidates/resumes/{resume.pk}/")
    expect(page.get_by_text("This file may hold two people: Carl Chrom and Dora")).to_be_visible()
    assert_accessible(page)
    for theme, width in (("light", 1440), ("dark", 1440), ("light", 360)):
        dress(page, theme=theme, width=width)
        assert_fits(page)
        shot(page, "resume-two-people")
    dress(page, theme="light", width=1440)
    page.get_by_label("City").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("All of it is about one person")).to_be_focused()
    with acting_in(acme):
        assert not Candidate.objects.exists()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing of this upload is left to review.")).to_be_visible()
    with acting_in(acme):
        assert Candidate.objects.get().full_name == "Carl Chrom"


def test_without_javascript(browser, live_server, sign_in, recruiter, acme, context):
    sign_in(recruiter)
    cookies = context.cookies()
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto(f"{live_server.url}/acme/candidates/resumes/")
    page.get_by_label("Drop résumés here").set_input_files(
        {"name": "amara.pdf", "mimeType": "application/pdf", "buffer": files.pdf()}
    )
    page.get_by_role("button", name="Read them").click()
    running.read_waiting(acme)
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("link", name="Review", exact=True).click()
    page.get_by_role("button", name="Add the person").click()
    expect(page.get_by_text("Nothing of this upload is left to review.")).to_be_visible()
    plain.close()
