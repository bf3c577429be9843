"""Mails to interviewers: invited, changed, taken back; each once, each readable by a calendar."""

from datetime import timedelta
from email import message_from_bytes

import pytest
import time_machine
import vobject
from django.conf import settings
from django.core.mail.backends.locmem import EmailBackend

from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Interviewer, Stage
from pipelines.services.interviews import mailing, scheduling
from pipelines.services.interviews.mailing import mail_interviewers
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange


class Unreachable(EmailBackend):
    """A mail server that does not answer."""

    def open(self) -> bool:
        raise ConnectionRefusedError


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def booked(acme, job, put_on, recruiter, sourcer):
    ada = put_on(job, "Ada Byron")
    with acting_in(acme):
        return arrange(
            ada, sourcer, by=recruiter, starts_at=TUESDAY_TEN, place="Room 4", kit="Ask about Go"
        )


def calendar_of(mail):
    """The calendar part as it travels, and its content type."""
    message = message_from_bytes(mail.message().as_bytes())
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return part, vobject.readOne(part.get_payload(decode=True).decode())


def test_interviewer_is_invited_once(booked, acme, sourcer, mailoutbox):
    assert [mail_interviewers(acme) for _ in range(2)] == [1, 0]

    (mail,) = mailoutbox
    assert mail.to == [sourcer.email]
    assert mail.subject == "Interview: Technical interview, Ada Byron"
    assert f"/acme/interviews/{booked.pk}/" in mail.body
    assert "Where: Room 4" in mail.body
    part, calendar = calendar_of(mail)
    assert part.get_param("method") == "REQUEST"
    assert calendar.method.value == "REQUEST"
    assert calendar.vevent.uid.value == booked.uid
    assert calendar.vevent.attendee.value == f"mailto:{sourcer.email}"
    # Calendars answer to where mail is read, people to whoever arranged it.
    assert calendar.vevent.organizer.value == f"mailto:acme@{settings.INBOUND_DOMAIN}"
    assert mail.reply_to == ["recruiter@acme.example"]
    # Calendars are shared with others: the kit stays here.
    assert "Ask about Go" not in mail.message().as_string()
    names = [attachment[0] for attachment in mail.attachments]
    assert names == ["invite.ics"]


def test_change_and_cancellation_follow_with_rising_sequence(booked, acme, recruiter, mailoutbox):
    mail_interviewers(acme)
    with acting_in(acme):
        scheduling.move(booked, starts_at=TUESDAY_TEN + timedelta(days=1), by=recruiter)
    mail_interviewers(acme)
    with acting_in(acme):
        scheduling.cancel(booked, by=recruiter)
    mail_interviewers(acme)

    told = [calendar_of(mail)[1] for mail in mailoutbox]
    assert [(one.method.value, int(one.vevent.sequence.value)) for one in told] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("CANCEL", 2),
    ]
    assert len({one.vevent.uid.value for one in told}) == 1


def test_quick_changes_are_one_mail(booked, acme, recruiter, mailoutbox):
    with acting_in(acme):
        for day in (1, 2, 3):
            scheduling.move(booked, starts_at=TUESDAY_TEN + timedelta(days=day), by=recruiter)

    assert mail_interviewers(acme) == 1
    assert calendar_of(mailoutbox[0])[1].vevent.sequence.value == "3"


def test_who_was_never_invited_is_not_told_of_the_cancellation(booked, acme, recruiter, mailoutbox):
    with acting_in(acme):
        scheduling.cancel(booked, by=recruiter)

    assert mail_interviewers(acme) == 0
    assert mailoutbox == []


def test_who_is_taken_off_gets_a_cancellation(booked, acme, recruiter, sourcer, mailoutbox):
    mail_interviewers(acme)
    with acting_in(acme):
        scheduling.edit(booked, interviewers=[recruiter], by=recruiter)

    assert mail_interviewers(acme) == 2
    by_address = {mail.to[0]: calendar_of(mail)[1] for mail in mailoutbox[1:]}
    assert by_address[sourcer.email].method.value == "CANCEL"
    assert by_address[recruiter.email].method.value == "REQUEST"
    with acting_in(acme):
        scheduling.edit(booked, interviewers=[recruiter, sourcer], by=recruiter)
    assert mail_interviewers(acme) == 1
    back = calendar_of(mailoutbox[-1])[1]
    assert (mailoutbox[-1].to, back.method.value) == ([sourcer.email], "REQUEST")
    # Calendars pass over what is no later than what they have.
    gone = by_address[sourcer.email].vevent.sequence.value
    assert 0 < int(gone) < int(back.vevent.sequence.value)


def test_blind_stage_names_nobody(booked, acme, mailoutbox):
    with acting_in(acme):
        Stage.objects.update(is_blind=True)

    mail_interviewers(acme)

    assert "Ada" not in mailoutbox[0].message().as_string()


def test_unreachable_server_is_tried_again(booked, acme, settings, mailoutbox):
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Unreachable"
    assert mail_interviewers(acme) == 0
    settings.EMAIL_BACKEND = usual

    assert mail_interviewers(acme) == 0
    assert mail_interviewers(acme, NOW + timedelta(minutes=11)) == 1
    assert calendar_of(mailoutbox[0])[1].method.value == "REQUEST"


def test_killed_worker_sends_nothing_twice(booked, acme, monkeypatch, mailoutbox):
    real = mailing.hand_over

    def killed_after(mail):
        real(mail)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(mailing, "hand_over", killed_after)
        mail_interviewers(acme)
    mail_interviewers(acme, NOW + timedelta(hours=1))

    assert len(mailoutbox) == 1


def test_who_left_gets_no_mail(booked, acme, sourcer, mailoutbox):
    Membership.objects.filter(user=sourcer).delete()

    assert mail_interviewers(acme) == 0
    with acting_in(acme):
        assert Interviewer.objects.get().mail_due_at is None


def test_providers_interfaces_get_the_entry_as_a_file_alone(booked, acme, settings, mailoutbox):
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    parcels = []
    with acting_in(acme):
        row = Interviewer.objects.select_related("user", "interview__candidacy__job").get()
        parcels.append(mailing._write(acme, row, NOW))

    (mail,) = parcels
    assert [one[1] for one in mail.alternatives] == ["text/html"]
    assert mail.attachments[0][0] == "invite.ics"
