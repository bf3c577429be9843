"""Times of interviews that nobody can mean."""

import pytest

from crm.tenancy.scope import acting_in
from pipelines.models import Interview
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange

FAR = "Choose a day in a year from 1900 to 2200."


@pytest.mark.parametrize("moment", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_times_far_away_are_asked_for_again(as_user, acme, recruiter, sourcer, job, put_on, moment):
    ada = put_on(job, "Ada Byron")
    asked = {"title": "Talk", "interviewers": [sourcer.pk], "minutes": "60", "time_zone": "UTC"}
    asked |= {"days_ahead": "30", "from_time": "08:00", "to_time": "19:00", "starts_at": moment}

    answer = as_user(recruiter).post(f"/acme/interviews/arrange/{ada.pk}/", asked)

    assert answer.status_code == 422
    assert FAR in answer.text
    with acting_in(acme):
        assert not Interview.objects.exists()


@pytest.mark.time_machine(NOW, tick=False)
def test_an_interview_is_not_moved_to_the_end_of_time(
    as_user, acme, recruiter, sourcer, job, put_on
):
    with acting_in(acme):
        talk = arrange(put_on(job, "Ada Byron"), sourcer, by=recruiter, starts_at=TUESDAY_TEN)

    answer = as_user(recruiter).post(
        f"/acme/interviews/{talk.pk}/move/", {"starts_at": "9999-12-31T23:59"}
    )

    assert answer.status_code == 422
    assert FAR in answer.text


def test_times_are_not_offered_until_the_end_of_time(as_user, recruiter):
    asked = {"first": "2026-03-03", "last": "9999-12-31", "weekdays": ["0"]}

    answer = as_user(recruiter).post(
        "/acme/interviews/times/", {**asked, "starts": "09:00", "ends": "12:00"}
    )

    assert answer.status_code == 422
    assert FAR in answer.text


@pytest.mark.parametrize("user", ["²", "9" * 23])
def test_times_of_nobody_are_not_found(as_user, recruiter, user):
    assert as_user(recruiter).get("/acme/interviews/times/", {"user": user}).status_code == 404
