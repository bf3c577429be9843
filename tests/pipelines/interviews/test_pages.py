"""Interviews: what the forms and pages say."""

import re
from datetime import date, timedelta

import pytest
from django.db.models import F

from pipelines.models import (
    Interview,
    OfferedTime,
)
from pipelines.services import candidacies, jobs, transferring
from pipelines.services.interviews import refusals, scheduling
from pipelines.services.interviews.ending import what_ends
from pipelines.services.interviews.wording import booking_url
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
        refusals.NoTimeLeft,
        match=rf"No new link was sent: .* in the next 30 days \({recruiter}\)",
    ):
        scheduling.renew_link(interview, by=recruiter)


def test_who_has_a_time_gets_a_new_link_whatever_is_free(as_user, job, put_on, recruiter, wishes):
    interview = arrange(put_on(job, "Bo"), recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    answer = as_user(recruiter).post(f"/acme/interviews/{interview.pk}/link/")

    assert answer.status_code == 302
    assert [wish.subject for wish in wishes][1:] == ["Your new link: Technical interview"]
    assert "stands:\n\nTuesday, 3 March 2026, 10:00 (UTC, UTC+00:00), 60 minutes" in wishes[1].body
    assert "To move or cancel it, use this link from now on" in wishes[1].body
    interview.refresh_from_db()
    assert booking_url(interview) in wishes[1].body


def test_a_renewed_link_is_another_mail(job, put_on, recruiter, wishes, acme):
    offer(recruiter)
    interview = arrange(put_on(job, "Bo"), recruiter, by=recruiter)

    scheduling.renew_link(interview, by=recruiter)

    # The outbox takes what has the same key only once.
    assert [wish.subject for wish in wishes] == ["Choose a time: Technical interview"] * 2
    assert len({wish.key for wish in wishes}) == 2


def test_rejecting_says_first_which_interviews_end(as_user, acme, job, put_on, recruiter):
    card = put_on(job, "Bo")
    path = f"/acme/jobs/candidacies/{card.pk}/reject/"
    client = as_user(recruiter)
    assert "cancelled with it" not in words(client.get(path))

    arrange(card, recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    assert "1 interview is cancelled with it, and everybody is told at once." in words(
        client.get(path)
    )


def test_undo_says_which_interview_it_does_not_bring_back(
    client, acme, job, put_on, stages, recruiter
):
    card, earlier = put_on(job, "Bo"), put_on(job, "Bo Li")
    gone = arrange(earlier, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    scheduling.cancel(gone, by=recruiter)
    Interview.objects.update(cancelled_at=F("cancelled_at") - timedelta(days=1))
    arrange(card, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    client.force_login(recruiter)
    back = {"next": "/acme/jobs/"}
    for one in (card, earlier):
        candidacies.move_card(one, to=stages["Rejected"], by=recruiter)

    told = [
        client.post(f"/acme/jobs/candidacies/{one.pk}/undo/{one.version}/", back, follow=True)
        for one in (card, earlier)
    ]

    assert (
        "Bo is back in Sourced. The interview that was called off stays cancelled: arrange it anew "
        "(Bo, Tuesday, 3 March 2026, 10:00 (UTC, UTC+00:00))."
    ) in words(told[0])
    assert "stays cancelled" not in words(told[1])


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


def test_hiring_asks_first_where_interviews_end(as_user, acme, job, put_on, stages, recruiter):
    bo, free = put_on(job, "Bo"), put_on(job, "Free")
    arrange(bo, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    client, path = as_user(recruiter), f"/acme/jobs/{job.pk}/move/"
    asked = {"card": bo.pk, "version": bo.version, "stage": stages["Hired"].pk, "next": "/acme/"}

    answer = client.post(path, asked)
    assert answer.status_code == 200
    assert (
        "1 interview is cancelled with it, and everybody is told at once. "
        "Bo, Tuesday, 3 March 2026, 10:00"
    ) in words(answer)
    bo.refresh_from_db()
    assert bo.closed_at is None
    form = answer.text[answer.text.index('id="small-form"') :]
    again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert again.pop("csrfmiddlewaretoken")
    assert again == {name: str(value) for name, value in asked.items()} | {"is_asked": "1"}
    dragged = client.post(path, asked, headers={"HX-Request": "true"})
    assert (dragged["HX-Retarget"], dragged["HX-Reswap"]) == ("#sheet", "innerHTML")
    elsewhere = asked | {"stage": stages["Replied"].pk, "version": 0}
    assert client.post(path, elsewhere).status_code in {200, 302}
    bo.refresh_from_db()
    again["version"] = bo.version

    answer = client.post(path, again, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/acme/"
    stale = client.post(path, again, headers={"HX-Request": "true"})
    assert stale.status_code == 409
    assert "data-refusal" not in stale.text
    client.post(path, {"card": free.pk, "version": 0, "stage": stages["Hired"].pk})
    for card in (bo, free):
        card.refresh_from_db()
        assert card.stage == stages["Hired"]


def test_hiring_several_asks_first_where_interviews_end(
    as_user, acme, job, put_on, stages, recruiter, django_assert_num_queries
):
    cards = [put_on(job, name) for name in ("Bo", "Cy", "Di")]
    client, path = as_user(recruiter), f"/acme/jobs/{job.pk}/move/selected/"
    wanted = {"cards": [f"{card.pk}:0" for card in cards], "stage": stages["Hired"].pk}
    for hour, card in enumerate(cards[:2], start=10):
        arrange(card, recruiter, by=recruiter, starts_at=TUESDAY_TEN.replace(hour=hour))

    page, htmx = client.post(path, wanted), {"HX-Request": "true"}
    with django_assert_num_queries(10):
        client.post(path, wanted | {"cards": wanted["cards"][:1]}, headers=htmx)
    with django_assert_num_queries(10):
        client.post(path, wanted, headers=htmx)

    assert "2 interviews are cancelled with it" in words(page)
    assert [f'name="cards" value="{card.pk}:0"' in page.text for card in cards] == [True] * 3
    assert not job.candidacies.exclude(closed_at=None).exists()
    client.post(path, wanted | {"is_asked": "1"})
    assert job.candidacies.filter(stage=stages["Hired"]).count() == 3


def test_what_ends_is_still_said_when_the_rejection_of_several_is_refused(
    as_user, job, put_on, recruiter
):
    bo = put_on(job, "Bo")
    arrange(bo, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    wanted = {"cards": f"{bo.pk}:0", "note": "x" * 1000}

    answer = as_user(recruiter).post(f"/acme/jobs/{job.pk}/reject/", wanted)

    assert answer.status_code == 422
    assert "1 interview is cancelled with it" in words(answer)


def test_handing_over_says_which_interviews_for_other_jobs_end(
    as_user, acme, job, put_on, stages, recruiter
):
    ada = put_on(job, "Ada Byron")
    other = jobs.create_job(by=recruiter, title="Engineering Manager")
    copy = transferring.copy_candidacy(ada, to=other, by=recruiter)
    candidacies.move_card(ada, to=stages["Hired"], by=recruiter)
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{ada.pk}/hand-over/"
    assert "cancelled with it" not in words(client.get(path))

    arrange(copy, recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    assert "Where all of these are closed: 1 interview is cancelled with it" in words(
        client.get(path)
    )
