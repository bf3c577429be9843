"""Accounts that mail goes out through, with real SMTP servers; secrets at rest; sending in a colleague's name."""

import logging
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from django.utils import timezone

from campaigns.health import health_of
from campaigns.models import MailAccount, Mailbox, Message, MessageEvent, Sender
from campaigns.services import (
    accounts,
    delivering,
    hosts,
    routing,
)
from candidates.models import Notification
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from crm.tenancy.sealing import Unsealable, seal, unseal
from tests.pages import text_of

pytestmark = pytest.mark.django_db

SECRET = "correct-horse-battery-staple"
SENDERS = "/acme/settings/senders/"


class Server:
    """A mail server in this process: takes what is sent with the right password, and keeps it."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd calls it so
        self.envelopes.append(envelope)
        return self.answer

    def authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=data.password == SECRET.encode(), handled=False)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def smtp() -> Iterator[Server]:
    handler = Server()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=handler.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    handler.port = controller.port
    yield handler
    controller.stop()


@pytest.fixture(autouse=True)
def real_servers(settings):
    """As in production, where mail leaves; the servers of these tests are on this machine."""
    settings.DEMO_MAILBOX = False
    settings.PRIVATE_MAIL_HOSTS = True


def account_of(outreach, owner, *, port: int, secret: str = SECRET) -> MailAccount:
    with acting_in(outreach.organization):
        account = accounts.save_account(
            MailAccount(
                name="Robin's mailbox",
                kind="smtp",
                host="127.0.0.1",
                port=port,
                security="none",
                username="robin",
            ),
            secret=secret,
            by=owner,
        )
        Sender.objects.filter(pk=outreach.sender.pk).update(account=account, gap_seconds=0)
    return account


def test_mail_goes_out_through_the_senders_own_server(outreach, owner, smtp, provider):
    account_of(outreach, owner, port=smtp.port)

    message = outreach.send(outreach.candidate())

    assert message.state == Message.State.SENT
    (envelope,) = smtp.envelopes
    assert envelope.rcpt_tos == ["amara@example.com"]
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in envelope.content
    assert provider.accepted == []


def test_a_wrong_password_stops_the_sender_once_with_one_notice(outreach, owner, smtp):
    account_of(outreach, owner, port=smtp.port, secret="wrong")
    outreach.queue(*(outreach.candidate(f"p{number}@example.com") for number in range(5)))

    for _ in range(3):
        delivering.deliver_due(outreach.organization)

    with acting_in(outreach.organization):
        sender = Sender.objects.get()
        assert sender.paused_because == "The mail server refused the password."
        assert set(Message.objects.values_list("state", flat=True)) == {"queued"}
        assert Notification.objects.filter(kind=Notification.Kind.SENDER).count() == 1
    assert smtp.envelopes == []


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("250 OK", "sent"),
        ("451 4.3.0 Try later", "queued"),
        ("552 5.2.3 Too large", "failed"),
        ("554 5.7.1 Refused as spam", "failed"),
        ("421 4.7.0 Too many connections", "queued"),
    ],
)
def test_what_the_server_answers_decides(outreach, owner, smtp, answer, state):
    account_of(outreach, owner, port=smtp.port)
    smtp.answer = answer

    assert outreach.send(outreach.candidate()).state == state


def test_in_local_mode_mail_never_leaves_this_machine(outreach, owner, smtp, provider, settings):
    account_of(outreach, owner, port=smtp.port)
    settings.DEMO_MAILBOX = True

    outreach.send(outreach.candidate())

    assert smtp.envelopes == []
    assert len(provider.accepted) == 1


def test_the_password_is_sealed_and_shown_nowhere(as_user, outreach, owner, smtp, caplog, client):
    caplog.set_level(logging.DEBUG)
    account = account_of(outreach, owner, port=smtp.port)
    outreach.send(outreach.candidate())
    page = text_of(as_user(owner).get(f"{SENDERS}accounts/{account.pk}/"))

    assert account.secret.startswith("1.")
    assert SECRET not in account.secret
    assert SECRET not in page
    assert SECRET not in caplog.text
    assert SECRET not in repr(routing.route_through(account))
    with acting_in(outreach.organization):
        assert SECRET not in str(list(AuditEntry.objects.values()))


def test_a_dump_of_the_database_holds_no_password(outreach, owner, smtp):
    account_of(outreach, owner, port=smtp.port)
    with acting_in(outreach.organization):
        accounts.save_mailbox(
            Mailbox(address="r@acme.example", host="127.0.0.1", username="r"),
            secret=SECRET,
            by=owner,
        )
        for model in apps.get_app_config("campaigns").get_models():
            assert SECRET not in serializers.serialize("json", model._default_manager.all())


def test_a_sealed_text_opens_in_its_own_place_only(outreach, owner, acme, globex):
    first = account_of(outreach, owner, port=25)
    with acting_in(acme):
        second = MailAccount.objects.create(name="Another", secret=first.secret)
        with pytest.raises(Unsealable):
            second.open_secret()
        with pytest.raises(Unsealable):
            unseal(first.secret, row=first, field="another")
        with pytest.raises(Unsealable):
            unseal(first.secret[:-2] + "AA", row=first, field="secret")
    with acting_in(globex):
        foreign = MailAccount(pk=first.pk, name="Foreign")
        foreign.organization = globex
        with pytest.raises(Unsealable):
            unseal(first.secret, row=foreign, field="secret")
    assert first.open_secret() == SECRET


def test_a_secret_that_stands_in_the_wrong_place_stops_the_sender(outreach, owner, smtp):
    account = account_of(outreach, owner, port=smtp.port)
    with acting_in(outreach.organization):
        other = MailAccount.objects.create(name="Other")
        stolen = seal("another password", row=other, field="secret")
        MailAccount.objects.filter(pk=account.pk).update(secret=stolen)

    message = outreach.send(outreach.candidate())

    assert message.state == Message.State.QUEUED
    with acting_in(outreach.organization):
        assert "cannot be read" in Sender.objects.get().paused_because


def test_keys_are_changed_while_mail_goes_out(outreach, owner, smtp, settings, capsys):
    account = account_of(outreach, owner, port=smtp.port)
    people = [outreach.candidate(f"p{number}@example.com") for number in range(3)]
    old = settings.CREDENTIALS_KEYS

    outreach.send(people[0])
    settings.CREDENTIALS_KEYS = ["another-key-of-at-least-32-characters!", *old]
    outreach.send(people[1])
    call_command("rotate_credentials")
    settings.CREDENTIALS_KEYS = settings.CREDENTIALS_KEYS[:1]
    outreach.send(people[2])

    assert len(smtp.envelopes) == 3
    assert "acme: 1 sealed with the first key" in capsys.readouterr().out
    outreach.inside(account.refresh_from_db)
    assert account.open_secret() == SECRET


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("postmark", {"server_token": SECRET}),
        ("brevo", {"api_key": SECRET}),
        ("resend", {"api_key": SECRET}),
        ("sparkpost", {"api_key": SECRET}),
        ("mailgun", {"api_key": SECRET, "sender_domain": "mg.acme.example"}),
        ("mailjet", {"api_key": "public", "secret_key": SECRET}),
    ],
)
def test_every_provider_gets_its_key_as_anymail_wants_it(outreach, owner, kind, options):
    with acting_in(outreach.organization):
        account = MailAccount(name=kind, kind=kind, username="public", domain="mg.acme.example")
        accounts.save_account(account, secret=SECRET, by=owner)

        route = routing.route_through(account)

    assert route.options == options
    # Anymail refuses a backend that lacks a setting.
    assert route.connect().esp_name.lower() == kind


def test_checking_an_account_says_what_is_wrong(as_user, owner, outreach, smtp):
    account = account_of(outreach, owner, port=smtp.port, secret="wrong")
    client = as_user(owner)

    client.post(f"{SENDERS}accounts/{account.pk}/check/")
    assert "refused the password" in text_of(client.get(f"{SENDERS}accounts/"))

    client.post(
        f"{SENDERS}accounts/{account.pk}/",
        {
            "name": "Robin's mailbox", "kind": "smtp", "host": "127.0.0.1", "port": smtp.port,
            "security": "none", "username": "robin", "secret": SECRET,
        },
    )  # fmt: skip
    client.post(f"{SENDERS}accounts/{account.pk}/check/")
    assert "refused the password" not in text_of(client.get(f"{SENDERS}accounts/"))
    outreach.inside(account.refresh_from_db)
    assert account.checked_at is not None


@pytest.mark.parametrize(
    ("change", "is_asked"),
    [
        ({"host": "mail.thief.example"}, True),
        ({"port": 2525}, True),
        ({"kind": "postmark"}, True),
        ({"security": "starttls"}, True),
        ({"username": "mallory"}, True),
        ({"name": "Robin's other name"}, False),
    ],
)
def test_the_password_that_is_kept_goes_to_no_other_server(
    as_user, owner, outreach, smtp, change, is_asked
):
    account = account_of(outreach, owner, port=smtp.port)
    form = {
        "name": "Robin's mailbox", "kind": "smtp", "host": "127.0.0.1", "port": smtp.port,
        "security": "none", "username": "robin", "secret": "", **change,
    }  # fmt: skip

    page = as_user(owner).post(f"{SENDERS}accounts/{account.pk}/", form)

    asked = "enter the password or the key that belongs to it"
    assert (page.status_code == 422, asked in text_of(page)) == (is_asked, is_asked)
    outreach.inside(account.refresh_from_db)
    (name,) = change
    assert (getattr(account, name) == change[name]) is not is_asked


def test_no_password_goes_through_the_internet_in_the_clear(as_user, owner, outreach, settings):
    settings.PRIVATE_MAIL_HOSTS = False
    form = {
        "name": "Robin's mailbox", "kind": "smtp", "host": "9.9.9.9", "port": 587,
        "security": "none", "username": "robin", "secret": SECRET,
    }  # fmt: skip

    page = as_user(owner).post(f"{SENDERS}accounts/add/", form)

    assert page.status_code == 422
    assert "Choose TLS or STARTTLS" in text_of(page)
    assert not outreach.inside(MailAccount.objects.exists)


def test_an_account_that_is_used_is_not_removed(as_user, owner, outreach):
    account = account_of(outreach, owner, port=25)

    assert as_user(owner).post(f"{SENDERS}accounts/{account.pk}/remove/").status_code == 409


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False), ("10.1.2.3", False), ("169.254.169.254", False), ("::1", False),
        ("100.64.0.1", False), ("64:ff9b::a9fe:a9fe", False), ("2002:7f00:1::", False),
        ("::ffff:10.0.0.1", False), ("224.0.0.1", False), ("fe80::1%eth0", False),
        ("9.9.9.9", True), ("2620:fe::fe", True), ("64:ff9b::909:909", True),
    ],
)  # fmt: skip
def test_only_public_servers_may_be_named(address, public):
    assert hosts.is_public(address) is public


def test_an_inner_server_is_refused_at_the_form(as_user, owner, outreach, settings):
    settings.PRIVATE_MAIL_HOSTS = False
    form = {
        "name": "Inside", "kind": "smtp", "host": "127.0.0.1", "port": "25", "security": "none",
        "username": "x", "secret": "x",
    }  # fmt: skip

    response = as_user(owner).post(f"{SENDERS}accounts/add/", form)
    assert response.status_code == 422
    assert "not a server on the public internet" in text_of(response)
    response = as_user(owner).post(f"{SENDERS}accounts/add/", {**form, "port": "6379"})
    assert "Port 6379 is none of mail" in text_of(response)


# Sending in a colleague's name


# Health


def test_health_shows_what_happened(as_user, recruiter, outreach, provider, settings):
    settings.DEMO_MAILBOX = True
    message = outreach.send(outreach.candidate())
    failed, *_ = outreach.queue(outreach.candidate("x@example.com"))[-1:]
    with acting_in(outreach.organization):
        Message.objects.filter(pk=failed.pk).update(state="failed", problem="554 no", due_at=None)
        MessageEvent.objects.create(message=message, kind="bounced", event_id="1")
        health = health_of(outreach.sender, now=timezone.now())
        later = health_of(outreach.sender, now=timezone.now() + timedelta(days=2))

    assert (health.sent_today, health.sent_this_month, health.bounced, health.refused) == (
        1,
        1,
        1,
        1,
    )
    assert health.bounce_rate is None
    assert (later.sent_today, later.sent_this_month) == (0, 1)
    html = text_of(as_user(recruiter).get(f"{SENDERS}{outreach.sender.pk}/health/"))
    assert "554 no" in html


def without_names(monkeypatch, errno: int) -> None:
    def fail(*args, **kwargs):
        raise socket.gaierror(errno, "No answer")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


def test_names_that_cannot_be_looked_up_for_a_while_stop_no_sender(
    outreach, owner, settings, monkeypatch
):
    settings.PRIVATE_MAIL_HOSTS = False
    account_of(outreach, owner, port=25)
    without_names(monkeypatch, socket.EAI_AGAIN)
    before = timezone.now()

    message = outreach.send(outreach.candidate())

    assert (message.state, message.attempts) == (Message.State.QUEUED, 1)
    assert message.waits_for == "Try 2 of 6. The mail server could not be reached."
    assert message.due_at > before
    with acting_in(outreach.organization):
        assert Sender.objects.get().paused_at is None


def test_a_server_that_does_not_exist_stops_the_sender(outreach, owner, settings, monkeypatch):
    settings.PRIVATE_MAIL_HOSTS = False
    account_of(outreach, owner, port=25)
    without_names(monkeypatch, socket.EAI_NONAME)

    outreach.send(outreach.candidate())

    with acting_in(outreach.organization):
        assert "There is no server called" in Sender.objects.get().paused_because


@pytest.mark.parametrize(
    ("errno", "sentence"),
    [
        (socket.EAI_AGAIN, "smtp.acme.example could not be looked up just now."),
        (socket.EAI_NONAME, "There is no server called smtp.acme.example."),
    ],
)
def test_the_form_says_whether_a_server_is_unknown_or_names_are(
    errno, sentence, as_user, owner, outreach, settings, monkeypatch
):
    settings.PRIVATE_MAIL_HOSTS = False
    without_names(monkeypatch, errno)
    form = {
        "name": "Robin's mailbox", "kind": "smtp", "host": "smtp.acme.example", "port": 587,
        "security": "starttls", "username": "robin", "secret": SECRET,
    }  # fmt: skip

    page = as_user(owner).post(f"{SENDERS}accounts/add/", form)

    assert sentence in text_of(page)
