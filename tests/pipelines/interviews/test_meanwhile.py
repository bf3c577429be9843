"""Two recruiters and a candidate set times at once: nobody overwrites what they have not seen."""

import re

import pytest

from pipelines.models import Interview, Interviewer
from pipelines.services.interviews import scheduling
from pipelines.services.interviews.wording import moment_in
from tests.pipelines.conftest import words
from tests.pipelines.talks import TUESDAY_TEN, arrange, offer

pytestmark = pytest.mark.usefixtures("in_acme")


def form_of(client, interview) -> dict[str, str]:
    page = client.get(f"/acme/interviews/{interview.pk}/move/").text
    return dict(re.findall(r'<input type="hidden" name="(edition)" value="([^"]*)"', page))


def send(client, interview, form, moment):
    return client.post(
        f"/acme/interviews/{interview.pk}/move/", form | {"starts_at": f"{moment:%Y-%m-%dT%H:%M}"}
    )


def test_a_stale_move_is_refused_and_goes_on_once_it_was_told(as_user, ada, recruiter):
    interview = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    client = as_user(recruiter)
    first = second = form_of(client, interview)
    two, three = TUESDAY_TEN.replace(hour=14), TUESDAY_TEN.replace(hour=15)

    assert send(client, interview, first, two).status_code in {200, 302}
    stale = send(client, interview, second, three)

    interview.refresh_from_db()
    assert (interview.starts_at, interview.sequence) == (two, 1)
    assert stale.status_code == 422
    assert "changed meanwhile" in words(stale)
    assert moment_in(two, "UTC") in words(stale)
    again = dict(re.findall(r'name="(edition)" value="([^"]*)"', stale.text))
    send(client, interview, again, three)
    interview.refresh_from_db()
    assert (interview.starts_at, interview.sequence) == (three, 2)


def test_a_time_is_not_set_over_one_that_the_candidate_has_just_booked(as_user, ada, recruiter):
    offer(recruiter)
    interview = arrange(ada, recruiter, by=recruiter)
    client = as_user(recruiter)
    form = form_of(client, interview)
    scheduling.book(interview, starts_at=TUESDAY_TEN)

    assert send(client, interview, form, TUESDAY_TEN.replace(hour=15)).status_code == 422

    interview.refresh_from_db()
    assert interview.starts_at == TUESDAY_TEN


def test_setting_the_same_time_again_tells_nobody_and_keeps_the_answers(ada, recruiter):
    interview = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    row = interview.interviewers.get()
    scheduling.answer(row, says=Interviewer.Answer.ACCEPTED, by=recruiter)
    row.interview.interviewers.update(mail_due_at=None)

    scheduling.move(interview, starts_at=TUESDAY_TEN, by=recruiter)

    row.refresh_from_db()
    assert (row.answer, row.mail_due_at) == (Interviewer.Answer.ACCEPTED, None)
    assert Interview.objects.get().sequence == 0
