"""Interviews: what the forms and pages say."""

from datetime import date

import pytest

from pipelines.models import (
    Interview,
    OfferedTime,
)
from pipelines.services import candidacies, jobs
from pipelines.services.interviews import scheduling
from pipelines.services.interviews.ending import what_ends
from tests.pipelines.conftest import words
from tests.pipelines.talks import TUESDAY_TEN, arrange, offer

pytestmark = pytest.mark.usefixtures("in_acme")
State = Interview.State


def test_form_names_free_times_and_proposes_whom_and_a_title_for_the_candidate(
    as_user, acme, job, put_on, stages, recruiter, owner, manager
):
    jobs.set_managers(job, [manager], by=recruiter)
    offer(manager, last=date(2026, 3, 3))
    card = put_on(job, "Bo")
    candidacies.move_card(card, to=stages["Phone screen"], by=recruiter)
    path = f"/acme/interviews/arrange/{card.pk}/"

    page = as_user(recruiter).get(path)

    assert page.context["form"].initial["title"] == "First conversation"
    assert page.context["form"].initial["interviewers"] == [manager.pk]
    assert f"{manager} · 5 free times" in words(page)
    assert f"{owner} · no free time" in words(page)


def test_refusals_are_said_at_the_field_and_nothing_typed_is_lost(
    as_user, acme, job, put_on, recruiter, owner
):
    interview = arrange(put_on(job, "Bo"), recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    form = {"title": "Talk about Go", "interviewers": [owner.pk], "minutes": 45}
    form |= {"time_zone": "UTC", "days_ahead": 14, "from_time": "08:00", "to_time": "18:00"}
    client = as_user(recruiter)
    new = f"/acme/interviews/arrange/{interview.candidacy_id}/"

    nothing = client.post(new, form)
    past = client.post(new, form | {"starts_at": "2026-03-01T10:00"})
    moved = client.post(f"/acme/interviews/{interview.pk}/move/", {"starts_at": "2026-03-01T10:00"})

    assert [answer.status_code for answer in (nothing, past, moved)] == [422, 422, 422]
    assert "There is no free time to choose from" in words(nothing)
    assert 'value="Talk about Go"' in nothing.content.decode()
    for answer in (past, moved):
        assert list(answer.context["form"].errors) == ["starts_at"]
    assert Interview.objects.count() == 1


def test_nobody_is_asked_whether_they_can_come_before_there_is_a_time(
    as_user, job, put_on, recruiter
):
    offer(recruiter)
    interview = arrange(put_on(job, "Bo"), recruiter, by=recruiter)
    client, path = as_user(recruiter), f"/acme/interviews/{interview.pk}/"
    assert "Can you come?" not in words(client.get(path))

    scheduling.book(interview, starts_at=TUESDAY_TEN)

    assert "Can you come?" in words(client.get(path))


def test_no_new_link_is_sent_where_there_is_nothing_to_choose(
    as_user, job, put_on, recruiter, wishes
):
    offer(recruiter)
    interview = arrange(put_on(job, "Bo"), recruiter, by=recruiter)
    client, path = as_user(recruiter), f"/acme/interviews/{interview.pk}/"

    sent = client.post(f"{path}link/")
    OfferedTime.objects.all().delete()
    refused = client.post(f"{path}link/")

    assert (sent.status_code, refused.status_code) == (302, 409)
    interview.refresh_from_db()
    assert (interview.link_version, len(wishes)) == (1, 2)
    with pytest.raises(
        scheduling.NoTimeLeft,
        match=rf"No new link was sent: .* in the next 30 days \({recruiter}\)",
    ):
        scheduling.renew_link(interview, by=recruiter)


def test_who_has_a_time_gets_a_new_link_whatever_is_free(as_user, job, put_on, recruiter, wishes):
    interview = arrange(put_on(job, "Bo"), recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    answer = as_user(recruiter).post(f"/acme/interviews/{interview.pk}/link/")

    assert answer.status_code == 302
    assert [wish.subject for wish in wishes][1:] == ["Choose a time: Technical interview"]


def test_rejecting_says_first_which_interviews_end(as_user, acme, job, put_on, recruiter):
    card = put_on(job, "Bo")
    path = f"/acme/jobs/candidacies/{card.pk}/reject/"
    client = as_user(recruiter)
    assert "cancelled with it" not in words(client.get(path))

    arrange(card, recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    assert "1 interview is cancelled with it, and everybody is told at once." in words(
        client.get(path)
    )


def test_the_form_of_a_job_says_first_which_interviews_end_with_it(
    as_user, acme, job, put_on, recruiter, django_assert_num_queries
):
    path, client = f"/acme/jobs/{job.pk}/edit/", as_user(recruiter)
    offer(recruiter)
    assert "cancelled with it" not in words(client.get(path))
    arrange(put_on(job, "Bo"), recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    arrange(put_on(job, "Ada Byron"), recruiter, by=recruiter)

    assert (
        "When the job is filled or cancelled: 2 interviews are cancelled with it, and everybody is told at once. "
        "Bo, Tuesday, 3 March 2026, 10:00 (UTC, UTC+00:00); Ada Byron, no time chosen yet."
    ) in words(client.get(path))
    with django_assert_num_queries(1):
        assert what_ends(job.candidacies.all()).startswith("2 interviews are")
    for number in range(5):
        arrange(put_on(job, f"Person {number}"), recruiter, by=recruiter)
    with django_assert_num_queries(1):
        assert what_ends(job.candidacies.all()).endswith("; and 2 more.")
