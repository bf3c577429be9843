"""A mail to one person, written by hand: through the outbox, with its last check."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns.models import Message, Template
from campaigns.services import delivering, templating
from campaigns.services.reaching import address_for
from candidates.models import Candidate, Suppression
from candidates.services import suppressing
from crm.tenancy.scope import acting_in
from tests.campaigns.test_answering import reply_to
from tests.pages import text_of

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LETTER = {"subject": "Lunch", "body": "Hi {{ first_name | there }},\n\non Thursday?"}


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def write(client, outreach, candidate: Candidate, query: str = "", **values):
    data = {**LETTER, "sender": outreach.sender.pk, **values}
    return client.post(f"/acme/sequences/write/{candidate.pk}/{query}", data)


def test_a_mail_is_written_and_goes_out(as_user, recruiter, outreach, provider):
    candidate = outreach.candidate()

    response = write(as_user(recruiter), outreach, candidate)
    delivering.deliver_due(outreach.organization)

    assert response["Location"].endswith(f"/candidates/{candidate.pk}/")
    (mail,) = provider.accepted
    assert mail.to == ["amara@example.com"]
    assert mail.subject == "Lunch"
    assert mail.body.startswith("Hi Amara,\n\non Thursday?")
    assert "List-Unsubscribe" in mail.extra_headers


def test_a_form_that_is_sent_twice_writes_one_mail(as_user, recruiter, outreach, provider):
    candidate = outreach.candidate()
    client = as_user(recruiter)

    answers = [write(client, outreach, candidate) for _ in range(2)]
    with time_machine.travel(MONDAY + timedelta(minutes=1), tick=False):
        write(client, outreach, candidate, subject="Dinner")
    with time_machine.travel(MONDAY + timedelta(minutes=11), tick=False):
        write(client, outreach, candidate)

    assert answers[0]["Location"] == answers[1]["Location"]
    written = [message.subject for message in outreach.messages()]
    assert written == ["Lunch", "Dinner", "Lunch"]


def test_what_did_not_go_can_be_written_again_in_the_same_words(
    as_user, recruiter, outreach, provider
):
    candidate = outreach.candidate()
    client = as_user(recruiter)

    def refuse(mail):
        raise smtplib.SMTPDataError(554, b"Spam")

    provider.before_accepting = refuse
    write(client, outreach, candidate)
    delivering.deliver_due(outreach.organization)
    provider.before_accepting = None
    write(client, outreach, candidate)
    delivering.deliver_due(outreach.organization)

    assert [message.state for message in outreach.messages()] == ["failed", "sent"]


def test_the_same_short_answer_to_two_mails_is_two_answers(as_user, recruiter, outreach, provider):
    candidate = outreach.candidate()
    ours, client = outreach.send(candidate), as_user(recruiter)
    for number, words in enumerate(("Yes!", "Is Monday fine?")):
        theirs = reply_to(outreach, ours, words, number=number)
        write(client, outreach, candidate, f"?answers={theirs.pk}", subject="Re: A role", body="Ok")

    answers = outreach.messages(enrollment=None, direction="out")
    assert len({message.in_reply_to for message in answers}) == 2


def test_an_answer_stays_in_the_thread_and_goes_where_they_wrote_from(
    as_user, recruiter, outreach, provider
):
    candidate = outreach.candidate()
    theirs = reply_to(outreach, outreach.send(candidate), "Yes!", author="amara@home.example")
    client = as_user(recruiter)

    page = text_of(client.get(f"/acme/sequences/write/{candidate.pk}/?answers={theirs.pk}"))
    assert "amara@home.example" in page
    assert "Re: A role" in page
    write(client, outreach, candidate, f"?answers={theirs.pk}", subject="Re: A role")
    delivering.deliver_due(outreach.organization)

    mail = provider.accepted[-1]
    assert mail.to == ["amara@home.example"]
    assert mail.extra_headers["In-Reply-To"] == theirs.message_id


@pytest.mark.parametrize(
    ("reason", "may_answer"),
    [("unsubscribed", True), ("complained", False), ("objected", False), ("erased", False)],
)
def test_who_must_not_be_written_to_is_not(outreach, provider, reason, may_answer):
    candidate = outreach.candidate()
    theirs = reply_to(outreach, outreach.send(candidate), "Yes!")
    with acting_in(outreach.organization):
        suppressing.suppress("email", "amara@example.com", reason=Suppression.Reason(reason))

        assert address_for(candidate).obstacle
        assert (not address_for(candidate, answers=theirs).obstacle) is may_answer


def test_whoever_objects_after_it_was_written_gets_nothing(as_user, recruiter, outreach, provider):
    candidate = outreach.candidate()
    write(as_user(recruiter), outreach, candidate)
    with acting_in(outreach.organization):
        suppressing.suppress("email", "amara@example.com", reason=Suppression.Reason.OBJECTED)

    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    (message,) = outreach.messages()
    assert (message.state, message.problem) == (
        Message.State.CANCELLED,
        "Objected to being contacted.",
    )


def test_an_obstacle_is_said_before_anything_is_written(as_user, recruiter, outreach):
    candidate = outreach.candidate(status="do_not_contact")
    client = as_user(recruiter)

    page = text_of(client.get(f"/acme/sequences/write/{candidate.pk}/"))
    response = write(client, outreach, candidate)

    assert "Is marked “Do not contact”." in page
    assert response.status_code == 422
    assert "on Thursday?" in text_of(response)
    assert outreach.messages() == []


def test_a_value_that_is_missing_is_named(as_user, recruiter, outreach):
    candidate = outreach.candidate(company="")

    response = write(as_user(recruiter), outreach, candidate, body="At {{ company }}?")

    assert response.status_code == 422
    assert "There is no value for company" in text_of(response)


def test_it_begins_with_a_template_and_counts_for_it(as_user, recruiter, outreach, provider):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        details = templating.TemplateDetails(name="Lunch", subject="Lunch", body="Are you hungry?")
        template: Template = templating.save_template(None, details, by=recruiter).template
    client = as_user(recruiter)

    page = text_of(client.get(f"/acme/sequences/write/{candidate.pk}/?template={template.pk}"))
    write(client, outreach, candidate, f"?template={template.pk}")

    assert "Are you hungry?" in page
    assert outreach.messages()[0].template_id == template.pk


def test_nobody_writes_from_a_colleagues_address_unasked(as_user, recruiter, owner, outreach):
    outreach.inside(lambda: type(outreach.sender).objects.update(user=owner))

    response = write(as_user(recruiter), outreach, outreach.candidate())

    assert response.status_code == 422
    assert outreach.messages() == []
