from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Enrollment, Step
from campaigns.progress import news_of, progress_of
from campaigns.services import dispatching, enrolling
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_steps(outreach):
    outreach.add_second(kind=Step.Kind.TASK, task_title="Call {{ first_name }}", body="")
    outreach.add_second()
    return outreach


def shown(outreach, candidate) -> list[tuple[str, str, str]]:
    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get(candidate=candidate)
        return [
            (progress.label, progress.state, progress.words)
            for progress in progress_of(enrollment, viewer=outreach.user)
        ]


def test_steps_show_what_became_of_them(three_steps, provider):
    amara = three_steps.candidate()
    three_steps.enroll(amara)
    assert shown(three_steps, amara) == [
        ("A role for Amara", "next", ""),
        ("Call Amara", "waiting", ""),
        ("Follow-up", "waiting", ""),
    ]

    dispatching.dispatch(three_steps.organization)
    assert shown(three_steps, amara)[0] == ("A role for Amara", "next", "On the way")


def test_a_task_that_was_given_is_done_and_the_rest_cancelled(three_steps, provider):
    amara = three_steps.candidate()
    three_steps.send(amara)
    with acting_in(three_steps.organization):
        Enrollment.objects.update(next_at=timezone.now())
    dispatching.dispatch(three_steps.organization)
    assert [state for _, state, _ in shown(three_steps, amara)] == ["done", "done", "next"]


def test_an_answer_is_news_for_two_weeks(three_steps, provider):
    amara = three_steps.candidate()
    three_steps.send(amara)
    with acting_in(three_steps.organization):
        assert news_of(amara, viewer=three_steps.user) is None
        enrolling.end([Enrollment.objects.get().pk], Enrollment.StopReason.REPLIED)

        news = news_of(amara, viewer=three_steps.user)
        assert news.headline == "Amara replied, so the sequence stopped."
        assert news.sentence == "2 steps that were left are cancelled."

        Enrollment.objects.update(ended_at=timezone.now() - timedelta(days=15))
        assert news_of(amara, viewer=three_steps.user) is None


def test_a_rest_is_news_with_its_reason(outreach, provider):
    nameless = outreach.candidate(full_name="n@example.com")
    outreach.queue(nameless)

    with acting_in(outreach.organization):
        news = news_of(nameless, viewer=outreach.user)

    assert news.headline == "The sequence “Welcome” waits."
    assert news.sentence == "Needs data: first_name."


def test_the_record_shows_news_and_steps(outreach, provider, as_user):
    amara = outreach.candidate()
    outreach.add_second()
    outreach.send(amara)
    with acting_in(outreach.organization):
        enrolling.end([Enrollment.objects.get().pk], Enrollment.StopReason.REPLIED)

    page = as_user(outreach.user).get(f"/acme/candidates/{amara.pk}/").content.decode()

    assert "Amara replied, so the sequence stopped." in page
    assert "One step that was left is cancelled." in page
    assert "A role for Amara" in page
