"""A step for a fixed day goes on that day, or on the next one on which anything goes, and never later."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from campaigns.models import Message, Sender, Sequence, Step
from campaigns.services import delivering, dispatching, foretelling, reconciling
from crm.tenancy.scope import acting_in
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


@pytest.fixture
def weekdays(acme, owner) -> Outreach:
    with time_machine.travel(MONDAY, tick=False):
        yield Outreach(
            acme, owner, window_days=[0, 1, 2, 3, 4], window_start=time(8), window_end=time(18)
        )


def choose(client, outreach: Outreach, day: str):
    words = {"kind": "mail", "wait_business_days": "0", "subject": "Hello", "body": "Hi!"}
    return client.post(
        f"/acme/sequences/{outreach.sequence.pk}/steps/add/", words | {"on_date": day}
    )


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        ("2026-06-06", "On Sat 6 Jun 2026 nothing goes out"),
        ("2026-06-06", "The next one on which it does is Mon 8 Jun 2026."),
        ("2026-05-29", "This day is over: everybody would pass the step over."),
        ("2026-07-14", "The next one on which it does is Wed 15 Jul 2026."),
    ],
)
def test_a_day_on_which_nothing_goes_is_refused_with_the_next_one(
    as_user, recruiter, weekdays, day, problem
):
    """The 14th of July is a holiday in France."""
    weekdays.inside(Sequence.objects.update, holidays="FR")

    answer = choose(as_user(recruiter), weekdays, day)

    assert answer.status_code == 422
    assert problem in answer.context["form"].errors["on_date"][0]
    assert weekdays.inside(Step.objects.count) == 1


def test_a_day_with_hours_is_taken_and_stays_when_the_hours_change(as_user, recruiter, weekdays):
    client = as_user(recruiter)
    choose(client, weekdays, "2026-06-05")
    with acting_in(weekdays.organization):
        step = weekdays.sequence.current_steps().last()
        Sender.objects.update(window_days=[0, 1])

    answer = client.post(
        f"/acme/sequences/steps/{step.pk}/",
        {"kind": "mail", "on_date": "2026-06-05", "wait_business_days": "0", "body": "Hello!"},
    )

    assert answer.status_code in (200, 204, 302)
    weekdays.inside(step.refresh_from_db)
    assert (step.on_date, step.body) == (date(2026, 6, 5), "Hello!")
