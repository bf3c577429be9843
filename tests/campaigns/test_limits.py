"""Caps over people, companies, senders and days; what waits says for what, and the plan foretells it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from campaigns.models import (
    Enrollment,
    Hold,
    Message,
    MessageEvent,
    Sender,
    Sequence,
    Step,
)
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    explaining,
    foretelling,
    pacing,
    senders,
)
from campaigns.services import sequences as editing
from campaigns.services.limits import DAY
from candidates.models import Candidate, CandidatePreference
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.limiting import crowd, rules, work

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
State = Message.State


def waits(outreach: Outreach) -> list[str]:
    return [outreach.waits_for(message) for message in outreach.messages(state=State.QUEUED)]


def test_follow_ups_go_before_new_starts(acme, owner, provider):
    """Three a day: on the fourth day the second mails of the first three have the places."""
    capped = Outreach(acme, owner, daily_cap=3)
    capped.add_second(wait_business_days=3)
    people = crowd(capped, 15)
    with time_machine.travel(MONDAY, tick=False) as clock:
        capped.enroll(*people)
        days = []
        for _ in range(14):
            before = len(provider.accepted)
            work(capped)
            days.append([len(mail.subject.split("Re:")) - 1 for mail in provider.accepted[before:]])
            clock.shift(timedelta(hours=24))

    assert days[0] == [0, 0, 0]
    # Whoever starts has a second mail three days later, and it never waits behind a first one.
    assert days[3] == [1, 1, 1]
    assert sum(map(len, days)) == 30


def test_who_cannot_start_says_when(acme, owner, provider):
    capped = Outreach(acme, owner, daily_cap=2)
    with time_machine.travel(MONDAY, tick=False):
        capped.enroll(*crowd(capped, 5))
        work(capped)

    assert len(provider.accepted) == 2
    with acting_in(acme):
        late = Enrollment.objects.filter(started_at=None).order_by("next_at", "pk")
        assert [one.waits_for for one in late] == [
            "The sender's cap of 2 in 24 hours: starts Tue 02 Jun, 09:00 at the earliest",
            "The sender's cap of 2 in 24 hours: starts Tue 02 Jun, 09:00 at the earliest",
            "The sender's cap of 2 in 24 hours: starts Wed 03 Jun, 09:00 at the earliest",
        ]


def test_who_cannot_start_waits_for_days_on_which_mail_goes(acme, owner, provider):
    """Enrolled on a Sunday, two a day from Monday on: the ninth to the twelfth come after the weekend, as foretold."""
    capped = Outreach(
        acme, owner, daily_cap=2, window_days=[0, 1, 2, 3, 4], window_start=time(9), window_end=time(17)
    )  # fmt: skip
    people = crowd(capped, 12)
    with time_machine.travel(MONDAY - DAY, tick=False):
        plan = capped.inside(foretelling.foretell, capped.sequence, people)
        capped.enroll(*people)
        with acting_in(acme):
            Enrollment.objects.update(next_at=datetime.now(UTC))
        dispatching.dispatch(acme)

    with acting_in(acme):
        starts = Enrollment.objects.filter(started_at=None).order_by("next_at", "pk")
        days = [one.next_at.date().day for one in starts]
    assert days == [2, 2, 3, 3, 4, 4, 5, 5, 8, 8]
    assert days[::2] == [day.on.day for day in plan.days][1:]


def test_new_starts_a_day_are_counted_over_24_hours(outreach, provider):
    outreach.inside(Sequence.objects.update, starts_per_day=2)
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.enroll(*crowd(outreach, 5))
        for sent in (2, 2, 4):
            work(outreach)
            assert len(provider.accepted) == sent
            clock.shift(timedelta(hours=12))


def test_an_hourly_cap_holds_to_the_second(acme, owner, provider):
    hourly = Outreach(acme, owner, hourly_cap=2)
    with time_machine.travel(MONDAY, tick=False) as clock:
        hourly.queue(*crowd(hourly, 4))
        delivering.deliver_due(acme)
        clock.shift(timedelta(minutes=59, seconds=59))
        delivering.deliver_due(acme)
        assert len(provider.accepted) == 2
        assert set(waits(hourly)) == {"The sender's cap of 2 in an hour: goes Mon 01 Jun, 10:00"}

        clock.shift(timedelta(seconds=1))
        delivering.deliver_due(acme)

    assert len(provider.accepted) == 4


def test_one_company_does_not_get_everything_on_one_day(outreach, provider):
    rules(outreach, domain_cap=2)
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.enroll(*crowd(outreach, 4, "bigcorp.test"), outreach.candidate("a@gmail.com"))
        work(outreach)
        assert len(provider.accepted) == 3
        assert set(waits(outreach)) == {
            "2 mails to bigcorp.test in 24 hours: goes Tue 02 Jun, 09:00"
        }

        clock.shift(DAY)
        work(outreach)

    assert len(provider.accepted) == 5


def test_mail_beyond_a_companys_cap_keeps_nobody_elses_place(acme, owner, provider):
    """Four a day, one of them to the big company, of which six come first: the others go as fast as the sender may."""
    capped = Outreach(acme, owner, daily_cap=4)
    rules(capped, domain_cap=1)
    with time_machine.travel(MONDAY, tick=False) as clock:
        capped.enroll(*crowd(capped, 6, "bigcorp.test"), *crowd(capped, 9, "example.com"))
        days = []
        for _ in range(6):
            before = len(provider.accepted)
            work(capped)
            days.append([mail.to[0].partition("@")[2] for mail in provider.accepted[before:]])
            clock.shift(DAY)

    assert [len(day) for day in days] == [1, 2, 4, 4, 3, 1]
    assert [day.count("bigcorp.test") for day in days] == [1] * 6


@pytest.mark.parametrize("keep", ["sequence", "person", "away", "budget"])
def test_mail_that_waits_for_somebody_keeps_nobody_elses_place(keep, acme, owner, provider):
    capped = Outreach(acme, owner, daily_cap=2)
    waiting = crowd(capped, 2)
    with time_machine.travel(MONDAY, tick=False), acting_in(acme):
        later = datetime.now(UTC) + 3 * DAY
        other = Sequence.objects.create(name="Other", sender=capped.sender, state="active")
        Step.objects.create(sequence=other, position=1, subject="A", body="B")
        enrolling.enroll(other, [one.pk for one in waiting], by=owner)
    with time_machine.travel(MONDAY, tick=False):
        dispatching.dispatch(acme)
        with acting_in(acme):
            rows = list(Enrollment.objects.all())
            if keep == "sequence":
                editing.pause_sequence(other, by=owner)
            elif keep == "person":
                for row in rows:
                    enrolling.pause(row, by=owner)
            elif keep == "away":
                enrolling.postpone(rows, until=later, because="Away until Thursday")
            else:
                words = "Contact budget: 2 mails in 7 days: goes Thu 04 Jun, 09:00"
                Message.objects.update(due_at=later, waits_for=words)
        capped.enroll(*crowd(capped, 2, "example.org"))
        work(capped)

    assert [mail.to[0].partition("@")[2] for mail in provider.accepted] == ["example.org"] * 2


def test_the_whole_organization_has_a_cap(acme, owner, provider):
    rules(first := Outreach(acme, owner), daily_cap=3)
    with time_machine.travel(MONDAY, tick=False) as clock:
        first.queue(*crowd(first, 5))
        delivering.deliver_due(acme)
        assert len(provider.accepted) == 3
        assert dispatching.organizations_with_work() == []

        clock.shift(DAY)
        delivering.deliver_due(acme)

    assert len(provider.accepted) == 5


@pytest.mark.parametrize("what", ["sender", "starts"])
def test_who_was_put_off_asks_again_once_the_sequence_is_changed(outreach, provider, what):
    with acting_in(outreach.organization):
        Sequence.objects.update(starts_per_day=None if what == "sender" else 1)
        Sender.objects.update(daily_cap=1 if what == "sender" else 50)
        other = Sender.objects.create(
            name="Other", address="other@acme.example", daily_cap=50, window_days=list(range(7))
        )
    with time_machine.travel(MONDAY, tick=False):
        outreach.enroll(*outreach.people(3))
        assert dispatching.dispatch(outreach.organization).put_off == 2
        change = {"sender": other} if what == "sender" else {"starts_per_day": None}

        outreach.inside(editing.edit_sequence, outreach.sequence, by=outreach.user, **change)

        assert dispatching.dispatch(outreach.organization).queued == 2


def test_one_person_has_one_budget_over_sequences_and_colleagues(outreach, provider):
    rules(outreach, budget_mails=2, budget_days=7)
    amara = outreach.candidate()
    with time_machine.travel(MONDAY, tick=False) as clock:
        with acting_in(outreach.organization):
            # A colleague wrote twice today, by hand.
            Message.objects.bulk_create(
                Message(
                    direction="out", state="sent", candidate=amara, sender=outreach.sender,
                    handed_at=MONDAY,
                )
                for _ in range(2)
            )  # fmt: skip
        outreach.enroll(amara)
        work(outreach)
        assert provider.accepted == []
        assert waits(outreach) == ["Contact budget: 2 mails in 7 days: goes Mon 08 Jun, 09:00"]

        clock.shift(timedelta(days=7))
        work(outreach)

    assert len(provider.accepted) == 1


def test_the_hours_are_the_recipients_where_the_sequence_says_so(acme, owner, provider):
    office = Outreach(acme, owner, window_start=time(9), window_end=time(17))
    office.inside(Sequence.objects.update, zone_of="recipient")
    kiri = office.candidate("kiri@example.com", country="NZ")
    lena = office.candidate("lena@example.com", country="PL")
    with acting_in(acme):
        CandidatePreference.objects.create(candidate=kiri, time_zone="Pacific/Auckland")
    with time_machine.travel(MONDAY, tick=False):
        office.enroll(kiri, lena)
        # Due already, as after a change of the hours.
        office.inside(Enrollment.objects.update, next_at=MONDAY)
        work(office)

    assert [mail.to for mail in provider.accepted] == [["lena@example.com"]]
    assert waits(office) == ["Outside the recipient's hours: goes Mon 01 Jun, 21:00"]


def test_a_holiday_of_the_recipient_is_no_day_to_write(acme, owner, provider):
    """Corpus Christi of 2026, a Thursday, is a holiday in Poland."""
    outreach = Outreach(acme, owner)
    outreach.inside(Sequence.objects.update, holidays="recipient")
    with time_machine.travel(datetime(2026, 6, 4, 12, tzinfo=UTC), tick=False):
        outreach.enroll(outreach.candidate("lena@example.com", country="PL"))
        outreach.enroll(outreach.candidate("carl@example.com", country="SE"))
        work(outreach)

    assert [mail.to for mail in provider.accepted] == [["carl@example.com"]]


@pytest.mark.parametrize(
    ("entry", "ended", "allowed"),
    [
        ("once", "finished", False),
        ("again", "finished", True),
        ("again", "stopped", False),
        ("always", "stopped", True),
    ],
)
def test_who_was_on_it_joins_again_as_the_sequence_says(outreach, entry, ended, allowed):
    outreach.inside(Sequence.objects.update, entry=entry)
    amara = outreach.candidate()
    outreach.enroll(amara)
    outreach.inside(Enrollment.objects.update, state=ended, next_at=None, next_step=None)

    assert outreach.enroll(amara).enrolled == int(allowed)


def test_who_was_contacted_lately_is_left_out_unless_somebody_decides_otherwise(outreach):
    amara = outreach.candidate()
    outreach.inside(
        Candidate.objects.update, last_contacted_at=datetime.now(UTC) - timedelta(days=3)
    )

    result = outreach.enroll(amara)

    assert result.refused[0][1].startswith("Was contacted on ")
    knowingly = outreach.inside(
        enrolling.enroll, outreach.sequence, [amara.pk], by=outreach.user, despite_contact=True
    )
    assert knowingly.enrolled == 1


def test_a_step_whose_day_is_over_is_passed_over(outreach, provider):
    outreach.add_second(on_date=date(2026, 6, 3), subject="Happy Wednesday")
    outreach.add_second(wait_business_days=0, subject="Afterwards")
    amara = outreach.candidate()
    with time_machine.travel(datetime(2026, 6, 4, 9, tzinfo=UTC), tick=False):
        outreach.enroll(amara)
        for _ in range(4):
            work(outreach)

    assert [mail.subject for mail in provider.accepted] == ["A role for Amara", "Afterwards"]
    with acting_in(outreach.organization):
        assert Hold.objects.get().because == "Step 2 was passed over: its day was over"


def test_a_provider_that_bounces_too_much_stops_the_sender(outreach, provider):
    rules(outreach, bounce_limit=5)
    with acting_in(outreach.organization):
        mails = Message.objects.bulk_create(
            Message(
                direction="out", state="sent", candidate=None, sender=outreach.sender,
                handed_at=datetime.now(UTC),
            )
            for _ in range(60)
        )  # fmt: skip
        for number, mail in enumerate(mails[:4]):
            MessageEvent.objects.create(message=mail, kind="bounced", event_id=f"e{number}")
            pacing.pause_if_unwelcome(outreach.sender.pk)
            sender = Sender.objects.get()
            assert (sender.paused_at is not None) == (number >= 2)

    assert sender.paused_because == "within a week 5% of its mails came back"


def test_the_story_says_why_a_mail_waited_and_that_it_went(acme, owner, provider):
    capped = Outreach(acme, owner, hourly_cap=1)
    amara, ben = capped.candidate(), capped.candidate("ben@example.com", full_name="Ben Li")
    with time_machine.travel(MONDAY, tick=False) as clock:
        capped.queue(amara, ben)
        delivering.deliver_due(acme)
        capped.inside(editing.pause_sequence, capped.sequence, by=owner)
        capped.inside(editing.activate_sequence, capped.sequence, by=owner)
        clock.shift(timedelta(hours=1))
        delivering.deliver_due(acme)
        story = capped.inside(explaining.explain, capped.enrollment(ben), viewer=owner)

    words = [f"{line.words}: {line.detail}" for line in story]
    assert "Had to wait: The sender's cap of 1 in an hour" in words
    assert "Had to wait: The sequence is paused" in words
    assert "Step 1 was sent: To ben@example.com from robin@acme.example" in words


@pytest.mark.parametrize("begin", ["before", "after"])
@pytest.mark.parametrize("what", ["sender", "everything"])
def test_what_waits_for_a_pause_says_so(outreach, owner, provider, begin, what):
    """Also mail that came into the queue after the sender was paused, and before anybody has looked at it."""
    amara = outreach.candidate()
    outreach.enroll(amara)
    if (begin, what) == ("after", "everything"):
        # Under the kill switch nothing comes into the queue: the step itself waits.
        outreach.inside(senders.pause_all_sending, by=owner)
        dispatching.dispatch(outreach.organization)
    elif begin == "after":
        outreach.inside(pacing.pause, outreach.sender.pk, because="5% of its mails came back")
        dispatching.dispatch(outreach.organization)
        assert waits(outreach) == ["The sender is paused: 5% of its mails came back"]
    else:
        dispatching.dispatch(outreach.organization)
        outreach.inside(
            Sender.objects.update, paused_at=datetime.now(UTC), paused_because="5% came back"
        )
        if what == "everything":
            outreach.inside(senders.pause_all_sending, by=owner)
            outreach.organization.refresh_from_db()
            assert waits(outreach) == ["Sending is paused for the whole organization"]

    outreach.organization.refresh_from_db()
    words = outreach.inside(explaining.what_now, outreach.enrollment(amara))

    if what == "everything":
        assert words == "Sending is paused for the whole organization."
    else:
        assert words.startswith("A mail is in the queue: The sender is paused: 5%")
