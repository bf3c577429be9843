"""What candidates are mailed about interviews: through the outbox, once, with an entry for their calendar."""

from email import message_from_bytes

import pytest
import time_machine
import vobject

from campaigns.models import CandidacyMail, Enrollment, Message, Sender
from campaigns.services import delivering
from candidates.models import Suppression, Touchpoint
from candidates.services.suppressing import suppress
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview
from pipelines.services import candidacies, jobs
from pipelines.services.interviews import scheduling
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange, offer

State = Message.State


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def amara(outreach):
    return outreach.candidate()


@pytest.fixture
def card(outreach, amara) -> Candidacy:
    with acting_in(outreach.organization):
        job = jobs.create_job(by=outreach.user, title="Engineer", owner=outreach.user)
        candidacies.add_to_job(job, [amara.pk], by=outreach.user)
        return Candidacy.objects.select_related("candidate", "job", "stage").get()


def deliver(outreach, message: Message) -> Message:
    delivering.deliver_due(outreach.organization)
    return outreach.reload(message)


def book(outreach, card, **more) -> Interview:
    with acting_in(outreach.organization):
        return arrange(card, outreach.user, by=outreach.user, starts_at=TUESDAY_TEN, **more)


def test_candidate_gets_the_time_with_an_entry_for_the_calendar(outreach, card, mailoutbox):
    interview = book(outreach, card, place="Room 4")
    (message,) = outreach.messages()

    assert deliver(outreach, message).state == State.SENT

    (mail,) = mailoutbox
    assert mail.to == ["amara@example.com"]
    assert mail.subject == "Booked: Technical interview"
    assert "Tuesday, 3 March 2026, 10:00 (UTC, UTC+00:00)" in mail.body
    assert "Where: Room 4" in mail.body
    raw = message_from_bytes(mail.message().as_bytes())
    part = next(part for part in raw.walk() if part.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    calendar = vobject.readOne(part.get_payload(decode=True).decode())
    assert calendar.vevent.uid.value == interview.uid
    assert calendar.vevent.attendee.value == "mailto:amara@example.com"
    assert "/booking/" in calendar.vevent.url.value


def test_cancellation_takes_the_entry_back(outreach, card, mailoutbox):
    interview = book(outreach, card)
    with acting_in(outreach.organization):
        scheduling.cancel(interview, by=outreach.user)
    for message in outreach.messages():
        deliver(outreach, message)

    methods = [
        part.get_param("method")
        for mail in mailoutbox
        for part in message_from_bytes(mail.message().as_bytes()).walk()
        if part.get_content_type() == "text/calendar" and part.get_filename() is None
    ]
    assert methods == ["REQUEST", "CANCEL"]


def test_mail_without_an_entry_has_none(outreach, card, mailoutbox):
    with acting_in(outreach.organization):
        offer(outreach.user)
        arrange(card, outreach.user, by=outreach.user)
    (message,) = outreach.messages()
    deliver(outreach, message)

    assert mailoutbox[0].subject == "Choose a time: Technical interview"
    assert mailoutbox[0].attachments == []


def test_booking_stops_sequences_and_cancels_what_waits(outreach, amara, card):
    queued = outreach.queue(amara)

    book(outreach, card)

    ended = outreach.enrollment(amara)
    assert (ended.state, ended.stop_reason) == (
        Enrollment.State.STOPPED,
        Enrollment.StopReason.INTERVIEW,
    )
    assert outreach.reload(queued[0]).state == State.CANCELLED
    with acting_in(outreach.organization):
        assert Touchpoint.objects.filter(
            summary="Taken off the sequence “Welcome”: an interview was booked"
        ).exists()


def test_being_asked_for_a_time_stops_nothing(outreach, amara, card):
    outreach.enroll(amara)
    with acting_in(outreach.organization):
        offer(outreach.user)
        arrange(card, outreach.user, by=outreach.user)

    assert outreach.enrollment(amara).state == Enrollment.State.ACTIVE


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("unsubscribed", State.SENT),
        ("objected", State.CANCELLED),
        ("complained", State.CANCELLED),
        ("bounced", State.CANCELLED),
    ],
)
def test_who_only_unsubscribed_still_gets_what_they_wait_for(outreach, card, reason, state):
    book(outreach, card)
    (message,) = outreach.messages()
    with acting_in(outreach.organization):
        suppress("email", "amara@example.com", reason=Suppression.Reason(reason))

    assert deliver(outreach, message).state == state


def test_without_a_sender_the_interview_says_so(outreach, card):
    with acting_in(outreach.organization):
        Sender.objects.update(paused_at=NOW)

    interview = book(outreach, card)

    assert interview.mail_problem == (
        "No mail was written: there is no sender that you may send from. Add one in the settings."
    )
    assert outreach.messages() == []


def test_the_same_news_is_written_once(outreach, card):
    interview = book(outreach, card)
    with acting_in(outreach.organization):
        scheduling.book(interview, starts_at=TUESDAY_TEN)
        assert CandidacyMail.objects.count() == 1
