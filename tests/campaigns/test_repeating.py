"""A provider that knows mails again: what is in doubt is handed over once more, and delivered once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Enrollment, MailAccount, Message, Sender, Sequence
from campaigns.services import delivering, enrolling, reconciling, repeating, sequences
from candidates.models import Candidate
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

State = Message.State


class Resend(BaseHTTPRequestHandler):
    """Takes each key once; answers the first time with a failure behind which the mail was taken."""

    delivered: dict[str, bytes] = {}
    calls: list[str] = []
    failures = 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers.get("Idempotency-Key", "")
        self.calls.append(key)
        known = self.delivered.setdefault(key, body)
        failing = len(self.calls) <= type(self).failures
        # The words must be the same: another mail under the same key is refused.
        status = 500 if failing else 200 if known == body else 409
        raw = json.dumps({"id": f"resend-{len(self.delivered)}"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        """No lines on the screen."""


@pytest.fixture
def resend(settings, outreach) -> Iterator[type[Resend]]:
    Resend.delivered, Resend.calls, Resend.failures = {}, [], 1
    server = ThreadingHTTPServer(("127.0.0.1", 0), Resend)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    settings.ANYMAIL = {"RESEND_API_URL": f"http://127.0.0.1:{server.server_port}/"}
    settings.DEMO_MAILBOX = False
    use_account(outreach, "first")
    yield Resend
    server.shutdown()
    server.server_close()


def use_account(outreach, name: str) -> None:
    with acting_in(outreach.organization):
        account = MailAccount(name=name, kind="resend")
        account.save()
        account.keep_secret("a-key")
        account.save()
        outreach.sender.account = account
        outreach.sender.save()


def change(outreach, **values: Any) -> None:
    with acting_in(outreach.organization):
        Message.objects.update(**values)


def _nothing(outreach) -> None:
    pass


def _a_day_later(outreach) -> None:
    change(outreach, handed_at=timezone.now() - timedelta(hours=24))


def _just_before_the_day_is_over(outreach) -> None:
    change(outreach, handed_at=timezone.now() - timedelta(hours=23, minutes=50))


def _another_account(outreach) -> None:
    use_account(outreach, "another")


def _do_not_contact(outreach) -> None:
    with acting_in(outreach.organization):
        Candidate.objects.update(status=Candidate.Status.DO_NOT_CONTACT)


def _sending_paused(outreach) -> None:
    outreach.organization.sending_paused_at = timezone.now()
    outreach.organization.save()


def _sender_paused(outreach) -> None:
    with acting_in(outreach.organization):
        outreach.sender.paused_at = timezone.now()
        outreach.sender.save()


def _stopped(outreach) -> None:
    with acting_in(outreach.organization):
        enrolling.stop(Enrollment.objects.get(), Enrollment.StopReason.MANUAL)


def _paused(outreach) -> None:
    with acting_in(outreach.organization):
        enrolling.pause(Enrollment.objects.get(), by=outreach.user)


def _sequence_paused(outreach) -> None:
    with acting_in(outreach.organization):
        sequences.pause_sequence(outreach.sequence, by=outreach.user)


def _archived(outreach) -> None:
    with acting_in(outreach.organization):
        sequences.archive_sequence(outreach.sequence, by=outreach.user)


def _answered(outreach) -> None:
    with acting_in(outreach.organization):
        Message.objects.create(
            direction="in", state="received", candidate=Candidate.objects.get(), message_id="<x@y>"
        )


def _asked_often_enough(outreach) -> None:
    change(outreach, attempts=6)


def _other_words(outreach) -> None:
    """The provider keeps what it has, and says that this is another mail: no answer to the question."""
    change(outreach, subject="Other words")


@pytest.mark.parametrize(
    ("meanwhile", "calls", "state"),
    [
        (_nothing, 2, State.SENT),
        (_just_before_the_day_is_over, 2, State.SENT),
        (_a_day_later, 1, State.AMBIGUOUS),
        (_another_account, 1, State.AMBIGUOUS),
        (_do_not_contact, 1, State.AMBIGUOUS),
        (_sending_paused, 1, State.AMBIGUOUS),
        (_sender_paused, 1, State.AMBIGUOUS),
        (_stopped, 1, State.AMBIGUOUS),
        (_paused, 1, State.AMBIGUOUS),
        (_sequence_paused, 1, State.AMBIGUOUS),
        (_archived, 1, State.AMBIGUOUS),
        (_answered, 1, State.AMBIGUOUS),
        (_asked_often_enough, 1, State.AMBIGUOUS),
        (_other_words, 2, State.AMBIGUOUS),
    ],
)
def test_what_is_in_doubt_is_asked_about_with_the_same_key(
    outreach, resend, meanwhile, calls, state
):
    outreach.add_second()
    message = outreach.send(outreach.candidate())
    assert message.state == State.AMBIGUOUS
    meanwhile(outreach)

    repeating.repeat_doubtful()
    repeating.repeat_doubtful()

    assert outreach.reload(message).state == state
    assert len(resend.calls) == calls
    # One delivery, however often it was asked.
    assert len(resend.delivered) == 1


STAYS_IN_DOUBT = {
    "its key is forgotten": lambda: {"handed_at": timezone.now() - timedelta(hours=24)},
    "written by hand": lambda: {"enrollment": None},
    "sender paused": lambda: {
        "sender": Sender.objects.create(
            name="Kim", address="kim@acme.example", paused_at=timezone.now()
        )
    },
    "another account": lambda: {
        "handed_through": MailAccount.objects.create(name="another", kind="resend")
    },
    "paused": lambda: {"enrollment__state": "paused"},
    "stopped": lambda: {"enrollment__state": "stopped"},
    "sequence paused": lambda: {
        "enrollment__sequence": Sequence.objects.create(
            name="Another", sender=Sender.objects.get(), state="paused"
        )
    },
}


@pytest.mark.parametrize("why", STAYS_IN_DOUBT)
def test_what_must_not_be_asked_about_keeps_nothing_else_waiting(
    outreach, resend, why, monkeypatch
):
    monkeypatch.setattr(repeating, "BATCH", 1)
    resend.failures = 2
    first = outreach.send(outreach.candidate())
    with acting_in(outreach.organization):
        Sender.objects.update(blocked_until=None)
    second = outreach.send(outreach.candidate("ben@example.com"))
    assert (first.state, second.state) == (State.AMBIGUOUS, State.AMBIGUOUS)
    with acting_in(outreach.organization):
        for name, value in STAYS_IN_DOUBT[why]().items():
            of_person = name.removeprefix("enrollment__")
            rows = Message.objects if of_person == name else Enrollment.objects
            rows.filter(candidate=first.candidate).update(**{of_person: value})

    repeating.repeat_doubtful()

    assert outreach.reload(first).state == State.AMBIGUOUS
    assert outreach.reload(second).state == State.SENT


def test_while_the_provider_is_in_trouble_waits_grow_between_the_questions(outreach, resend):
    resend.failures = 2
    message = outreach.send(outreach.candidate())

    repeating.repeat_doubtful()
    change(outreach, due_at=timezone.now() + timedelta(minutes=1))
    repeating.repeat_doubtful()
    assert (len(resend.calls), outreach.reload(message).state) == (2, State.AMBIGUOUS)

    change(outreach, due_at=timezone.now() - timedelta(minutes=1))
    repeating.repeat_doubtful()
    sent = outreach.reload(message)
    assert (sent.state, sent.provider_id, sent.attempts) == (State.SENT, "resend-1", 3)


def test_a_worker_that_died_over_it_is_cleared_up_too(outreach, resend):
    resend.failures = 0
    message = outreach.send(outreach.candidate())
    # Handed over, and died before writing down what the provider said.
    change(outreach, state=State.SENDING, provider_id="", sent_at=None)

    reconciling.reconcile_sending(lease=timedelta())
    assert outreach.reload(message).state == State.AMBIGUOUS
    repeating.repeat_doubtful()

    assert outreach.reload(message).state == State.SENT
    assert len(resend.delivered) == 1


def test_sent_anew_by_hand_it_is_another_delivery(outreach, resend):
    message = outreach.send(outreach.candidate())

    with acting_in(outreach.organization):
        reconciling.resend(message, by=outreach.user)
        outreach.sender.refresh_from_db()
        type(outreach.sender).objects.update(blocked_until=None)

    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == State.SENT
    assert len(resend.delivered) == 2


def test_a_provider_without_keys_is_never_asked_twice(outreach, provider, monkeypatch):
    def break_off(mail: Any) -> None:
        raise ConnectionResetError

    provider.after_accepting = break_off
    message = outreach.send(outreach.candidate())

    repeating.repeat_doubtful()

    assert outreach.reload(message).state == State.AMBIGUOUS
    assert len(provider.accepted) == 1
