"""Interviews: who is reminded of what, and when."""

from datetime import timedelta

import pytest
import time_machine

from pipelines.models import (
    Interview,
    Scorecard,
)
from pipelines.services import scorecards
from pipelines.services.interviews import reminding, scheduling
from tests.pipelines.talks import TUESDAY_TEN, arrange, told

pytestmark = pytest.mark.usefixtures("in_acme")
State = Interview.State


def test_reminder_goes_once_a_day_before(ada, recruiter, wishes):
    arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN + timedelta(days=2))
    day_before = TUESDAY_TEN + timedelta(days=1)

    counts = [
        reminding.remind_candidates(moment)
        for moment in (day_before - timedelta(minutes=1), day_before, day_before)
    ]

    assert counts == [0, 1, 0]
    assert wishes[-1].subject == "Tomorrow: Technical interview"


def test_who_books_for_tomorrow_is_not_reminded_at_once(ada, recruiter):
    arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    assert reminding.remind_candidates() == 0


def test_another_time_is_reminded_of_again(ada, recruiter):
    interview = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN + timedelta(days=2))
    assert reminding.remind_candidates(TUESDAY_TEN + timedelta(days=1)) == 1

    with time_machine.travel(TUESDAY_TEN + timedelta(days=1), tick=False):
        scheduling.move(interview, starts_at=TUESDAY_TEN + timedelta(days=7), by=recruiter)

    assert reminding.remind_candidates(TUESDAY_TEN + timedelta(days=6)) == 1


def test_scorecard_is_asked_for_only_after_the_end(ada, recruiter, sourcer):
    arrange(ada, recruiter, sourcer, by=recruiter, starts_at=TUESDAY_TEN)
    end = TUESDAY_TEN + timedelta(hours=1)

    asked = [
        reminding.ask_for_scorecards(moment)
        for moment in (end - timedelta(minutes=1), end, end + timedelta(hours=1))
    ]

    assert asked == [0, 2, 0]
    assert told(sourcer)[-1] == "Your scorecard for Ada Byron: Technical interview"


def test_scorecard_is_asked_for_twice_at_most_and_not_where_there_is_one(
    ada, stages, recruiter, sourcer
):
    arrange(ada, recruiter, sourcer, by=recruiter, starts_at=TUESDAY_TEN)
    scorecards.save_scorecard(
        ada, stage=ada.stage, by=recruiter, verdict=Scorecard.Verdict.YES, submit=True
    )
    end = TUESDAY_TEN + timedelta(hours=1)

    asked = [reminding.ask_for_scorecards(end + timedelta(days=day)) for day in range(4)]

    assert asked == [1, 1, 0, 0]
