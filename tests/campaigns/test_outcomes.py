"""What providers answer, and what becomes of the mail and its sender."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine
from anymail.exceptions import AnymailConfigurationError, AnymailRequestsAPIError
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sender
from campaigns.services import (
    delivering,
    dispatching,
    reconciling,
    resuming,
)
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

State = Message.State


def response(status: int, headers: dict[str, str] | None = None) -> AnymailRequestsAPIError:
    answer = requests.Response()
    answer.status_code = status
    answer.reason = "Answer"
    answer.headers.update(headers or {})
    return AnymailRequestsAPIError(response=answer)


def never_connected() -> Exception:
    kind = type("Error", (AnymailRequestsAPIError, requests.ConnectionError), {})
    return kind("Caused by NewConnectionError")


def hung_up() -> Exception:
    kind = type("Error", (AnymailRequestsAPIError, requests.ReadTimeout), {})
    return kind("Read timed out")


# What a provider does, when, and what becomes of the mail and its sender.
OUTCOMES = {
    "smtp accepted": (None, State.SENT),
    "smtp user unknown": (
        smtplib.SMTPRecipientsRefused({"a": (550, b"5.1.1 User unknown")}),
        State.FAILED,
    ),
    "smtp policy": (smtplib.SMTPDataError(554, b"5.7.1 Spam"), State.FAILED),
    "smtp recipient policy": (
        smtplib.SMTPRecipientsRefused({"a": (550, b"5.7.1 Not welcome")}),
        State.FAILED,
    ),
    "smtp greylisted": (
        smtplib.SMTPRecipientsRefused({"a": (451, b"4.7.1 Come back later")}),
        State.QUEUED,
    ),
    "smtp busy": (smtplib.SMTPDataError(421, b"Too many connections"), State.QUEUED),
    "smtp sender refused": (
        smtplib.SMTPSenderRefused(550, b"5.1.8 Bad sender", "robin@acme.example"),
        State.QUEUED,
    ),
    "smtp sent too much": (
        smtplib.SMTPDataError(550, b"5.4.5 Daily user sending limit exceeded."),
        State.QUEUED,
    ),
    "smtp mailbox full": (
        smtplib.SMTPRecipientsRefused({"a": (552, b"5.2.2 Message quota exceeded")}),
        State.FAILED,
    ),
    "smtp too large": (smtplib.SMTPSenderRefused(552, b"5.3.4 Message too big", "r"), State.FAILED),
    "smtp sender greylisted": (smtplib.SMTPSenderRefused(451, b"Later", "r"), State.QUEUED),
    "smtp must sign in": (smtplib.SMTPSenderRefused(530, b"5.7.0 Sign in", "r"), State.QUEUED),
    "smtp hung up": (smtplib.SMTPServerDisconnected("Connection lost"), State.AMBIGUOUS),
    "smtp timed out": (TimeoutError("timed out"), State.AMBIGUOUS),
    "smtp reset": (ConnectionResetError(), State.AMBIGUOUS),
    "api too many": (response(429, {"Retry-After": "7200"}), State.QUEUED),
    "api unavailable": (response(503), State.QUEUED),
    "api error": (response(500), State.AMBIGUOUS),
    "api gateway timeout": (response(504), State.AMBIGUOUS),
    "api garbage": (response(200), State.AMBIGUOUS),
    "api not paid": (response(402), State.QUEUED),
    "api bad request": (response(422), State.FAILED),
    "api wrong key": (response(401), State.QUEUED),
    "api never connected": (never_connected(), State.QUEUED),
    "api hung up": (hung_up(), State.AMBIGUOUS),
    "api not set up": (AnymailConfigurationError("no key"), State.QUEUED),
    "cannot be built": (ValueError("bad header"), State.FAILED),
}


LOCKED_OUT = {
    *("smtp must sign in", "smtp sender refused", "smtp sent too much"),
    *("api wrong key", "api not paid", "api not set up"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_each_answer_of_a_provider_has_its_outcome(case, outreach, provider):
    error, state = OUTCOMES[case]
    candidate = outreach.candidate()
    outreach.add_second()
    (message,) = outreach.queue(candidate)

    def answer(mail):
        if error:
            raise error

    provider.before_accepting = answer
    delivering.deliver_due(outreach.organization)

    message = outreach.reload(message)
    assert message.state == state
    enrollment = outreach.enrollment(candidate)
    with acting_in(outreach.organization):
        sender = Sender.objects.get()
    assert bool(sender.paused_at) == (case in LOCKED_OUT)
    if state == State.QUEUED and case not in LOCKED_OUT:
        assert message.due_at > timezone.now()
        assert message.waits_for.startswith("Try 2 of 6.")
        assert message.handed_at is None
    if case in LOCKED_OUT:
        assert message.attempts == 0
    if state == State.AMBIGUOUS:
        assert message.problem
        assert enrollment.next_at
    if case == "smtp user unknown":
        assert enrollment.stop_reason == Enrollment.StopReason.BOUNCED
    elif state == State.FAILED:
        assert enrollment.state == Enrollment.State.PAUSED
        assert enrollment.waits_for.startswith("A mail was refused.")


@pytest.mark.parametrize(
    ("error", "paused"),
    [
        (ConnectionRefusedError(), False),
        (smtplib.SMTPConnectError(421, b"Busy"), False),
        (TimeoutError(), False),
        (smtplib.SMTPAuthenticationError(535, b"Wrong password"), True),
    ],
)
def test_what_was_never_connected_is_tried_again(error, paused, outreach, provider):
    (message,) = outreach.queue(outreach.candidate())

    def refuse():
        raise error

    provider.opening = refuse
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == State.QUEUED
    with acting_in(outreach.organization):
        assert bool(Sender.objects.get().paused_at) == paused


def test_retry_after_is_kept(outreach, provider):
    (message,) = outreach.queue(outreach.candidate())

    def busy(mail):
        raise response(429, {"Retry-After": "7200"})

    provider.before_accepting = busy
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).due_at >= timezone.now() + timedelta(seconds=7190)


@pytest.mark.parametrize(
    "error",
    [
        response(429),
        smtplib.SMTPSenderRefused(452, b"4.5.3 Hourly sending limit exceeded", "r"),
        smtplib.SMTPDataError(450, b"4.7.1 Sender rate limit exceeded"),
    ],
)
def test_a_sender_that_has_sent_too_much_for_now_tries_one_mail_and_the_others_wait(
    error, outreach, provider
):
    outreach.queue(*(outreach.candidate(f"p{number}@example.com") for number in range(4)))
    calls = []

    def refuse(mail):
        calls.append(mail)
        raise error

    provider.before_accepting = refuse
    delivering.deliver_due(outreach.organization)

    assert len(calls) == 1
    assert sorted(message.attempts for message in outreach.messages()) == [0, 0, 0, 1]
    with acting_in(outreach.organization):
        sender = Sender.objects.get()
    assert sender.paused_at is None
    assert sender.blocked_until >= timezone.now() + timedelta(minutes=14)


def test_six_tries_within_a_day_then_it_is_given_up(outreach, provider):
    (message,) = outreach.queue(outreach.candidate())

    def busy(mail):
        raise smtplib.SMTPDataError(451, b"Later")

    provider.before_accepting = busy
    tries = []
    with time_machine.travel(datetime(2026, 6, 1, 9, tzinfo=UTC), tick=False) as clock:
        outreach.inside(lambda: Message.objects.update(due_at=timezone.now()))
        while outreach.reload(message).state == State.QUEUED:
            clock.move_to(outreach.reload(message).due_at)
            tries.append(timezone.now())
            delivering.deliver_due(outreach.organization)

    assert len(tries) == 6
    assert tries[-1] - tries[0] < timedelta(hours=24)
    message = outreach.reload(message)
    assert message.state == State.FAILED
    assert message.problem.startswith("Given up after 6 tries.")


def test_wrong_credentials_pause_the_sender_once(outreach, provider):
    outreach.queue(*(outreach.candidate(f"p{number}@example.com") for number in range(5)))
    calls = []

    def refuse(mail):
        calls.append(mail)
        raise smtplib.SMTPSenderRefused(530, b"Sign in", "r")

    provider.before_accepting = refuse
    delivering.deliver_due(outreach.organization)

    assert len(calls) == 1
    messages = outreach.messages()
    assert {message.state for message in messages} == {State.QUEUED}
    assert all(outreach.waits_for(mail).startswith("The sender is paused") for mail in messages)


def test_mails_refused_in_a_row_pause_the_sender_and_the_others_wait(outreach, provider):
    outreach.queue(*(outreach.candidate(f"p{number}@example.com") for number in range(8)))

    def refuse(mail):
        raise response(400)

    provider.before_accepting = refuse
    delivering.deliver_due(outreach.organization)

    states = [message.state for message in outreach.messages()]
    assert states == [State.FAILED] * 5 + [State.QUEUED] * 3
    with acting_in(outreach.organization):
        assert Sender.objects.get().paused_because == "5 mails in a row were refused"


def test_mails_in_doubt_in_a_row_pause_the_sender(outreach, provider):
    outreach.queue(*(outreach.candidate(f"p{number}@example.com") for number in range(8)))

    def hang(mail):
        raise TimeoutError

    provider.before_accepting = hang
    delivering.deliver_due(outreach.organization)

    states = [message.state for message in outreach.messages()]
    assert states == [State.AMBIGUOUS] * 5 + [State.QUEUED] * 3
    with acting_in(outreach.organization):
        assert Sender.objects.get().paused_because == "5 mails in a row ended in doubt"


def test_a_refused_mail_can_be_sent_after_the_cause_is_gone(outreach, provider):
    candidate = outreach.candidate()
    (message,) = outreach.queue(candidate)

    def refuse(mail):
        raise smtplib.SMTPDataError(554, b"Spam")

    provider.before_accepting = refuse
    delivering.deliver_due(outreach.organization)
    provider.before_accepting = None

    outreach.inside(reconciling.resend, message, by=outreach.user)
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == State.SENT
    assert outreach.enrollment(candidate).state == Enrollment.State.FINISHED


@pytest.mark.parametrize("is_last", [True, False])
def test_a_mail_sent_again_does_not_end_or_plan_beyond_the_one_that_waits_behind_it(
    is_last, outreach, provider
):
    candidate = outreach.candidate()
    outreach.add_second(wait_business_days=0)
    if not is_last:
        outreach.add_second(wait_business_days=0, body="Third")

    def hang(mail):
        raise TimeoutError

    provider.before_accepting = hang
    outreach.send(candidate)
    provider.before_accepting = None
    dispatching.dispatch(outreach.organization)
    doubtful, waiting = outreach.messages()
    assert (doubtful.state, waiting.state) == (State.AMBIGUOUS, State.QUEUED)
    outreach.inside(reconciling.resend, doubtful, by=outreach.user)
    delivering.deliver_due(outreach.organization, limit=1)

    enrollment = outreach.enrollment(candidate)
    assert (enrollment.state, enrollment.next_at) == (Enrollment.State.ACTIVE, None)

    delivering.deliver_due(outreach.organization)
    assert [message.state for message in outreach.messages()] == [State.SENT, State.SENT]
    enrollment = outreach.enrollment(candidate)
    assert (enrollment.state == Enrollment.State.FINISHED) == is_last
    assert (enrollment.next_at is None) == is_last


def test_resuming_after_a_refusal_goes_on_with_the_next_step(outreach, provider):
    candidate = outreach.candidate()
    outreach.add_second()
    outreach.queue(candidate)

    def refuse(mail):
        raise smtplib.SMTPDataError(554, b"Spam")

    provider.before_accepting = refuse
    delivering.deliver_due(outreach.organization)

    outreach.inside(resuming.resume, outreach.enrollment(candidate), by=outreach.user)

    enrollment = outreach.enrollment(candidate)
    assert enrollment.state == Enrollment.State.ACTIVE
    assert enrollment.next_step.position == 2
    assert enrollment.next_at
