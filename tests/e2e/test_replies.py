"""Somebody answers: two clicks from the home page, and everything that follows is done."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns import signing
from campaigns.models import Message, Sequence
from campaigns.services import receiving
from campaigns.services.composing import reference_of
from candidates.models import Candidate, Task
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.conftest import provider as provider
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Thanks, but not right now. Please ask me again in half a year."
# Enough to scroll on a phone.
MORE = "I have been here for a year only, and I like the people. " * 15


@pytest.fixture
def outreach(acme, recruiter) -> Outreach:
    return Outreach(acme, recruiter)


@pytest.fixture
def answered(outreach: Outreach, provider: Any) -> Message:
    outreach.add_second()
    written = outreach.send(outreach.candidate())
    to = signing.reply_address(reference_of(written), slug="acme")
    raw = (
        f"From: Amara Okafor <amara@home.example>\nTo: {to}\nSubject: Re: {written.subject}\n"
        f"Message-ID: <1@mail.example>\nContent-Type: text/plain; charset=utf-8\n\n{WORDS}\n\n{MORE}\n"
    )
    received = receiving.receive(raw.encode())
    assert received is not None
    return received


def test_a_reply_is_sorted_in_two_clicks(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Any], None],
    recruiter: Any,
    outreach: Outreach,
    answered: Message,
) -> None:
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/")

    # One: the reply, among what is to do.
    replies = page.get_by_role("region", name="Replies to answer")
    replies.get_by_role("link", name="Record of Amara Okafor").click()
    expect(page.get_by_text(WORDS).first).to_be_visible()
    shot(page, "reply-on-record")
    # Two: what it wants, as suggested.
    page.get_by_role("button", name=re.compile("^Not now until")).click()

    expect(page.get_by_role("status").first).to_contain_text("is left alone until")
    with acting_in(outreach.organization):
        assert Candidate.objects.get().status == Candidate.Status.NOT_NOW
        assert not Task.objects.filter(done_at=None).exists()
    assert outreach.reload(answered).intent == "not_now"


def test_replies_are_sorted_on_their_page_in_one_click(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Any], None],
    recruiter: Any,
    outreach: Outreach,
    answered: Message,
) -> None:
    sign_in(recruiter)
    for theme in ("light", "dark"):
        for width in (1440, 360):
            dress(page, theme=theme, width=width)
            page.goto(f"{live_server.url}/acme/sequences/replies/")
            assert_accessible(page)
            assert_fits(page)
            shot(page, "replies")
    dress(page, theme="light", width=1440)
    page.get_by_role("button", name="Add the address").click()
    expect(page.get_by_role("status").first).to_contain_text("is on the record now")

    page.get_by_role("button", name="No, thanks").click()

    expect(page.get_by_role("heading", name="No reply waits")).to_be_visible()
    assert outreach.reload(answered).intent == "no_thanks"


def test_not_now_goes_on_with_the_nurture_sequence_in_one_click(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Any], None],
    recruiter: Any,
    outreach: Outreach,
    answered: Message,
) -> None:
    with acting_in(outreach.organization):
        nurture = Sequence.objects.create(
            name="Keeping in touch twice a year", sender=outreach.sender, state="active"
        )
        nurture.steps.create(position=1, subject="Hello again", body="Hi!")
        Sequence.objects.filter(pk=outreach.sequence.pk).update(after_not_now=nurture)
    sign_in(recruiter)
    for width in (1440, 360):
        dress(page, theme="light", width=width)
        page.goto(f"{live_server.url}/acme/sequences/replies/")
        assert_accessible(page)
        assert_fits(page)
        shot(page, "replies-nurture")

    page.get_by_role("button", name=re.compile("then “Keeping in touch")).click()

    expect(page.get_by_role("status").first).to_contain_text("takes up this thread")
    with acting_in(outreach.organization):
        assert nurture.enrollments.get().takes_up == answered


def test_all_that_were_refused_are_sent_again_once_somebody_confirms(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Any], None],
    recruiter: Any,
    outreach: Outreach,
) -> None:
    mails = outreach.queue(*outreach.people(3))
    with acting_in(outreach.organization):
        Message.objects.update(state="failed", problem="550 No such user")
    sign_in(recruiter)
    for width in (1440, 360):
        dress(page, theme="light", width=width)
        page.goto(f"{live_server.url}/acme/sequences/needs-a-look/")
        assert_accessible(page)
        assert_fits(page)
        shot(page, "needs-a-look")

    page.get_by_role("button", name="Resend all 3 that were refused").click()
    assert {outreach.reload(mail).state for mail in mails} == {"failed"}
    page.get_by_role("button", name="Send 3 again").click()

    expect(page.get_by_role("status").first).to_contain_text("3 mails are in the queue again.")
    assert {outreach.reload(mail).state for mail in mails} == {"queued"}
