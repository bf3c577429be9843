"""The unsubscribe link: a button for people, one POST for mail providers, nothing for scanners."""

import pytest
from django.conf import settings
from django.test import Client

from campaigns import signing
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.services import delivering
from campaigns.services.composing import reference_of
from candidates.models import Candidate, EmailAddress, Suppression, Touchpoint
from candidates.services import suppressing
from crm.tenancy.scope import acting_in
from tests.campaigns.links import unsubscribe_token

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def written(outreach, provider) -> Message:
    outreach.add_second()
    return outreach.send(outreach.candidate())


@pytest.fixture
def link(written) -> str:
    return f"/u/{unsubscribe_token(written)}/"


@pytest.fixture
def stranger_browser() -> Client:
    """No cookies, no session, and checked for forgery as a browser is."""
    return Client(enforce_csrf_checks=True)


def state_of(outreach) -> tuple[str, int, int]:
    with acting_in(outreach.organization):
        return (
            Enrollment.objects.get().state,
            Suppression.objects.count(),
            Touchpoint.objects.filter(kind=Touchpoint.Kind.UNSUBSCRIBE).count(),
        )


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(method, link, outreach, stranger_browser):
    response = getattr(stranger_browser, method)(link)

    assert response.status_code == 200
    assert state_of(outreach) == ("active", 0, 0)
    assert not response.cookies


def test_the_page_names_the_organization_and_nobody_else(link, stranger_browser):
    page = stranger_browser.get(link).content.decode()

    assert "No more mail from Acme?" in page
    assert '<form class="form" method="post">' in page
    assert "Amara" not in page
    assert "amara@example.com" not in page


@pytest.mark.parametrize("multipart", [False, True], ids=["form", "multipart"])
def test_one_click_acts_at_once_and_says_yes_every_time(
    multipart, link, outreach, written, stranger_browser
):
    data = (
        {"data": ONE_CLICK}
        if multipart
        else {
            "data": "List-Unsubscribe=One-Click",
            "content_type": "application/x-www-form-urlencoded",
        }
    )

    for _ in range(2):
        response = stranger_browser.post(link, **data)
        assert response.status_code == 200
        assert "You are unsubscribed" in response.content.decode()

    assert state_of(outreach) == ("stopped", 1, 1)
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.UNSUBSCRIBED
        assert suppressing.is_suppressed("email", "AMARA@example.com")
        assert MessageEvent.objects.get().kind == MessageEvent.Kind.UNSUBSCRIBED


def test_every_address_of_the_person_is_suppressed_and_what_is_queued_cancelled(
    outreach, provider, stranger_browser
):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        EmailAddress.objects.create(
            candidate=candidate, address="a@home.example", normalized="a@home.example"
        )
    (message,) = outreach.queue(candidate)

    stranger_browser.post(f"/u/{unsubscribe_token(message)}/", ONE_CLICK)

    assert outreach.reload(message).state == Message.State.CANCELLED
    assert delivering.deliver_due(outreach.organization).taken == 0
    with acting_in(outreach.organization):
        assert suppressing.is_suppressed("email", "a@home.example")


def test_the_link_outlives_the_mail(link, outreach, stranger_browser):
    with acting_in(outreach.organization):
        Message.objects.all().delete()

    response = stranger_browser.post(link, ONE_CLICK)

    assert response.status_code == 200
    assert "You are unsubscribed" in response.content.decode()


@pytest.mark.parametrize(
    "token", ["x", "1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa", "zzzzzzzzzzzzz-1-" + "a" * 26]
)
def test_a_token_that_nobody_signed_does_nothing(token, link, outreach, stranger_browser):
    response = stranger_browser.post(f"/u/{token}/", ONE_CLICK)

    assert response.status_code == 200
    assert state_of(outreach) == ("active", 0, 0)


def test_a_token_of_another_purpose_or_organization_does_nothing(
    written, outreach, globex, stranger_browser
):
    reference = reference_of(written)
    theirs = signing.Reference(globex.pk, written.pk)
    for token in (
        signing.token(signing.Purpose.REPORT, reference),
        signing.token(signing.Purpose.UNSUBSCRIBE, theirs),
    ):
        assert stranger_browser.post(f"/u/{token}/", ONE_CLICK).status_code == 200

    assert state_of(outreach) == ("active", 0, 0)


def test_a_later_candidate_of_the_same_address_stays_unsubscribed(link, outreach, stranger_browser):
    stranger_browser.post(link, ONE_CLICK)
    with acting_in(outreach.organization):
        Touchpoint.objects.all().delete()
        MessageEvent.objects.all().delete()
        Message.objects.all().delete()
        Enrollment.objects.all().delete()
        EmailAddress.objects.all().delete()
        Candidate.objects.all().delete()

    result = outreach.enroll(outreach.candidate())

    assert result.refused[0][1] == "Has unsubscribed."


def test_tokens_of_organizations_with_long_slugs_fit_into_addresses():
    reference = signing.Reference(2**40, 36**9 - 1)

    for purpose in (signing.Purpose.REPLY, signing.Purpose.UNSUBSCRIBE):
        address = signing.reply_address(reference, slug="a" * 40, purpose=purpose)
        local, _, domain = address.partition("@")
        assert len(local) <= 64
        assert domain == settings.INBOUND_DOMAIN
        found = signing.read_reply_address(address.upper())
        assert found.is_signed_for(2**40)
        assert not found.is_signed_for(1)
        assert (found.slug, found.message_id, found.purpose) == ("a" * 40, 36**9 - 1, purpose)


@pytest.mark.parametrize(
    "address",
    ["", "@", "acme@other.example", "+@reply.localhost", "ac me@reply.localhost", "a@b@c"],
)
def test_other_addresses_are_not_read_as_ours(address):
    found = signing.read_reply_address(address)

    assert found is None or found.purpose is None


def test_message_ids_are_read_back_and_cannot_be_made_up():
    reference = signing.Reference(7, 123456)
    ours = signing.message_id(reference, domain="acme.example")

    assert signing.read_message_ids(f"<x@y> {ours.upper()}") == [reference]
    assert signing.read_message_ids(ours.replace("<7.", "<8.")) == []
    assert signing.read_message_ids("<7.2n9c.aaaaaaaaaaaaaaaaaaaaaaaaaa@acme.example>") == []
