"""Whom a member lets go on goes on from then; who is snoozed stays so until their day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from campaigns.models import Enrollment, Message
from campaigns.services import delivering, dispatching, enrolling, resuming
from candidates.services.snoozing import snooze_candidates, wake_candidates
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.pages import text_of

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 10, tzinfo=UTC)
FAR = MONDAY + timedelta(days=91)
AWAY = "Away until 30 Aug 2026"


@pytest.fixture
def office(acme, owner, provider) -> Outreach:
    """In office hours; the second mail comes three business days after the first."""
    office = Outreach(
        acme, owner, window_days=[0, 1, 2, 3, 4], window_start=time(9), window_end=time(17)
    )
    office.add_second()
    return office


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def put_off(office, candidate) -> None:
    with acting_in(office.organization):
        running = enrolling.lock_running(candidate)
        enrolling.postpone(running, until=FAR, because=AWAY)


@pytest.mark.parametrize("is_paused", [True, False])
def test_who_is_away_until_a_far_day_goes_on_from_now_when_a_member_says_so(
    is_paused, office, clock, owner
):
    amara = office.candidate()
    office.send(amara)
    put_off(office, amara)
    if is_paused:
        office.inside(enrolling.pause, office.enrollment(amara), by=owner)
    clock.shift(timedelta(days=1))

    office.inside(resuming.resume, office.enrollment(amara), by=owner)

    resumed = office.enrollment(amara)
    assert (resumed.state, resumed.waits_for) == ("active", "")
    # Tuesday and three business days.
    assert resumed.next_at == datetime(2026, 6, 5, 10, tzinfo=UTC)


def test_a_step_that_is_planned_sooner_keeps_its_day(office, clock, owner):
    amara = office.candidate()
    office.send(amara)
    planned = office.enrollment(amara).next_at
    clock.shift(timedelta(days=1))
    office.inside(enrolling.pause, office.enrollment(amara), by=owner)

    office.inside(resuming.resume, office.enrollment(amara), by=owner)

    assert office.enrollment(amara).next_at == planned == datetime(2026, 6, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize("hour", [10, 20])
def test_a_queued_mail_of_who_was_away_goes_when_a_member_says_so(
    hour, office, clock, owner, provider
):
    amara = office.candidate()
    office.queue(amara)
    put_off(office, amara)
    clock.move_to(MONDAY.replace(hour=hour))
    office.inside(enrolling.pause, office.enrollment(amara), by=owner)

    office.inside(resuming.resume, office.enrollment(amara), by=owner)
    delivering.deliver_due(office.organization)

    (mail, *_) = office.messages()
    if hour == 10:
        assert [one.to for one in provider.accepted] == [["amara@example.com"]]
        assert office.enrollment(amara).waits_for == ""
    else:
        assert provider.accepted == []
        assert office.waits_for(mail) == "Outside the sender's hours: goes Tue 02 Jun, 09:00"


def test_what_is_filled_in_shortens_no_absence(office, clock, owner):
    amara = office.candidate()
    office.send(amara)
    put_off(office, amara)
    office.inside(Enrollment.objects.update, state="paused", stop_reason="missing_data")

    office.inside(resuming.resume, office.enrollment(amara), by=None)

    assert office.enrollment(amara).next_at == FAR


def test_once_the_mail_that_was_put_off_has_gone_nothing_says_that_they_are_away(
    office, clock, provider
):
    amara = office.candidate()
    office.queue(amara)
    put_off(office, amara)
    clock.move_to(FAR)

    delivering.deliver_due(office.organization)

    assert len(provider.accepted) == 1
    assert office.enrollment(amara).waits_for == ""


@pytest.mark.parametrize("has_mail", [True, False])
def test_who_is_snoozed_goes_on_after_their_day_whoever_resumes_them(
    has_mail, office, clock, owner, provider
):
    amara = office.candidate()
    if has_mail:
        office.queue(amara)
    else:
        office.send(amara)
    before = len(provider.accepted)
    office.inside(snooze_candidates, [amara.pk], until=date(2026, 7, 10), by=owner)
    assert office.enrollment(amara).state == "paused"

    office.inside(resuming.resume, office.enrollment(amara), by=owner)

    resumed = office.enrollment(amara)
    assert (resumed.state, resumed.waits_for) == ("active", "Not now until 10 Jul 2026")
    for day in range(10):
        clock.move_to(MONDAY + timedelta(days=day))
        dispatching.dispatch(office.organization)
        delivering.deliver_due(office.organization)
    assert len(provider.accepted) == before
    assert office.enrollment(amara).state == "active"

    # The day itself is a Friday: they are back, and hear from us on Monday.
    clock.move_to(datetime(2026, 7, 13, 16, tzinfo=UTC))
    office.inside(wake_candidates, [amara.pk], by=None)
    dispatching.dispatch(office.organization)
    delivering.deliver_due(office.organization)
    assert len(provider.accepted) == before + 1


def test_a_snooze_that_ends_early_lets_a_member_go_on_from_then(office, clock, owner):
    amara = office.candidate()
    office.send(amara)
    office.inside(snooze_candidates, [amara.pk], until=date(2026, 7, 10), by=owner)
    office.inside(resuming.resume, office.enrollment(amara), by=owner)
    office.inside(wake_candidates, [amara.pk], by=owner)

    office.inside(resuming.resume, office.enrollment(amara), by=owner)

    assert office.enrollment(amara).next_at == datetime(2026, 6, 4, 10, tzinfo=UTC)


def test_the_pages_say_what_resuming_does(client, recruiter, office, clock, owner):
    client.force_login(recruiter)
    amara = office.candidate()
    office.send(amara)
    pages = (f"/acme/sequences/{office.sequence.pk}/people/", f"/acme/candidates/{amara.pk}/")
    put_off(office, amara)
    for page in pages:
        assert "Go on now" in text_of(client.get(page))

    office.inside(snooze_candidates, [amara.pk], until=date(2026, 7, 10), by=owner)
    for page in pages:
        html = " ".join(text_of(client.get(page)).split())
        assert "Is left alone until 10 Jul 2026" in html
        assert "end the snooze" in html

    act = f"/acme/sequences/enrollments/{office.enrollment(amara).pk}/resume/"
    html = text_of(client.post(act, follow=True))
    assert "Amara Okafor goes on after 10 Jul 2026. Until then they are left alone." in html
    for page in pages:
        html = text_of(client.get(page))
        assert "Not now until 10 Jul 2026" in html
        assert "Go on now" not in html


def test_a_mail_says_what_it_waits_for_on_its_own_page(client, recruiter, office, clock, owner):
    client.force_login(recruiter)
    amara = office.candidate()
    (mail,) = office.queue(amara)
    office.inside(enrolling.pause, office.enrollment(amara), because="Met at a fair")

    html = text_of(client.get(f"/acme/sequences/mails/{mail.pk}/"))

    assert "Waiting: Met at a fair" in html
    assert office.inside(Message.objects.get, pk=mail.pk).waits_for == ""
