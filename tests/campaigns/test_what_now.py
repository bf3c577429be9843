"""What the page “Why?” says of somebody who may not be written to now: what the next check does, and nothing else."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from campaigns.models import Enrollment
from campaigns.schedule import Window
from campaigns.services import dispatching, explaining
from campaigns.services.timing import after_rest
from candidates.models import Candidate
from candidates.services import snoozing
from candidates.services.candidates import create_candidate
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def what_now(outreach, person: Candidate) -> str:
    return outreach.inside(lambda: explaining.what_now(outreach.enrollment(person)))


def test_who_was_not_told_in_time_waits_for_the_notice(outreach, clock):
    ada = outreach.inside(
        create_candidate, by=outreach.user, full_name="Ada Byron", emails=["ada@example.com"]
    )
    outreach.enroll(ada)
    clock.move_to(MONDAY + timedelta(days=40))
    words = (
        "It waits: Was not told in time where we have the data from: send the privacy notice first."
    )
    assert what_now(outreach, ada) == words

    dispatching.dispatch(outreach.organization)

    assert outreach.enrollment(ada).stop_reason == "not_told"
    assert what_now(outreach, ada) == words


def test_who_is_held_while_they_rest_is_not_ended(outreach):
    amara = outreach.candidate()
    outreach.enroll(amara)
    outreach.inside(
        snoozing.snooze_candidates, [amara.pk], until=date(2026, 6, 10), by=outreach.user
    )

    assert what_now(outreach, amara) == "Not now until 10 Jun 2026."


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Not now until 10 Jun 2026."),
        (-1, "The next check will end it: Is marked “Not now”."),
    ],
)
def test_who_is_back_before_their_next_step_is_not_ended(outreach, days, words):
    amara = outreach.candidate()
    outreach.enroll(amara)
    until = date(2026, 6, 10)
    with acting_in(outreach.organization):
        snoozing.snooze_candidates([amara.pk], until=until, by=outreach.user)
        day = after_rest(until, Window.of(outreach.sender)) + timedelta(days=days)
        Enrollment.objects.update(state="active", next_at=day)

    assert what_now(outreach, amara) == words
