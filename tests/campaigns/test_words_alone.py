"""Answers of which only the words say that a machine wrote them, or that somebody has left: no person is passed over."""

from datetime import UTC, datetime

import pytest
import time_machine

from campaigns.models import Enrollment, Message
from campaigns.services import receiving
from candidates.models import Task
from candidates.services import suppressing
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
AWAY = "Automatic reply: A role\nAuto-Submitted: auto-replied"


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def written(outreach, provider) -> Message:
    outreach.add_second()
    return outreach.send(outreach.candidate())


def answer(outreach, written: Message, subject: str, text: str) -> Message:
    raw = (
        f"From: Amara <{written.to_address}>\nTo: robin@acme.example\nSubject: {subject}\n"
        f"In-Reply-To: {written.message_id}\nMessage-ID: <1@example.com>\n\n{text}\n"
    )
    received = outreach.inside(receiving.receive_from_mailbox, outreach.organization, raw.encode())
    assert received
    return received


def test_a_job_with_automation_in_its_name_makes_no_answer_automatic(outreach, written):
    assert not answer(outreach, written, "Re: Automation engineer", "Yes!").is_automatic
    assert outreach.enrollment(written.candidate).stop_reason == Enrollment.StopReason.REPLIED


@pytest.mark.parametrize(
    "text",
    [
        "I guess this is an automated message, but yes, I am interested!",
        "I know this is an automatic mail, please call me.",
    ],
)
def test_who_speaks_of_our_mail_as_automatic_has_answered(outreach, written, text):
    assert not answer(outreach, written, "Re: A role", text).is_automatic
    assert outreach.enrollment(written.candidate).stop_reason == Enrollment.StopReason.REPLIED


@pytest.mark.parametrize(
    "subject",
    [
        "Thank you for your message",
        "We have received your offer",
        "On vacation until Monday - but yes!",
    ],
)
def test_what_only_reads_like_a_machine_is_looked_at(outreach, written, subject):
    answer(outreach, written, subject, "I would like to talk.")

    with acting_in(outreach.organization):
        task = Task.objects.get()
        assert task.title == "Look whether Amara Okafor wrote: it reads like an automatic answer"
        assert task.assignee == outreach.user
        assert Enrollment.objects.get().next_at > MONDAY


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until 15 June. I am no longer working on Fridays.",
        "I am out of the office. I no longer work full time.",
        "I am away.\n\nOn 1 June Robin wrote:\n> Pat has left the company, so I write to you.",
    ],
)
def test_who_is_away_or_works_less_has_not_left(outreach, written, text):
    answer(outreach, written, AWAY, text)

    assert outreach.enrollment(written.candidate).state == Enrollment.State.ACTIVE
    assert not outreach.inside(suppressing.is_suppressed, "email", "amara@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until 15 June. The support team is no longer with us.",
        "I am away. Maria Lopez is no longer with us, please ask Paul.",
        "I am on leave. Maria has left the company.",
    ],
)
def test_where_another_may_have_left_somebody_looks(outreach, written, text):
    answer(outreach, written, AWAY, text)

    assert outreach.enrollment(written.candidate).state == Enrollment.State.PAUSED
    with acting_in(outreach.organization):
        assert not suppressing.is_suppressed("email", "amara@example.com")
        assert Task.objects.get().title.startswith("Look whether Amara Okafor has left")


def test_who_has_left_by_their_own_name_is_not_written_to_again(outreach, written):
    answer(outreach, written, AWAY, "Amara Okafor is no longer with us, please ask Paul.")

    reason = outreach.enrollment(written.candidate).stop_reason
    assert reason == Enrollment.StopReason.LEFT_COMPANY
