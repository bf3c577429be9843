"""Interviewers who accept or decline in their own calendar: its answer comes in as mail."""

import re

import pytest
import time_machine
from django.conf import settings

from campaigns.models import Message
from campaigns.services.receiving import UnknownRecipient, receive, receive_from_mailbox
from candidates.models import Notification
from crm.tenancy.scope import acting_in
from pipelines.calendars import read_reply
from pipelines.models import Interviewer
from pipelines.services.interviews import scheduling
from pipelines.services.interviews.mailing import mail_interviewers
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange

Answer = Interviewer.Answer


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def invited(acme, job, put_on, recruiter, sourcer):
    ada = put_on(job, "Ada Byron", emails=["ada@example.com"])
    with acting_in(acme):
        interview = arrange(ada, sourcer, by=recruiter, starts_at=TUESDAY_TEN)
    mail_interviewers(acme)
    return interview


def reply(invited, user, *, says="DECLINED", sequence=0, method="REPLY", sender="", to="") -> bytes:
    """The mail that a calendar sends when its user presses a button, as Google's does."""
    address = sender or user.email
    return f"""From: {user.name} <{address}>
To: {to or f"acme@{settings.INBOUND_DOMAIN}"}
Subject: {says.title()}: Technical interview
Message-ID: <{says}-{sequence}@calendar.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset="UTF-8"

{user.name} has answered this invitation.
--inner
Content-Type: text/calendar; charset="UTF-8"; method={method}

BEGIN:VCALENDAR
PRODID:-//Example//Calendar 1.0//EN
VERSION:2.0
METHOD:{method}
BEGIN:VEVENT
DTSTART:20260303T100000Z
DTEND:20260303T110000Z
DTSTAMP:20260302T120000Z
ORGANIZER;CN=Recruiter:mailto:acme@{settings.INBOUND_DOMAIN}
UID:{invited.uid}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={says};CN="{user.name}";
 X-NUM-GUESTS=0:MAILTO:{user.email.upper()}
SEQUENCE:{sequence}
SUMMARY:Technical interview
END:VEVENT
END:VCALENDAR
--inner--
--outer
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"

BEGIN:VCALENDAR
END:VCALENDAR
--outer--
""".replace("\n", "\r\n").encode()


def answer_of(acme, user) -> str:
    with acting_in(acme):
        return Interviewer.objects.get(user=user).answer


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ("ACCEPTED", Answer.ACCEPTED),
        ("TENTATIVE", Answer.TENTATIVE),
        ("DECLINED", Answer.DECLINED),
    ],
)
def test_an_answer_of_a_calendar_is_noted(acme, invited, recruiter, sourcer, says, answer):
    for _ in range(2):
        assert receive(reply(invited, sourcer, says=says)) is None

    assert answer_of(acme, sourcer) == answer
    with acting_in(acme):
        assert not Message.objects.filter(direction=Message.Direction.IN).exists()
        told = Notification.objects.filter(user=recruiter, text__contains="cannot come")
        assert told.count() == (answer == Answer.DECLINED)


def test_it_is_read_in_a_mailbox_of_a_member_too(acme, invited, sourcer):
    with acting_in(acme):
        assert (
            receive_from_mailbox(acme, reply(invited, sourcer, to="recruiter@acme.example")) is None
        )

    assert answer_of(acme, sourcer) == Answer.DECLINED


def test_an_answer_to_an_earlier_time_counts_no_more(acme, invited, recruiter, sourcer):
    with acting_in(acme):
        scheduling.move(invited, starts_at=TUESDAY_TEN.replace(hour=14), by=recruiter)
    mail_interviewers(acme)

    receive(reply(invited, sourcer, sequence=0))
    assert answer_of(acme, sourcer) == Answer.NONE

    receive(reply(invited, sourcer, sequence=1))
    assert answer_of(acme, sourcer) == Answer.DECLINED


def test_nobody_answers_for_somebody_else(acme, invited, sourcer):
    receive(reply(invited, sourcer, sender="ada@example.com"))
    receive(reply(invited, sourcer, method="REQUEST"))

    assert answer_of(acme, sourcer) == Answer.NONE


def test_another_organization_has_no_such_interview(acme, globex, invited, sourcer):
    receive(reply(invited, sourcer, to=f"globex@{settings.INBOUND_DOMAIN}"))
    with pytest.raises(UnknownRecipient):
        receive(reply(invited, sourcer, to=f"nobody@{settings.INBOUND_DOMAIN}"))

    assert answer_of(acme, sourcer) == Answer.NONE


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("METHOD:REPLY", "METHOD:PUBLISH"),
        lambda text: text.replace("BEGIN:VEVENT", "BEGIN:VTODO").replace("END:VEVENT", "END:VTODO"),
        lambda text: re.sub(r"ATTENDEE[^:]*:[^:]*:\S+\n", "", text.replace("\r\n", "\n")),
        lambda text: text.replace("SEQUENCE:0", "SEQUENCE:soon"),
        lambda text: "no calendar at all",
        lambda text: "",
    ],
)
def test_what_is_no_answer_is_read_as_none(invited, sourcer, change):
    raw = reply(invited, sourcer).decode()
    calendar = raw[raw.index("BEGIN:VCALENDAR") : raw.index("--inner--")]
    assert read_reply(calendar).address == sourcer.email

    assert read_reply(change(calendar)) is None
