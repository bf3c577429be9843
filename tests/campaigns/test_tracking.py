"""What providers report: through Anymail's signals, doubled, reordered, forged."""

import base64
from datetime import UTC, datetime

import pytest
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, inbound, tracking

from campaigns import signing
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.services.composing import reference_of
from candidates.models import Candidate, EmailAddress, Touchpoint
from candidates.services import suppressing
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(outreach, provider) -> Message:
    outreach.add_second()
    return outreach.send(outreach.candidate())


def report(written: Message, kind: str, *, token: str | None = None, **values) -> None:
    event = AnymailTrackingEvent(
        **{
            "event_type": kind,
            "event_id": "e1",
            "recipient": "amara@example.com",
            "timestamp": datetime(2026, 6, 1, tzinfo=UTC),
            "metadata": {
                "rapport": signing.token(signing.Purpose.REPORT, reference_of(written))
                if token is None
                else token
            },
            **values,
        }
    )
    tracking.send(sender=object, event=event, esp_name="Fake")


def events(outreach) -> list[str]:
    with acting_in(outreach.organization):
        return list(MessageEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_delivery_makes_the_address_valid(written, outreach):
    report(written, "delivered")
    report(written, "delivered")

    assert events(outreach) == ["delivered"]
    with acting_in(outreach.organization):
        assert EmailAddress.objects.get().state == EmailAddress.State.VALID


def test_a_delivery_settles_a_mail_in_doubt(written, outreach):
    with acting_in(outreach.organization):
        Message.objects.update(state=Message.State.AMBIGUOUS, sent_at=None)

    report(written, "delivered")

    assert outreach.reload(written).state == Message.State.SENT
    with acting_in(outreach.organization):
        assert Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_SENT).count() == 1


@pytest.mark.parametrize("reason", ["invalid", "bounced"])
@pytest.mark.parametrize("kind", ["bounced", "rejected"])
def test_a_hard_bounce_stops_and_retires_the_address(kind, reason, written, outreach):
    report(written, kind, reject_reason=reason, mta_response="550 5.1.1 User unknown")
    report(written, kind, reject_reason=reason, mta_response="550 5.1.1 User unknown")

    assert events(outreach) == ["bounced"]
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.BOUNCED
        assert EmailAddress.objects.get().state == EmailAddress.State.BOUNCED
        assert suppressing.is_suppressed("email", "amara@example.com")


@pytest.mark.parametrize("reason", ["timed_out", "blocked", "other", None])
def test_a_soft_bounce_is_noted_and_stops_nothing(reason, written, outreach):
    report(written, "bounced", reject_reason=reason, description="Mailbox full")

    assert events(outreach) == ["bounced"]
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().state == Enrollment.State.ACTIVE
        assert not suppressing.is_suppressed("email", "amara@example.com")


@pytest.mark.parametrize(
    "values", [{"kind": "complained"}, {"kind": "rejected", "reject_reason": "spam"}]
)
def test_a_complaint_means_do_not_contact(values, written, outreach):
    report(written, **values)
    report(written, **values)

    assert events(outreach) == ["complained"]
    with acting_in(outreach.organization):
        assert Candidate.objects.get().status == Candidate.Status.DO_NOT_CONTACT
        assert Enrollment.objects.get().state == Enrollment.State.STOPPED


@pytest.mark.parametrize(
    "values", [{"kind": "unsubscribed"}, {"kind": "rejected", "reject_reason": "unsubscribed"}]
)
def test_unsubscribing_at_the_provider_counts_here(values, written, outreach):
    report(written, **values)

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.UNSUBSCRIBED


def test_events_without_an_id_count_once(written, outreach):
    for _ in range(2):
        report(written, "bounced", event_id=None, reject_reason="timed_out")

    assert events(outreach) == ["bounced"]


def test_the_order_of_reports_does_not_matter(written, outreach):
    report(written, "bounced", event_id="e2", reject_reason="invalid")
    report(written, "delivered", event_id="e1")

    with acting_in(outreach.organization):
        assert EmailAddress.objects.get().state == EmailAddress.State.BOUNCED
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.BOUNCED


@pytest.mark.parametrize("kind", ["opened", "clicked", "deferred", "queued", "unknown"])
def test_other_events_are_passed_over(kind, written, outreach):
    report(written, kind)

    assert events(outreach) == []


def test_a_forged_or_foreign_token_is_passed_over(written, outreach, globex):
    foreign = signing.Reference(globex.pk, written.pk)
    for token in ("", "1-1-" + "a" * 26, signing.token(signing.Purpose.REPORT, foreign)):
        report(written, "complained", token=token)
    report(
        written,
        "complained",
        token=signing.token(signing.Purpose.UNSUBSCRIBE, reference_of(written)),
    )

    assert events(outreach) == []


def test_a_report_on_an_erased_persons_mail_is_passed_over(written, outreach):
    with acting_in(outreach.organization):
        Message.objects.all().delete()

    report(written, "bounced", reject_reason="invalid")

    assert events(outreach) == []


def test_mail_comes_in_through_a_provider(written, outreach):
    mail = AnymailInboundMessage.parse_raw_mime(
        "From: amara@example.com\nTo: somebody@else.example\nSubject: Re: A role\n"
        "Message-ID: <1@example.com>\n\nYes!"
    )
    mail.envelope_recipient = signing.reply_address(reference_of(written), slug="acme")

    inbound.send(
        sender=object,
        event=AnymailInboundEvent(event_type="inbound", message=mail),
        esp_name="Fake",
    )

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.REPLIED
        received = Message.objects.get(direction="in")
        assert (received.body_text, received.matched_by) == ("Yes!", "address")


@pytest.fixture
def with_secret(settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "rapport:secret"}
    settings.ROOT_URLCONF = "tests.campaigns.hook_urls_with_secret"


def postmark_bounce(written: Message) -> dict[str, object]:
    token = signing.token(signing.Purpose.REPORT, reference_of(written))
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Email": "amara@example.com",
        "BouncedAt": "2026-06-01T09:00:00Z",
        "MessageID": "0000-1111",
        "Metadata": {"rapport": token},
        "Details": "550 5.1.1 User unknown",
    }


def test_a_provider_reports_over_the_web(with_secret, written, outreach, client):
    address = "/hooks/anymail/postmark/tracking/"
    body = postmark_bounce(written)
    password = base64.b64encode(b"rapport:secret").decode()

    refused = client.post(address, body, "application/json")
    assert refused.status_code == 400
    assert events(outreach) == []

    for _ in range(2):
        accepted = client.post(
            address, body, "application/json", headers={"Authorization": f"Basic {password}"}
        )
        assert accepted.status_code == 200
    assert events(outreach) == ["bounced"]
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.BOUNCED


def test_without_a_secret_nobody_can_report(written, client):
    assert client.post("/hooks/anymail/postmark/tracking/", {}).status_code == 404
