"""A step for a fixed day goes on that day, or on the next one on which anything goes, and never later."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from campaigns.models import Message, Sender
from campaigns.services import delivering, dispatching, foretelling, reconciling
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def work(outreach: Outreach) -> None:
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization, limit=1000)


def follow(outreach: Outreach, clock, *, days: int) -> None:
    for _ in range(days):
        for _ in range(3):
            work(outreach)
        clock.shift(timedelta(days=1))


def test_a_step_for_a_closed_day_goes_on_the_next_open_one(acme, owner, provider):
    weekdays = Outreach(
        acme, owner, window_days=[0, 1, 2, 3, 4], window_start=time(8), window_end=time(18)
    )
    weekdays.add_second(on_date=date(2026, 6, 6), subject="Happy Saturday")
    with time_machine.travel(MONDAY, tick=False) as clock:
        weekdays.enroll(weekdays.candidate())
        follow(weekdays, clock, days=9)

    gone = weekdays.messages(state="sent")
    assert [mail.subject for mail in gone] == ["A role for Amara", "Happy Saturday"]
    assert gone[1].sent_at.date() == date(2026, 6, 8)


def test_what_waits_for_a_cap_until_its_day_is_over_does_not_go_and_the_plan_says_so(
    acme, owner, provider
):
    capped = Outreach(acme, owner, daily_cap=4)
    capped.add_second(on_date=date(2026, 6, 4), subject="Happy Thursday")
    capped.add_second(wait_business_days=0, subject="Afterwards")
    people = capped.people(4)
    with time_machine.travel(MONDAY, tick=False) as clock:
        plan = capped.inside(foretelling.foretell, capped.sequence, people)
        capped.enroll(*people)
        follow(capped, clock, days=2)
        capped.inside(Sender.objects.update, daily_cap=2)
        follow(capped, clock, days=8)

    assert (plan.mails, plan.passed_over) == (12, 0)
    subjects = [mail.subject for mail in provider.accepted]
    assert subjects.count("Happy Thursday") == 2
    assert subjects.count("Afterwards") == 4
    late = capped.messages(state="cancelled")
    assert {mail.problem for mail in late} == {"Step 2 was passed over: its day was over"}
    assert len(late) == 2


def test_the_plan_passes_over_whom_the_cap_keeps_until_the_day_is_over(acme, owner):
    capped = Outreach(acme, owner, daily_cap=4)
    capped.add_second(on_date=date(2026, 6, 1), subject="Happy Monday")
    people = capped.people(4)
    with time_machine.travel(MONDAY, tick=False):
        plan = capped.inside(foretelling.foretell, capped.sequence, people)

    assert (plan.mails, plan.passed_over) == (4, 4)


def test_somebody_may_send_a_mail_again_whose_day_is_over(outreach, provider):
    outreach.first.on_date = date(2026, 6, 1)
    outreach.inside(outreach.first.save)
    with time_machine.travel(MONDAY, tick=False) as clock:
        (message,) = outreach.queue(outreach.candidate())

        def hang(mail):
            raise TimeoutError

        provider.before_accepting = hang
        delivering.deliver_due(outreach.organization)
        provider.before_accepting = None
        clock.shift(timedelta(days=2))
        outreach.inside(reconciling.resend, message, by=outreach.user)
        delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == Message.State.SENT
