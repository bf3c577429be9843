"""Mails about notifications: when they go, to whom, and that none goes twice."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from candidates.models import Notification
from candidates.services import mailing
from candidates.services.mailing import mail_due
from candidates.services.notifying import choose_delivery, mark_all_read, notify
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory

Kind = Notification.Kind
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Unreachable(EmailBackend):
    """A mail server that does not answer."""

    def open(self) -> bool:
        raise ConnectionRefusedError


class BreaksOff(EmailBackend):
    """A mail server that breaks off after it took the mail."""

    def send_messages(self, messages) -> int:
        super().send_messages(messages)
        raise ConnectionResetError


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def tell(acme, user, text="Ana replied", kind=Kind.REPLY, **more):
    with acting_in(acme):
        notify(user, kind=kind, text=text, **more)


def later(**delta) -> datetime:
    return NOON + timedelta(**delta)


def test_reply_is_mailed_once_after_a_while(acme, recruiter, mailoutbox):
    tell(acme, recruiter, link="candidates/3/")

    assert mail_due(acme, later(minutes=2)) == 0
    assert [mail_due(acme, later(minutes=4)) for _ in range(2)] == [1, 0]
    (mail,) = mailoutbox
    assert mail.to == [recruiter.email]
    assert mail.subject == "Ana replied"
    assert "http://testserver/acme/candidates/3/" in mail.body
    assert "/acme/notifications/choices/" in mail.body
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"


def test_what_comes_together_is_one_mail(acme, recruiter, sourcer, mailoutbox):
    for name in ("Ana", "Bo", "Cy"):
        tell(acme, recruiter, f"{name} replied")
    tell(acme, sourcer, "Dee replied")

    assert mail_due(acme, later(minutes=4)) == 2
    assert sorted(mail.subject for mail in mailoutbox) == ["3 new things at Acme", "Dee replied"]
    of_recruiter = next(mail for mail in mailoutbox if mail.to == [recruiter.email])
    assert [name in of_recruiter.body for name in ("Ana", "Bo", "Cy", "Dee")] == [True] * 3 + [
        False
    ]


def test_what_was_read_is_not_mailed(acme, recruiter, mailoutbox):
    tell(acme, recruiter)
    with acting_in(acme):
        mark_all_read(recruiter)

    assert mail_due(acme, later(minutes=4)) == 0
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("delivery", "after_four_minutes", "next_morning"),
    [("now", 1, 0), ("digest", 0, 1), ("app", 0, 0), ("off", 0, 0)],
)
def test_choice_decides_when(acme, recruiter, delivery, after_four_minutes, next_morning):
    with acting_in(acme):
        choose_delivery(recruiter, {Kind.REPLY: delivery})
    tell(acme, recruiter)

    assert mail_due(acme, later(minutes=4)) == after_four_minutes
    assert mail_due(acme, later(days=1)) == next_morning


@pytest.mark.parametrize(
    ("zone", "too_early", "due"),
    [
        # New York sets its clocks forward on 8 March 2026: 7:00 is 11:00 UTC from then on.
        (
            "America/New_York",
            datetime(2026, 3, 8, 10, 59, tzinfo=UTC),
            datetime(2026, 3, 8, 11, tzinfo=UTC),
        ),
        (
            "Asia/Tokyo",
            datetime(2026, 3, 7, 21, 59, tzinfo=UTC),
            datetime(2026, 3, 7, 22, tzinfo=UTC),
        ),
    ],
)
def test_digest_goes_in_the_morning_of_the_member(acme, recruiter, zone, too_early, due):
    recruiter.time_zone = zone
    recruiter.save(update_fields=["time_zone"])
    with time_machine.travel(datetime(2026, 3, 7, 13, tzinfo=UTC), tick=False):
        tell(acme, recruiter, "3 people went cold", kind=Kind.COLD)

    assert mail_due(acme, too_early) == 0
    assert mail_due(acme, due) == 1


def test_who_left_gets_no_mail(acme, recruiter, mailoutbox):
    tell(acme, recruiter)
    Membership.objects.filter(user=recruiter).delete()

    assert mail_due(acme, later(minutes=4)) == 0
    assert mailoutbox == []


def test_line_about_an_erased_person_is_not_mailed(acme, recruiter, mailoutbox):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana Sousa")
    tell(acme, recruiter, "Ana Sousa replied", candidate=ana)
    tell(acme, recruiter, "Another reply")
    with acting_in(acme):
        ana.delete()

    assert mail_due(acme, later(minutes=4)) == 1
    assert "Ana" not in mailoutbox[0].body


def test_unreachable_server_is_tried_again(acme, recruiter, settings, mailoutbox):
    tell(acme, recruiter)
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Unreachable"
    assert mail_due(acme, later(minutes=4)) == 0

    settings.EMAIL_BACKEND = usual

    assert mail_due(acme, later(minutes=13)) == 0
    assert mail_due(acme, later(minutes=15)) == 1
    assert len(mailoutbox) == 1


def test_unreachable_server_is_given_up_after_a_day(acme, recruiter, settings):
    tell(acme, recruiter)
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"

    mail_due(acme, later(hours=25))

    with acting_in(acme):
        assert Notification.objects.get().mail_due_at is None


def test_mail_whose_fate_is_unknown_is_not_sent_again(acme, recruiter, settings, mailoutbox):
    tell(acme, recruiter)
    settings.EMAIL_BACKEND = f"{__name__}.BreaksOff"

    mail_due(acme, later(minutes=4))
    mail_due(acme, later(hours=4))

    assert len(mailoutbox) == 1


def test_killed_worker_does_no_harm(acme, recruiter, monkeypatch, mailoutbox):
    tell(acme, recruiter)

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(mailing, "_send", killed)
        mail_due(acme, later(minutes=4))
    mail_due(acme, later(minutes=5))

    assert mailoutbox == []
    with acting_in(acme):
        assert Notification.objects.get().read_at is None


def test_mail_says_how_many_lines_it_leaves_out(acme, recruiter, mailoutbox):
    for number in range(27):
        tell(acme, recruiter, f"Reply {number}")

    mail_due(acme, later(minutes=4))

    assert "And 2 more: http://testserver/acme/notifications/" in mailoutbox[0].body


def test_mails_of_organizations_stay_apart(acme, globex, recruiter, stranger, mailoutbox):
    tell(acme, recruiter)
    tell(globex, stranger, "Theirs")

    assert mail_due(acme, later(minutes=4)) == 1
    assert [mail.subject for mail in mailoutbox] == ["Ana replied"]
    assert timezone.now() == NOON
