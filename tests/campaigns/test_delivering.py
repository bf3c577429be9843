import pytest

from campaigns.models import Enrollment, Message
from campaigns.services import delivering, dispatching

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_due_step_is_queued_and_sent_once(outreach, provider):
    candidate = outreach.candidate()
    outreach.add_second()

    message = outreach.send(candidate)

    (mail,) = provider.accepted
    assert mail.to == ["amara@example.com"]
    assert mail.subject == "A role for Amara"
    assert message.state == Message.State.SENT
    assert message.attempts == 1
    enrollment = outreach.enrollment(candidate)
    assert enrollment.state == Enrollment.State.ACTIVE
    assert enrollment.next_step.position == 2
    assert enrollment.next_at > message.sent_at
    assert delivering.deliver(outreach.organization, message.pk) is None
    assert dispatching.dispatch(outreach.organization).queued == 0
    assert len(provider.accepted) == 1


def test_mail_has_what_providers_and_laws_ask_for(outreach, provider):
    message = outreach.send(outreach.candidate())

    (mail,) = provider.accepted
    mime = mail.message()
    assert message.message_id == mime["Message-ID"]
    assert mime["Message-ID"].endswith("@acme.example>")
    assert mime["From"] == "Robin Reyes <robin@acme.example>"
