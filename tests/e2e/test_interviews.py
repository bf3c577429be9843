"""Hiring managers, candidates and colleagues without an account, each on a phone: a code, a press, a form."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview, Review, Stage
from pipelines.services import candidacies, jobs, referring
from pipelines.services.interviews.wording import booking_url
from pipelines.services.reviews import linking
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot
from tests.factories import CandidateFactory
from tests.pipelines.talks import arrange, offer

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def job(transactional_db, acme, recruiter):
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer", owner=recruiter)
        for name in ("Amara Okafor", "Yuki Tanabe"):
            person = CandidateFactory(
                full_name=name,
                headline="Backend Engineer",
                company="Tidewater",
                skills=["Go", "SQL"],
            )
            person.experiences.create(
                title="Backend Engineer", company="Tidewater", start_year=2019
            )
            candidacies.add_to_job(job, [person.pk], by=recruiter)
        Candidacy.objects.update(shortlisted_at=timezone.now(), shortlisted_by=recruiter)
        return job


def here(live_server, path: str) -> str:
    return f"{live_server.url}{re.sub('^https?://[^/]+', '', path)}"


def look(page: Page, name: str) -> None:
    """The page in both themes, without findings, and without sideways scrolling."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_fits(page)
        assert_accessible(page)
        shot(page, f"{name}-{scheme}")


def test_hiring_manager_answers_on_a_phone(live_server, page, acme, recruiter, job):
    with acting_in(acme):
        Stage.objects.filter(pipeline=job.pipeline).update(is_blind=True)
        linking.make_link(job, email="boss@elsewhere.example", days=7, by=recruiter)
    linking.mail_links(acme)
    page.set_viewport_size(PHONE)
    page.goto(here(live_server, re.search(r"http\S+/review/\S+", mail.outbox[-1].body)[0]))
    look(page, "review-door")

    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_label("Code from the mail")).to_be_visible()
    linking.mail_links(acme)
    page.get_by_label("Code from the mail").fill(mail.outbox[-1].subject[:6])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Staff Backend Engineer")).to_be_visible()
    expect(page.get_by_text("Amara")).to_have_count(0)
    expect(page.get_by_text("Tidewater")).to_have_count(0)
    look(page, "review")

    # One press for each decision.
    page.get_by_role("button", name="Yes").first.click()
    expect(page.get_by_text("1 of 2 answered")).to_be_visible()
    page.get_by_role("button", name="No").last.click()
    expect(page.get_by_text("2 of 2 answered")).to_be_visible()
    expect(page.get_by_role("button", name="Yes").first).to_have_attribute("aria-pressed", "true")
    with acting_in(acme):
        assert sorted(Review.objects.values_list("answer", flat=True)) == ["no", "yes"]


def test_candidate_books_on_the_own_clock_and_recruiter_sees_it(
    live_server, page, browser, sign_in, acme, recruiter, job
):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with acting_in(acme):
        offer(recruiter, first=tomorrow, last=tomorrow + timedelta(days=3), starts=9, ends=12)
        card = Candidacy.objects.select_related("job", "candidate").earliest("pk")
        interview = arrange(card, recruiter, by=recruiter)
        link = here(live_server, booking_url(interview))
    candidate = browser.new_context(
        viewport=PHONE, timezone_id="Asia/Tokyo", reduced_motion="reduce"
    )
    there = candidate.new_page()
    there.goto(link)
    # The page asks again by itself with the zone of the device.
    there.wait_for_url(re.compile("zone=Asia"))
    expect(there.get_by_label("Times on the clock of")).to_have_value("Asia/Tokyo")
    look(there, "booking")

    there.get_by_role("button", name=re.compile("at 18:00")).first.click()

    expect(there.get_by_text("Booked:")).to_be_visible()
    expect(there.get_by_text("18:00 (Asia/Tokyo, UTC+09:00)")).to_be_visible()
    look(there, "booked")
    candidate.close()
    with acting_in(acme):
        booked = Interview.objects.get()
        assert (booked.state, booked.starts_at.hour) == ("booked", 9)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/candidacies/{card.pk}/")
    page.get_by_role("link", name=re.compile("Technical interview")).click()
    expect(page.get_by_text("Booked")).to_be_visible()
    expect(page.get_by_text("Asia/Tokyo")).to_be_visible()


def test_recruiter_invites_in_four_presses(live_server, page, sign_in, acme, recruiter, job):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with acting_in(acme):
        card = Candidacy.objects.earliest("pk")
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/candidacies/{card.pk}/")

    page.get_by_role("link", name="Interview", exact=True).click()
    expect(page.get_by_label(f"{recruiter} · no free time")).to_be_checked()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no free time to choose from")
    page.set_viewport_size(PHONE)
    look(page, "arrange")
    page.set_viewport_size({"width": 1440, "height": 900})
    with acting_in(acme):
        offer(recruiter, first=tomorrow, last=tomorrow + timedelta(days=3), starts=9, ends=12)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("Waits for the candidate")).to_be_visible()
    dress(page, theme="dark", width=1440)
    assert_accessible(page)
    shot(page, "interview")


def test_colleague_refers_somebody_on_a_phone(live_server, page, acme, recruiter, job):
    with acting_in(acme):
        link = referring.open_link(name="Intranet", job=job, by=recruiter)
        address = here(live_server, referring.form_url(link))
    page.set_viewport_size(PHONE)
    page.goto(address)
    look(page, "refer")

    page.get_by_label("Their name").fill("Bo Ek")
    page.get_by_label("Their e-mail address").fill("bo@example.com")
    page.get_by_label("How do you know them?").select_option("friend")
    page.get_by_label("Your name").fill("Cy Young")
    page.get_by_label("Your work address").fill("cy@acme.example")
    page.get_by_label(re.compile("They know of this")).check()
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("Thank you!")).to_be_visible()
    with acting_in(acme):
        assert Candidate.objects.filter(full_name="Bo Ek").exists()
