"""What a mail server's pipe is told, by the exit codes of sysexits.h."""

import io
import os

import pytest
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, EventType, inbound
from django.core.management import call_command

from campaigns.management.commands import receive_mail
from campaigns.models import Message
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

MAIL = b"From: Amara <amara@example.com>\nTo: %s\nSubject: Hello\n\nHi there\n"


@pytest.fixture
def pipe(monkeypatch):
    """`pipe(mail)`: what the command says of a mail on standard input."""

    def take_in(mail: bytes, **options) -> str:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(mail)))
        out = io.StringIO()
        call_command("receive_mail", stdout=out, stderr=out, **options)
        return out.getvalue()

    return take_in


def test_a_mail_is_taken_in(acme, pipe):
    said = pipe(MAIL % b"acme@reply.localhost")

    with acting_in(acme):
        message = Message.objects.get()
    assert said == f"Stored as message {message.pk}; whose it is must be decided.\n"
    assert message.from_address == "amara@example.com"


def test_the_envelope_counts_before_the_headers(acme, pipe):
    pipe(MAIL % b"somebody@example.com", recipient=["acme@reply.localhost"])

    with acting_in(acme):
        assert Message.objects.count() == 1


def test_a_mail_for_nobody_here_is_returned_to_its_writer(acme, pipe):
    with pytest.raises(SystemExit) as ended:
        pipe(MAIL % b"nobody@reply.localhost")

    assert ended.value.code == os.EX_NOUSER == 67
    with acting_in(acme):
        assert not Message.objects.exists()


def test_a_mail_that_could_not_be_taken_in_is_tried_again(acme, pipe, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("The database is gone")

    monkeypatch.setattr(receive_mail, "receive", fail)

    with pytest.raises(SystemExit) as ended:
        pipe(MAIL % b"acme@reply.localhost")

    assert ended.value.code == os.EX_TEMPFAIL == 75


def test_a_provider_is_not_asked_to_send_somebody_elses_mail_again(acme):
    message = AnymailInboundMessage.parse_raw_mime_bytes(MAIL % b"nobody@reply.localhost")
    event = AnymailInboundEvent(event_type=EventType.INBOUND, message=message)

    inbound.send(sender=object, event=event, esp_name="Test")

    with acting_in(acme):
        assert not Message.objects.exists()
