"""An answer that a provider posts stops the sequence, once, however large it is and however often it comes."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from campaigns import signing
from campaigns.models import Enrollment, Message
from campaigns.services.composing import reference_of
from crm.tenancy.scope import acting_in
from tests.campaigns.test_webhooks import PASSWORD, SIGNING_KEY
from tests.campaigns.test_webhooks import _hooks as _hooks
from tests.campaigns.test_webhooks import written as written

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024


def answer(to: str, *, size: int = 0) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Amara Okafor <amara@example.com>"
    mail["To"] = to
    mail["Subject"] = "Re: A role for Amara"
    mail["Message-ID"] = "<answer-1@mail.example>"
    mail.set_content("Yes, here is my portfolio.\n")
    if size:
        mail.add_attachment(b"%" * size, maintype="application", subtype="pdf", filename="all.pdf")
    return mail


def mailgun(mail: EmailMessage) -> dict[str, Any]:
    now, number = str(int(time.time())), "f" * 50
    signed = hmac.new(SIGNING_KEY.encode(), f"{now}{number}".encode(), hashlib.sha256)
    return {
        "data": {
            "timestamp": now,
            "token": number,
            "signature": signed.hexdigest(),
            "sender": "amara@example.com",
            "recipient": mail["To"],
            "body-mime": mail.as_string(),
        }
    }


def postmark(mail: EmailMessage) -> dict[str, Any]:
    posted = {
        "FromFull": {"Email": "amara@example.com", "Name": "Amara Okafor"},
        "ToFull": [{"Email": mail["To"], "Name": ""}],
        "OriginalRecipient": mail["To"],
        "Subject": mail["Subject"],
        "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
        "Headers": [{"Name": "Message-ID", "Value": mail["Message-ID"]}],
        "TextBody": "Yes, here is my portfolio.\n",
        "Attachments": [
            {
                "Name": part.get_filename(),
                "ContentType": part.get_content_type(),
                "Content": base64.b64encode(part.get_content()).decode(),
            }
            for part in mail.iter_attachments()
        ],
    }
    return {"data": json.dumps(posted), "content_type": "application/json"}


def sparkpost(mail: EmailMessage) -> dict[str, Any]:
    relayed = {
        "protocol": "smtp",
        "msg_from": "amara@example.com",
        "rcpt_to": mail["To"],
        "content": {"email_rfc822": mail.as_string(), "email_rfc822_is_base64": False},
    }
    posted = [{"msys": {"relay_message": relayed}}]
    return {"data": json.dumps(posted), "content_type": "application/json"}


ADDRESSES: dict[Callable[[EmailMessage], dict[str, Any]], str] = {
    mailgun: "/hooks/anymail/mailgun/inbound_mime/",
    postmark: "/hooks/anymail/postmark/inbound/",
    sparkpost: "/hooks/anymail/sparkpost/inbound/",
}
by_each_provider = pytest.mark.parametrize("provided", ADDRESSES)


def post(
    provided: Callable[[EmailMessage], dict[str, Any]],
    mail: EmailMessage,
    *,
    password: str = PASSWORD,
) -> HttpResponse:
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Basic {password}"}
    return client.post(ADDRESSES[provided], **provided(mail), headers=headers)


def address_of(written: Message) -> str:
    return signing.reply_address(reference_of(written), slug="acme")


def received(outreach) -> list[str]:
    with acting_in(outreach.organization):
        mails = Message.objects.filter(direction=Message.Direction.IN).order_by("pk")
        return list(mails.values_list("candidate__full_name", flat=True))


def why_stopped(outreach) -> str:
    return outreach.inside(lambda: Enrollment.objects.get().stop_reason)


@pytest.mark.parametrize("size", [0, 12 * MEGABYTE], ids=["small", "large"])
@by_each_provider
def test_an_answer_stops_the_sequence_once(provided, size, outreach, written):
    mail = answer(address_of(written), size=size)

    for _ in range(2):
        assert post(provided, mail).status_code == 200

    assert received(outreach) == ["Amara Okafor"]
    assert why_stopped(outreach) == "replied"


@by_each_provider
def test_whoever_does_not_know_the_secret_brings_nothing_in(provided, outreach, written):
    wrong = base64.b64encode(b"rapport:guessed").decode()

    assert post(provided, answer(address_of(written)), password=wrong).status_code == 400
    assert received(outreach) == []
    assert why_stopped(outreach) == ""


@by_each_provider
def test_mail_for_nobody_here_is_not_asked_for_again(provided, outreach, written):
    assert post(provided, answer("somebody@reply.example")).status_code == 200
    assert received(outreach) == []


def test_a_page_takes_no_form_as_large_as_a_mail(client, recruiter, outreach):
    client.force_login(recruiter)
    large = "%" * (11 * MEGABYTE)

    refused = client.post("/acme/candidates/add/", large, "application/x-www-form-urlencoded")

    assert refused.status_code == 400
