"""What each provider really gets of an outreach mail, word for word: a file per provider beside these tests.

Where a change is meant, `WRITE_SNAPSHOTS=1` writes the files anew, and their differences are read like code.
"""

import json
import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMultiAlternatives, get_connection

from campaigns.models import MailAccount, Message, Sender
from campaigns.services import composing, markup, routing
from crm.tenancy.models import Organization
from tests.campaigns.test_accounts import free_port

FOLDER = Path(__file__).parent / "handed_over"
Kind = MailAccount.Kind
SECRET = "secret-of-the-account"
# What each provider says when it has taken a mail.
TAKEN: dict[str, Any] = {
    Kind.BREVO: {"messageId": "<1@brevo.example>"},
    Kind.MAILGUN: {"id": "<1@mailgun.example>", "message": "Queued. Thank you."},
    Kind.MAILJET: {"Messages": [{"Status": "success", "To": [
        {"Email": "amara@example.com", "MessageID": 1, "MessageUUID": "1"}
    ]}]},
    Kind.POSTMARK: {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": "amara@example.com"},
    Kind.RESEND: {"id": "1"},
    Kind.SPARKPOST: {"results": {
        "total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "1"
    }},
}  # fmt: skip
# Of the connection, not of the mail.
PLUMBING = {"host", "user-agent", "accept-encoding", "connection", "content-length"}


@pytest.fixture(autouse=True)
def _fixed_addresses(settings) -> None:
    settings.FIELD_KEY = "field-key-of-snapshots"
    settings.SITE_URL = "https://rapport.example"
    settings.INBOUND_DOMAIN = "reply.rapport.example"
    settings.DEMO_MAILBOX = False
    settings.ANYMAIL = {**settings.ANYMAIL, "REQUESTS_TIMEOUT": 5}


@pytest.fixture
def mail() -> EmailMultiAlternatives:
    """A follow-up with looks, a name that must be quoted and one that is not ASCII."""
    organization = Organization(
        pk=3, name="Acme & Söhne", slug="acme", postal_address="1 Main Street\n12345 Springfield"
    )
    sender = Sender(pk=5, organization_id=3, name="Reyes, Robin", address="robin@jobs.acme.example")
    text = "Grüß Gott **Amara**,\n\n- see [our team](https://acme.example/team?a=1&b=2)"
    message = Message(
        pk=7,
        organization_id=3,
        subject="Re: A role für you",
        to_address="amara@example.com",
        body_text=markup.to_plain(text),
        body_html=markup.to_html(text),
        in_reply_to="<1@jobs.acme.example>",
        references="<0@jobs.acme.example> <1@jobs.acme.example>",
        claimed_at=datetime(2026, 6, 1, 9, tzinfo=UTC),
    )
    message.message_id = composing.message_id_of(message, sender)
    return composing.compose(message, sender, organization)


class Provider(BaseHTTPRequestHandler):
    """Takes every mail, and keeps what it was asked."""

    taken: dict[str, Any]
    asked: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked.append((self.path, headers, self.rfile.read(length)))
        raw = json.dumps(self.taken).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        """No lines on the screen."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Provider.asked = []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


class MailServer:
    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd calls it so
        self.got.append(envelope.content)
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[tuple[MailServer, int]]:
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield handler, controller.port
    controller.stop()


def account_of(kind: str) -> MailAccount:
    account = MailAccount(
        pk=1, organization_id=3, kind=kind, username="key-of-the-account", domain="acme.example"
    )
    account.keep_secret(SECRET)
    return account


def shown(path: str, headers: dict[str, str], body: bytes) -> str:
    """A request as a text that people can read, without what differs from one to the next."""
    kind = headers["content-type"]
    if kind.startswith("application/json"):
        content = json.dumps(json.loads(body), indent=1, sort_keys=True, ensure_ascii=False)
    elif kind.startswith("application/x-www-form-urlencoded"):
        content = "\n".join(f"{name}: {value}" for name, value in sorted(parse_qsl(body.decode())))
    else:
        boundary = kind.partition("boundary=")[2]
        content = body.decode().replace(boundary, "BOUNDARY").replace("\r\n", "\n")
        headers = {**headers, "content-type": kind.replace(boundary, "BOUNDARY")}
    lines = [f"{name}: {value}" for name, value in sorted(headers.items()) if name not in PLUMBING]
    return "\n".join([f"POST {path}", *lines, "", content, ""])


def compare(kind: str, text: str) -> None:
    file = FOLDER / f"{kind}.txt"
    if os.environ.get("WRITE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.SMTP])
def test_each_provider_gets_the_whole_mail(kind, mail, server):
    Provider.taken = TAKEN[kind]
    route = routing.route_through(account_of(kind))
    url = f"http://127.0.0.1:{server.server_port}/"

    with get_connection(route.backend, **route.options, api_url=url) as connection:
        mail.connection = connection
        assert mail.send() == 1

    ((path, headers, body),) = Provider.asked
    text = shown(path, headers, body)
    for value in what_a_mail_needs(mail):
        assert value in text, value
        assert len(value) <= 998
    compare(kind, text)


def test_a_mail_server_gets_the_whole_mail(mail, mail_server):
    handler, port = mail_server
    mail.extra_headers["Date"] = "Mon, 01 Jun 2026 09:00:00 +0000"
    backend = routing.SMTP_BACKEND

    with get_connection(backend, host="127.0.0.1", port=port) as connection:
        mail.connection = connection
        assert mail.send() == 1

    (raw,) = handler.got
    lines = raw.decode().replace("\r\n", "\n")
    head, _, _ = lines.partition("\n\n")
    # RFC 5322, 2.1.1: no line is longer.
    assert max(map(len, lines.split("\n"))) <= 998
    unfolded = re.sub(r"\n[ \t]", " ", head)
    for value in what_a_mail_needs(mail)[:4]:
        assert value in unfolded
    (boundary,) = re.findall(r'boundary="([^"]+)"', head)
    compare("smtp", lines.replace(boundary, "BOUNDARY"))


def what_a_mail_needs(mail: EmailMultiAlternatives) -> list[str]:
    """The headers that bring answers and wishes back, and what law and readers ask for."""
    headers = mail.extra_headers
    return [
        headers["List-Unsubscribe-Post"],
        headers["Message-ID"],
        headers["In-Reply-To"],
        headers["References"],
        headers["List-Unsubscribe"].partition(",")[0],
        "1 Main Street · 12345 Springfield",
        "Reyes, Robin",
        "Acme",
    ]


def test_every_kind_of_account_has_its_file():
    assert {file.stem for file in FOLDER.iterdir()} == set(Kind.values)


def test_readers_choose_the_colors_so_that_mails_are_read_in_the_dark(mail):
    """Nothing is painted: a text of a fixed color would stand on a ground that the reader's program chose."""
    ((html, _),) = [(one.content, one.mimetype) for one in mail.alternatives]

    for name in ("color-scheme", "supported-color-schemes"):
        assert f'<meta name="{name}" content="light dark">' in html
    painted = re.sub(r"<meta[^>]*>", "", html)
    assert not re.search(r"color|background|style|class=|<font|<img|<table|#[0-9a-f]{3}", painted)
