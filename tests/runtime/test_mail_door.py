"""Mail that comes in over SMTP and LMTP, from a real client."""

import smtplib
import socket
from collections.abc import Iterator

import pytest

from campaigns import signing
from campaigns.models import Enrollment, Message
from campaigns.services.composing import reference_of
from crm.runtime.mail_door import Door
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.conftest import provider as provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def outreach(acme, owner) -> Outreach:
    return Outreach(acme, owner)


@pytest.fixture(params=["smtp", "lmtp"])
def client(request) -> Iterator[smtplib.SMTP]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    door = Door(hostname="127.0.0.1", port=port, speaks_lmtp=request.param == "lmtp")
    door.start()
    kind = smtplib.LMTP if request.param == "lmtp" else smtplib.SMTP
    with kind("127.0.0.1", port) as connection:
        yield connection
    door.stop()


def answer_to(written: Message) -> str:
    return signing.reply_address(reference_of(written), slug="acme")


def test_an_answer_stops_the_sequence(client, outreach, provider):
    outreach.add_second()
    written = outreach.send(outreach.candidate())

    client.sendmail("amara@example.com", [answer_to(written)], b"Subject: Re\r\n\r\nYes!\r\n")

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == "replied"


def test_nothing_is_relayed(client, outreach):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("a@b.example", ["somebody@elsewhere.example"], b"\r\n\r\nHi\r\n")

    assert refused.value.recipients["somebody@elsewhere.example"][0] == 550


def test_a_mail_for_nobody_here_is_refused(client, outreach):
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        client.sendmail("a@b.example", ["nobody@reply.localhost"], b"\r\n\r\nHi\r\n")

    assert refused.value.smtp_code == 550


def test_trouble_here_means_later_not_never(client, outreach, provider, monkeypatch):
    written = outreach.send(outreach.candidate())

    def fail(*args, **kwargs):
        raise RuntimeError("no database")

    monkeypatch.setattr("crm.runtime.mail_door.receive", fail)
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        client.sendmail("amara@example.com", [answer_to(written)], b"\r\n\r\nHi\r\n")

    assert refused.value.smtp_code == 451
