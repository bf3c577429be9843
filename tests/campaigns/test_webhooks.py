"""What each supported provider posts about a mail: the same follows, once, whoever reports it and however often."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from campaigns import receivers, signing
from campaigns.models import Enrollment, MailAccount, Message, MessageEvent
from campaigns.services.composing import reference_of
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

SIGNING_KEY = "mailgun-signs-with-this"
AT = 1_780_304_400
AMARA = "amara@example.com"
PASSWORD = base64.b64encode(b"rapport:secret").decode()


@pytest.fixture(autouse=True)
def _hooks(settings):
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": "rapport:secret",
        "MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY,
    }
    settings.ROOT_URLCONF = "tests.campaigns.hook_urls_with_secret"


@pytest.fixture
def written(outreach, provider) -> Message:
    outreach.add_second()
    return outreach.send(outreach.candidate())


def brevo(token: str) -> Any:
    return {
        "event": "hard_bounce",
        "email": AMARA,
        "id": 26224,
        "ts_epoch": AT * 1000,
        "message-id": "<201798300811.5787683@relay.domain.com>",
        "reason": "550 5.1.1 User unknown",
        "X-Mailin-custom": json.dumps({"rapport": token}),
    }


def mailgun(token: str) -> Any:
    now, number = str(int(time.time())), "f" * 50
    signed = hmac.new(SIGNING_KEY.encode(), f"{now}{number}".encode(), hashlib.sha256)
    return {
        "signature": {"timestamp": now, "token": number, "signature": signed.hexdigest()},
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": float(AT),
            "recipient": AMARA,
            "delivery-status": {"code": 550, "message": "5.1.1 User unknown"},
            "user-variables": {"rapport": token},
            "message": {"headers": {"message-id": "20130503182626.18666@acme.example"}},
        },
    }


def mailjet(token: str) -> Any:
    return [
        {
            "event": "bounce",
            "time": AT,
            "MessageID": 19421777835146490,
            "email": AMARA,
            "hard_bounce": True,
            "error_related_to": "recipient",
            "error": "user unknown",
            "Payload": json.dumps({"rapport": token}),
        }
    ]


def postmark(token: str) -> Any:
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Email": AMARA,
        "BouncedAt": "2026-06-01T09:00:00Z",
        "MessageID": "0000-1111",
        "Metadata": {"rapport": token},
        "Details": "550 5.1.1 User unknown",
    }


def resend(token: str) -> Any:
    return {
        "type": "email.bounced",
        "created_at": "2026-06-01T09:00:00.000Z",
        "data": {
            "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "created_at": "2026-06-01T08:59:00.000Z",
            "to": [AMARA],
            "headers": [{"name": "X-Metadata", "value": json.dumps({"rapport": token})}],
            "bounce": {"message": "The recipient's email provider sent a hard bounce message."},
        },
    }


def sparkpost(token: str) -> Any:
    event = {
        "type": "bounce",
        "bounce_class": "10",
        "event_id": "92356927693813856",
        "message_id": "000443ee14578172be22",
        "rcpt_to": AMARA,
        "raw_reason": "550 5.1.1 User unknown",
        "rcpt_meta": {"rapport": token},
        "timestamp": str(AT),
    }
    return [{"msys": {"message_event": event}}]


BOUNCES: dict[str, Callable[[str], Any]] = {
    kind.__name__: kind for kind in (brevo, mailgun, mailjet, postmark, resend, sparkpost)
}


def token_of(written: Message) -> str:
    return signing.token(signing.Purpose.REPORT, reference_of(written))


def post(name: str, body: Any, *, password: str = PASSWORD) -> int:
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Basic {password}", "svix-id": "msg_1", "svix-timestamp": str(AT)}
    address = f"/hooks/anymail/{name}/tracking/"
    return client.post(address, body, "application/json", headers=headers).status_code


def kinds(outreach) -> list[str]:
    with acting_in(outreach.organization):
        return list(MessageEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_every_provider_that_is_offered_is_tried():
    assert set(BOUNCES) == {*MailAccount.Kind.values} - {"smtp"}


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_counts_once_whoever_reports_it(name, outreach, written):
    for _ in range(3):
        assert post(name, BOUNCES[name](token_of(written))) == 200

    assert kinds(outreach) == ["bounced"]
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.BOUNCED


@pytest.mark.parametrize("name", BOUNCES)
def test_a_forged_report_is_refused(name, outreach, written):
    body = BOUNCES[name](token_of(written))
    if name == "mailgun":
        body["signature"]["signature"] = "0" * 64
    wrong = base64.b64encode(b"rapport:guessed").decode()

    assert post(name, body, password=wrong) == 400
    assert kinds(outreach) == []


@pytest.mark.parametrize("name", BOUNCES)
def test_a_report_on_another_organizations_number_is_passed_over(name, outreach, globex, written):
    foreign = signing.Reference(globex.pk, written.pk)

    assert post(name, BOUNCES[name](signing.token(signing.Purpose.REPORT, foreign))) == 200
    assert kinds(outreach) == []


def test_while_the_database_is_away_the_provider_is_asked_to_come_again(
    outreach, written, monkeypatch
):
    def away(report):
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(receivers, "take_report", away)
        assert post("postmark", postmark(token_of(written))) >= 500
    assert kinds(outreach) == []

    assert post("postmark", postmark(token_of(written))) == 200
    assert kinds(outreach) == ["bounced"]


def test_a_thousand_reports_in_one_batch_count_once_each_in_whatever_order(outreach, written):
    (one,) = sparkpost(token_of(written))
    event = one["msys"]["message_event"]
    batch = [
        {"msys": {"message_event": {**event, "type": "delivery", "event_id": str(number % 50)}}}
        for number in range(999)
    ]
    batch.insert(500, one)

    assert post("sparkpost", batch) == 200

    assert sorted(kinds(outreach)) == ["bounced", *["delivered"] * 50]
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.BOUNCED


@pytest.mark.parametrize("name", sorted({*BOUNCES} - {"mailgun"}))
def test_what_is_no_json_is_refused_with_a_sentence(name, outreach):
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Basic {PASSWORD}"}

    for body in ("hello", "", "<xml/>"):
        answer = client.post(
            f"/hooks/anymail/{name}/tracking/", body, "application/json", headers=headers
        )
        assert (answer.status_code, answer.content.decode()) == (
            400,
            "This is no JSON: something else than the provider posts here.",
        )


def test_a_provider_that_posts_to_the_wrong_address_is_told_so(outreach, written):
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Basic {PASSWORD}"}
    body = postmark(token_of(written))

    answer = client.post(
        "/hooks/anymail/postmark/inbound/", body, "application/json", headers=headers
    )

    assert answer.status_code == 400
    assert "*Bounce* webhook to Anymail's Postmark *inbound* webhook" in answer.content.decode()
    assert kinds(outreach) == []


def test_a_provider_that_signs_needs_its_key_and_the_answer_says_which(outreach, written, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "rapport:secret"}
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Basic {PASSWORD}"}

    answer = client.post(
        "/hooks/anymail/mailgun/tracking/",
        mailgun(token_of(written)),
        "application/json",
        headers=headers,
    )

    assert answer.status_code == 400
    assert "MAILGUN_WEBHOOK_SIGNING_KEY" in answer.content.decode()
