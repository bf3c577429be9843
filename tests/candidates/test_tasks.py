"""The tasks page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Task
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TaskFactory


@pytest.fixture
def tasks(acme, recruiter, sourcer):
    today = timezone.localdate()
    with acting_in(acme):
        return {
            "late": TaskFactory(title="Late", assignee=recruiter, due_on=today - timedelta(days=1)),
            "soon": TaskFactory(title="Soon", assignee=recruiter, due_on=today + timedelta(days=2)),
            "some day": TaskFactory(title="Some day", assignee=recruiter),
            "theirs": TaskFactory(title="Theirs", assignee=sourcer, due_on=today),
            "nobody's": TaskFactory(title="Nobody's", assignee=None, candidate=None),
            "done": TaskFactory(title="Done", assignee=recruiter, done_at=timezone.now()),
        }


@pytest.mark.parametrize(
    ("show", "titles"),
    [
        ("", ["Late", "Soon", "Some day"]),
        ("all", ["Late", "Theirs", "Soon", "Nobody's", "Some day"]),
        ("done", ["Done"]),
    ],
)
def test_tasks_are_shown_by_day(tasks, recruiter, as_user, show, titles):
    response = as_user(recruiter).get(f"/acme/tasks/?show={show}")

    rows = [*response.context["page"].rows, *response.context["undated"]]
    assert [task.title for task in rows] == titles
    assert ("Overdue" in response.text) == (show != "done")


def test_replies_to_answer_are_ones_own_and_nobodys(acme, recruiter, sourcer, as_user):
    with acting_in(acme):
        for title, assignee in (("Mine", recruiter), ("Nobody's", None), ("Theirs", sourcer)):
            TaskFactory(title=title, assignee=assignee, origin=Task.Origin.REPLY)
        TaskFactory(title="No reply", assignee=recruiter)

    response = as_user(recruiter).get("/acme/tasks/?show=replies")

    rows = [*response.context["page"].rows, *response.context["undated"]]
    assert {task.title for task in rows} == {"Mine", "Nobody's"}


@pytest.mark.parametrize("rows", [1, 3])
def test_tasks_take_the_same_queries_for_any_number_of_rows(
    acme, recruiter, client, count_queries, rows
):
    with acting_in(acme):
        for _ in range(rows):
            TaskFactory(assignee=recruiter, due_on="2030-01-01")
    client.force_login(recruiter)

    # Session, user, membership, organizations; dated, undated, people to give a task to.
    assert count_queries(client, "/acme/tasks/") == 7


def test_task_is_done_and_opened_again(tasks, acme, recruiter, as_user):
    client, task = as_user(recruiter), tasks["late"]

    client.post(f"/acme/tasks/{task.pk}/complete/")
    client.post(f"/acme/tasks/{task.pk}/complete/")
    with acting_in(acme):
        task.refresh_from_db()
        assert task.done_at
        assert task.candidate.touchpoints.get().summary == "Done: Late"

    client.post(f"/acme/tasks/{task.pk}/reopen/")
    with acting_in(acme):
        task.refresh_from_db()
        assert task.done_at is None


def test_completing_leads_back_where_it_was_done(tasks, recruiter, client):
    client.force_login(recruiter)
    path = f"/acme/tasks/{tasks['late'].pk}/complete/"

    answers = [
        client.post(path, {"next": "/acme/candidates/1/"}),
        client.post(path, {"next": "https://evil.example/"}),
        client.post(path, headers={"referer": "http://testserver/acme/tasks/?show=all"}),
        client.post(path, headers={"referer": "https://evil.example/acme/tasks/"}),
    ]

    assert [answer["Location"] for answer in answers] == [
        "/acme/candidates/1/",
        "/acme/tasks/",
        "/acme/tasks/?show=all",
        "/acme/tasks/",
    ]


def test_task_is_added_without_a_candidate(acme, recruiter, as_user):
    as_user(recruiter).post("/acme/tasks/add/", {"title": "Tidy up", "assignee": recruiter.pk})

    with acting_in(acme):
        task = Task.objects.get()
        assert (task.title, task.candidate, task.assignee, task.due_on) == (
            "Tidy up", None, recruiter, None,
        )  # fmt: skip


def test_task_needs_words(acme, recruiter, as_user):
    response = as_user(recruiter).post("/acme/tasks/add/", {"title": ""})

    assert response.status_code == 422
    assert "This field is required." in seen(response)


def test_empty_pages_say_so(acme, viewer, as_user):
    assert "All done" in seen(as_user(viewer).get("/acme/tasks/"))
    assert "Nothing done yet" in seen(as_user(viewer).get("/acme/tasks/?show=done"))


def test_task_of_an_erased_candidate_goes_with_them(in_acme):
    candidate = CandidateFactory()
    TaskFactory(candidate=candidate)

    candidate.delete()

    assert not Task.objects.exists()
