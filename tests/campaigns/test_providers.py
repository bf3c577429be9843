"""A provider's HTTP interface that behaves badly, over a real connection: what becomes of the mail."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from campaigns.models import Message, Sender
from campaigns.services import delivering
from campaigns.services.routing import Route
from candidates.models import Notification
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

State = Message.State
Script = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: Any = None, **headers: str) -> Script:
    def script(handler: BaseHTTPRequestHandler) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return script


def hang(handler: BaseHTTPRequestHandler) -> None:
    """The mail is taken in; then nothing comes back."""
    time.sleep(2)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """An answer that begins, and stops in the middle."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(3):
        handler.wfile.write(b"{")
        time.sleep(0.05)
    handler.connection.shutdown(socket.SHUT_RDWR)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


GOOD = {"ErrorCode": 0, "Message": "OK", "MessageID": "abc-1", "To": "amara@example.com"}
# Postmark's words, from which the recipients are read.
INACTIVE = (
    "You tried to send to a recipient that has been marked as inactive.\n"
    "Found inactive addresses: amara@example.com.\n"
    "Inactive recipients are ones that have generated a hard bounce or a spam complaint. "
)
SCRIPTS: dict[str, tuple[Script, str]] = {
    "accepted": (answer(200, GOOD), State.SENT),
    "too many": (answer(429, Retry_After="120"), State.QUEUED),
    "unavailable": (answer(503), State.QUEUED),
    "broken": (answer(500), State.AMBIGUOUS),
    "gateway timeout": (answer(504), State.AMBIGUOUS),
    "garbage": (answer(200, b"<html>welcome"), State.AMBIGUOUS),
    "empty": (answer(200, b""), State.AMBIGUOUS),
    "hangs after the body": (hang, State.AMBIGUOUS),
    "drips": (drip, State.AMBIGUOUS),
    "hangs up": (hang_up, State.AMBIGUOUS),
    "this recipient is refused": (
        answer(422, {"ErrorCode": 406, "Message": INACTIVE}),
        State.FAILED,
    ),
    "not such a mail": (answer(400), State.FAILED),
}


class Provider(BaseHTTPRequestHandler):
    script: Any = staticmethod(answer(200, GOOD))
    requests: list[bytes] = []

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.requests.append(self.rfile.read(length))
        type(self).script(self)

    def log_message(self, *args: Any) -> None:
        """No lines on the screen."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Provider.requests, Provider.script = [], staticmethod(answer(200, GOOD))
    running = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def postmark(server, settings, monkeypatch) -> type[Provider]:
    settings.ANYMAIL = {"REQUESTS_TIMEOUT": 0.5}
    options = {"server_token": "t", "api_url": f"http://127.0.0.1:{server.server_port}/"}
    route = Route("anymail.backends.postmark.EmailBackend", options)
    monkeypatch.setattr(delivering, "route_of", lambda sender: route)
    return Provider


@pytest.mark.parametrize("case", SCRIPTS)
def test_what_a_provider_does_decides(case, outreach, postmark):
    postmark.script, state = staticmethod(SCRIPTS[case][0]), SCRIPTS[case][1]

    message = outreach.send(outreach.candidate())

    assert message.state == state
    assert len(postmark.requests) == 1
    # Where it may have been taken, it never goes a second time by itself.
    delivering.deliver_due(outreach.organization)
    assert len(postmark.requests) == 1


def test_a_mail_that_was_taken_keeps_the_providers_number(outreach, postmark):
    assert outreach.send(outreach.candidate()).provider_id == "abc-1"


def test_nobody_listening_means_later(outreach, postmark, server):
    server.shutdown()
    server.server_close()

    assert outreach.send(outreach.candidate()).state == State.QUEUED


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials_stop_the_sender_with_one_notice(status, outreach, postmark):
    postmark.script = staticmethod(answer(status))
    outreach.queue(*(outreach.candidate(f"p{number}@example.com") for number in range(20)))

    for _ in range(3):
        delivering.deliver_due(outreach.organization)

    assert len(postmark.requests) == 1
    with acting_in(outreach.organization):
        assert Sender.objects.get().paused_at is not None
        assert Notification.objects.filter(kind="sender").count() == 1
        assert set(Message.objects.values_list("state", flat=True)) == {"queued"}
