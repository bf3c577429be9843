"""Hiring from end to end in a browser: from a job that opens to the shortlist, the manager's word, and an interview."""

import re
from datetime import timedelta
from email import message_from_bytes

import pytest
import vobject
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Enrollment, Message, Sequence, Step
from candidates.models import Notification
from crm.tenancy.scope import acting_in
from pipelines.models import Interview, Review
from pipelines.services import candidacies, jobs, rejecting
from pipelines.services.interviews import reminding
from pipelines.services.interviews.mailing import mail_interviewers
from tests.e2e.conftest import assert_accessible
from tests.factories import CandidateFactory, TalentPoolFactory
from tests.pipelines.conftest import add_sender

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def people(transactional_db, acme, recruiter, manager):
    """A pool, somebody who came close for a sibling job, somebody who can't be written to, and a sequence."""
    with acting_in(acme):
        pool = TalentPoolFactory(name="Berlin engineers")
        known = {"skills": ["Python"], "headline": "Engineer", "city": "Berlin"}
        CandidateFactory(full_name="Ada Byron", emails=["ada@example.com"], pools=[pool], **known)
        CandidateFactory(full_name="Bo Li", pools=[pool], **known)
        cara = CandidateFactory(full_name="Cara Diaz", emails=["cara@example.com"], **known)
        sibling = jobs.create_job(by=recruiter, title="Backend Engineer", must=["Python"])
        candidacies.add_to_job(sibling, [cara.pk], by=recruiter)
        card = sibling.candidacies.select_related("job", "stage", "candidate").get()
        candidacies.move_card(card, to=sibling.pipeline.stages.get(name="Onsite"), by=recruiter)
        rejecting.reject_candidacy(card, by=recruiter)
        sequence = Sequence.objects.create(
            name="Hello", sender=add_sender(acme, recruiter), state=Sequence.State.ACTIVE
        )
        Step.objects.create(sequence=sequence, position=1, subject="Hi", body="Hello")
        return sequence


def calendar_to(address: str):
    """The calendar data of the last mail to `address`."""
    sent = next(one for one in reversed(mail.outbox) if one.to == [address])
    message = message_from_bytes(sent.message().as_bytes())
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return vobject.readOne(part.get_payload(decode=True).decode())


def test_from_a_job_that_opens_to_a_booked_interview(
    page, browser, live_server, sign_in, acme, recruiter, manager, people
):
    home = f"{live_server.url}/acme"

    # The job opens: five presses from saving it to the shortlist shared.
    sign_in(recruiter)
    page.goto(f"{home}/jobs/add/")
    page.get_by_label("Title").fill("Backend Engineer II")
    page.get_by_label("Must have").fill("Python")
    page.get_by_label("Berlin engineers").check()
    page.get_by_label(manager.name).check()
    page.get_by_role("button", name="Create job").click()
    row = {
        name: page.get_by_role("row", name=re.compile(name))
        for name in ("Ada Byron", "Bo Li", "Cara Diaz")
    }
    expect(row["Ada Byron"]).to_contain_text("In the pool Berlin engineers")
    expect(row["Bo Li"]).to_contain_text("No address that works")
    expect(row["Cara Diaz"]).to_contain_text("Came close for Backend Engineer")
    page.get_by_label("Select Ada Byron").check()
    page.get_by_label("Select Cara Diaz").check()
    page.get_by_label("Sequence").select_option(label="Hello")
    page.get_by_role("button", name="Add and share").click()
    expect(page.locator("[data-toast]", has_text="managers are shown 2.")).to_be_visible()

    # What each gets is looked at, one with a line of their own; nothing is planned before the press.
    first = page.get_by_role("region", name="First mail, person by person")
    expect(first.locator(".mail-words")).to_have_text(["Hello", "Hello"])
    page.get_by_label("Opening line for Ada Byron").fill("Your talk in Lisbon stayed with me.")
    page.get_by_role("button", name="Look at them with these lines").click()
    expect(first.locator(".mail-words").first).to_contain_text("Your talk in Lisbon")
    assert_accessible(page)
    with acting_in(acme):
        assert not Enrollment.objects.exists()
    page.get_by_role("button", name="Enroll 2 people").click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+/$"))
    with acting_in(acme):
        job = jobs.Job.objects.get(title="Backend Engineer II")
        cards = {
            row.candidate.full_name: row for row in job.candidacies.select_related("candidate")
        }
        assert set(cards) == {"Ada Byron", "Cara Diaz"}
        assert Enrollment.objects.filter(state=Enrollment.State.ACTIVE).count() == 2

    # The hiring manager, on a phone: the line in the bell leads to the cards, one press decides.
    sign_in(manager)
    page.set_viewport_size(PHONE)
    page.goto(f"{home}/notifications/")
    page.get_by_role("button", name=re.compile("2 people to look at")).click()
    sheet = page.locator(".sheet", has_text="Ada Byron")
    expect(sheet).to_contain_text("Has 1 of 1 musts")
    assert_accessible(page)
    sheet.get_by_label("A word about Ada Byron").fill("The best of them")
    sheet.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("1 of 2 answered")).to_be_visible()
    with acting_in(acme):
        assert Review.objects.get().answer == Review.Answer.YES
    page.goto(f"{home}/interviews/times/")
    page.get_by_role("button", name="Offer", exact=True).click()

    # The recruiter reads it on the board, and invites by four presses: menu, interview, whom, send.
    sign_in(recruiter)
    page.set_viewport_size(DESK)
    page.goto(f"{home}/jobs/{job.pk}/")
    card = page.locator(".card", has_text="Ada Byron")
    expect(card).to_contain_text("A hiring manager says yes")
    card.get_by_role("button", name="Move or act on").click()
    card.get_by_role("link", name="Interview…").click()
    page.get_by_label(manager.name).check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Waits for the candidate")).to_be_visible()
    page.goto(f"{home}/jobs/candidacies/{cards['Ada Byron'].pk}/")
    expect(page.get_by_text("The best of them")).to_be_visible()
    with acting_in(acme):
        body = Message.objects.filter(to_address="ada@example.com").latest("pk").body_text
        # Being asked for a time stops nothing.
        assert Enrollment.objects.filter(state=Enrollment.State.ACTIVE).count() == 2

    # The candidate books, moves and cancels, by the link of the mail; calendars follow.
    link = re.search(r"https?://[^/]+(/booking/\S+)", body)
    assert link is not None
    theirs = browser.new_context(viewport=PHONE, timezone_id="Asia/Tokyo", reduced_motion="reduce")
    there = theirs.new_page()
    there.goto(f"{live_server.url}{link[1]}")
    there.get_by_role("button", name=re.compile("^Book ")).first.click()
    expect(there.get_by_text("Booked:")).to_be_visible()
    with acting_in(acme):
        stopped = Enrollment.objects.get(candidate=cards["Ada Byron"].candidate)
        assert stopped.stop_reason == Enrollment.StopReason.INTERVIEW
    mail_interviewers(acme)
    invited = calendar_to(manager.email)
    assert (invited.method.value, invited.vevent.sequence.value) == ("REQUEST", "0")
    there.get_by_role("link", name="Choose another time").click()
    there.get_by_role("button", name=re.compile("^Book ")).last.click()
    expect(there.get_by_text("Booked:")).to_be_visible()
    mail_interviewers(acme)
    moved = calendar_to(manager.email)
    assert (moved.method.value, moved.vevent.sequence.value) == ("REQUEST", "1")
    assert moved.vevent.uid.value == invited.vevent.uid.value
    assert moved.vevent.dtstart.value > invited.vevent.dtstart.value

    # It is over: only now the scorecard is asked for, and who did not come is noted.
    with acting_in(acme):
        interview = Interview.objects.get()
    with acting_in(acme):
        assert reminding.ask_for_scorecards() == 0
        over = timezone.now() - timedelta(hours=2)
        Interview.objects.update(starts_at=over, ends_at=over + timedelta(hours=1))
        assert reminding.ask_for_scorecards() == 1
        line = Notification.objects.filter(user=manager).latest("pk")
        assert line.text == "Your scorecard for Ada Byron: Conversation"
    page.goto(f"{home}/interviews/{interview.pk}/")
    page.get_by_role("button", name="Did not come").click()
    expect(page.get_by_text("Did not come").first).to_be_visible()
    with acting_in(acme):
        assert Interview.objects.get().state == Interview.State.NO_SHOW
    theirs.close()
