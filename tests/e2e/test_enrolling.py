"""A pool is put on a sequence in a browser, from its page to the reply that stops it, with the clicks counted."""

import re
from threading import Event
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns import signing
from campaigns.models import Enrollment, Message, PersonalMail
from campaigns.services import delivering, dispatching, foreseeing, foretelling, receiving
from campaigns.services.composing import reference_of
from candidates.models import Candidate, Suppression, TalentPool
from candidates.services import suppressing
from candidates.services.pools import add_to_pool
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.conftest import provider as provider
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot
from tests.factories import CandidateFactory, TalentPoolFactory

pytestmark = pytest.mark.django_db(transaction=True)

CAP = 4
WRITTEN_TO = 10
# From the pool's page until it runs, when nothing needs to be looked at: enroll, check, start, and one to spare.
MOST_CLICKS = 4
COUNT_CLICKS = """addEventListener("click", (event) => {
  // A label passes its click on to its field: that is one click of a person.
  if (event.isTrusted && event.detail !== 0) sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1;
}, true);"""


@pytest.fixture
def outreach(acme, recruiter) -> Outreach:
    outreach = Outreach(acme, recruiter, daily_cap=CAP)
    outreach.inside(
        lambda: outreach.sequence.steps.update(
            subject="A role at {{ organization }}",
            body="Hi {{ first_name }}, how is {{ company }}?",
        )
    )
    outreach.add_second()
    return outreach


@pytest.fixture
def pool(outreach: Outreach) -> TalentPool:
    """Ten who may be written to, two of them without a company; three who may not, each for a reason of its own."""
    with acting_in(outreach.organization):
        pool = TalentPoolFactory(name="Berlin engineers")
        people = [
            CandidateFactory(
                full_name=f"Person {number}",
                emails=[f"p{number}@example.com"],
                company="" if number < 2 else "Initech",
            )
            for number in range(WRITTEN_TO)
        ]
        people.append(CandidateFactory(full_name="Priya Raman"))
        people.append(CandidateFactory(full_name="Sam Noor", emails=["sam@example.com"]))
        suppressing.suppress("email", "sam@example.com", reason=Suppression.Reason.UNSUBSCRIBED)
        lately = CandidateFactory(full_name="Lea Moor", emails=["lea@example.com"])
        Candidate.objects.filter(pk=lately.pk).update(last_contacted_at=timezone.now())
        add_to_pool(pool, [*(one.pk for one in people), lately.pk], by=None)
    return pool


def clicks(page: Page) -> int:
    return int(page.evaluate("sessionStorage.clicks ?? 0"))


def test_a_pool_is_on_a_sequence_in_four_clicks(
    page: Page, live_server: Any, sign_in: Any, recruiter: Any, outreach: Outreach, pool: TalentPool
) -> None:
    page.add_init_script(COUNT_CLICKS)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/pools/{pool.pk}/")

    page.get_by_role("link", name="Add to sequence").click()
    page.get_by_role("button", name="Check who can be enrolled").click()
    page.get_by_role("button", name=f"Enroll {WRITTEN_TO} people").click()

    expect(page.get_by_role("status").first).to_contain_text("10 people are on “Welcome” now")
    assert 3 <= clicks(page) <= MOST_CLICKS
    with acting_in(outreach.organization):
        assert Enrollment.objects.count() == WRITTEN_TO


@pytest.mark.parametrize("width", [1440, 360])
def test_the_days_come_after_the_page_and_nothing_jumps(
    page: Page,
    live_server: Any,
    sign_in: Any,
    recruiter: Any,
    outreach: Outreach,
    pool: TalentPool,
    monkeypatch: Any,
    width: int,
) -> None:
    is_looked_at, foretell = Event(), foretelling.foretell
    monkeypatch.setattr(foreseeing, "QUICK", 0)
    monkeypatch.setattr(
        foretelling,
        "foretell",
        lambda *args, **more: (is_looked_at.wait(30), foretell(*args, **more))[1],
    )
    cache.clear()
    sign_in(recruiter)
    dress(page, theme="light", width=width)
    page.goto(f"{live_server.url}/acme/pools/{pool.pk}/")
    page.get_by_role("link", name="Add to sequence").click()
    page.get_by_role("button", name="Check who can be enrolled").click()

    expect(page.get_by_text("Working out the plan…")).to_be_visible()
    expect(page.locator(".tile", has_text="Done on")).to_contain_text("…")
    assert_accessible(page)
    shot(page, "preflight-waits")
    below = page.get_by_role("heading", name="Need data")
    before = below.bounding_box()

    is_looked_at.set()
    expect(page.get_by_text("The first mail reaches everyone by")).to_be_visible()
    expect(page.locator(".tile", has_text="Done on")).not_to_contain_text("…")
    assert below.bounding_box() == before
    assert_accessible(page)
    assert_fits(page)
    shot(page, "preflight-late")
    page.locator("summary", has_text="Day by day").click()
    days = page.get_by_role("table", name="What happens on which day")
    first_mails = [int(text) for text in days.locator("td.num:nth-of-type(1)").all_inner_texts()]
    assert sum(first_mails) == WRITTEN_TO

    # Opened again they are there at once.
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_text("The first mail reaches everyone by")).to_be_visible()
    expect(page.locator(".late")).to_have_count(0)


def test_from_the_check_to_the_reply_that_stops_it(
    page: Page,
    live_server: Any,
    sign_in: Any,
    recruiter: Any,
    outreach: Outreach,
    pool: TalentPool,
    provider: Any,
) -> None:
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/pools/{pool.pk}/")
    page.get_by_role("link", name="Add to sequence").click()
    page.get_by_role("button", name="Check who can be enrolled").click()

    # Who is left out, each with the reason.
    for words in (
        "1 left out: Has no e-mail address.",
        "1 left out: Was contacted lately.",
        re.compile("1 left out: .*unsubscribed", re.IGNORECASE),
    ):
        expect(page.locator("details.refusal > summary").filter(has_text=words)).to_be_visible()
    # The days under the cap, with the last one.
    expect(page.locator(".tile", has_text="Done on")).to_be_visible()
    days = page.get_by_role("table", name="What happens on which day")
    first_mails = [int(text) for text in days.locator("td.num:nth-of-type(1)").all_inner_texts()]
    assert sum(first_mails) == WRITTEN_TO
    assert max(first_mails) <= CAP
    dress(page, theme="dark", width=360)
    assert_accessible(page)
    assert_fits(page)
    shot(page, "preflight")
    dress(page, theme="light", width=1440)
    shot(page, "preflight")

    # What two of them lack is typed here.
    expect(page.locator(".tile", has_text="Need data")).to_contain_text("2")
    for number in range(2):
        page.get_by_label(f"Company of Person {number}").fill("Globex")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.locator(".tile", has_text="Need data")).to_contain_text("0")

    # One mail is written by hand before anything starts.
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Person 0").click()
    there = opened.value
    there.get_by_role("link", name="Write this one by hand").first.click()
    there.get_by_label("Text").fill("Hi Person 0, we met in Lisbon.")
    there.get_by_role("button", name="Save for Person 0").click()
    expect(there.get_by_text("Written by hand.")).to_be_visible()
    there.close()
    with acting_in(outreach.organization):
        assert not Enrollment.objects.exists()
        assert PersonalMail.objects.get().candidate.full_name == "Person 0"

    page.get_by_role("button", name=f"Enroll {WRITTEN_TO} people").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome")
    with acting_in(outreach.organization):
        assert Enrollment.objects.count() == WRITTEN_TO

    # The first mails go, as many as the cap lets through; the rest wait and say for what.
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)
    sent = outreach.messages(state=Message.State.SENT)
    assert 1 <= len(sent) <= CAP
    mine = next(one for one in sent if "Lisbon" in one.body_text)
    page.reload()
    expect(page.get_by_role("row", name=re.compile("Person 9"))).to_contain_text("cap")

    # One answers: nothing more goes to that person, and the page says so.
    answered_at = timezone.now()
    to = signing.reply_address(reference_of(mine), slug="acme")
    receiving.receive(
        f"From: {mine.to_address}\nTo: {to}\nSubject: Re: {mine.subject}\n"
        "Message-ID: <1@mail.example>\n\nYes, tell me more\n".encode()
    )
    with acting_in(outreach.organization):
        ended = Enrollment.objects.get(candidate=mine.candidate_id)
        assert (ended.state, ended.stop_reason) == ("stopped", "replied")
        assert ended.ended_at is not None
        assert (ended.ended_at - answered_at).total_seconds() < 60
    page.reload()
    expect(page.get_by_role("row", name=re.compile("Person 0"))).to_contain_text("Replied")
    dispatching.dispatch(outreach.organization)
    assert outreach.messages(candidate=mine.candidate_id, direction="out") == [mine]
