"""Mail that could go round for ever ends at its first turn."""

from datetime import UTC, datetime

import pytest
import time_machine

from campaigns import signing
from campaigns.models import Enrollment, Message
from campaigns.services import delivering, dispatching, receiving
from campaigns.services.composing import reference_of
from candidates.models import Notification, Task
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.mails import build_mail
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def rows(organization: Organization) -> tuple[int, int, int]:
    with acting_in(organization):
        received = Message.objects.filter(direction="in", is_automatic=False).count()
        return received, Task.objects.count(), Notification.objects.count()


def test_two_of_our_organizations_writing_to_each_other_end(outreach, globex, stranger, provider):
    """Each is a candidate of the other's, and each has a sequence running."""
    other = Outreach(globex, stranger)
    outreach.send(outreach.candidate("robin@globex.example"))
    other.send(other.candidate("robin@acme.example"))
    before = rows(outreach.organization), rows(globex)
    mails = [mail.message().as_bytes() for mail in provider.accepted]

    # Each arrives at the other's door, and at its own, several times.
    for raw in mails * 3:
        for slug in ("acme", "globex"):
            assert receiving.receive(raw, recipients=(f"{slug}@reply.localhost",)) is None

    assert (rows(outreach.organization), rows(globex)) == before
    for organization in (outreach.organization, globex):
        dispatching.dispatch(organization)
        assert delivering.deliver_due(organization).taken == 0
    assert len(provider.accepted) == 2


def test_our_notices_are_answered_by_nobody_and_answer_nobody(outreach, provider, settings):
    """A notice of ours that a forwarder sends to a reply address is no answer, and makes no notice."""
    outreach.add_second()
    written = outreach.send(outreach.candidate())
    notice = build_mail(
        "email/password_changed",
        to="amara@example.com",
        context={"site_url": "http://x", "user": outreach.user},
    )
    notice.to = [signing.reply_address(reference_of(written), slug="acme")]

    for number in range(3):
        notice.extra_headers["Message-ID"] = f"<{number}@system.example>"
        receiving.receive(notice.message().as_bytes())

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().state == Enrollment.State.ACTIVE
        assert not Task.objects.exists()
        assert not Notification.objects.exists()
    assert len(provider.accepted) == 1


def test_automatic_answers_to_automatic_answers_send_nothing(outreach, provider):
    outreach.add_second()
    written = outreach.send(outreach.candidate())
    to = signing.reply_address(reference_of(written), slug="acme")

    for number in range(20):
        receiving.receive(
            f"From: amara@example.com\nTo: {to}\nSubject: Automatic reply: Re: {number}\n"
            f"Message-ID: <{number}@x>\nAuto-Submitted: auto-replied\n\nI am away.\n".encode()
        )

    assert delivering.deliver_due(outreach.organization).taken == 0
    assert len(provider.accepted) == 1
