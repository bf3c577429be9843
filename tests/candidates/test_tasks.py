"""The tasks page."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from candidates.models import Notification, Task
from candidates.queries import day_of
from candidates.services.tasks import (
    add_task,
    complete_task,
    next_due,
    remind,
    reopen_task,
    snooze_tasks,
)
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TalentPoolFactory, TaskFactory


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
    response = as_user(recruiter).get(f"/acme/tasks/list/?show={show}")

    rows = [*response.context["page"].rows, *response.context["undated"]]
    assert [task.title for task in rows] == titles
    assert ("Overdue" in response.text) == (show != "done")


def test_replies_to_answer_are_ones_own_and_nobodys(acme, recruiter, sourcer, as_user):
    with acting_in(acme):
        for title, assignee in (("Mine", recruiter), ("Nobody's", None), ("Theirs", sourcer)):
            TaskFactory(title=title, assignee=assignee, origin=Task.Origin.REPLY)
        TaskFactory(title="No reply", assignee=recruiter)

    response = as_user(recruiter).get("/acme/tasks/list/?show=replies")

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
    assert count_queries(client, "/acme/tasks/list/") == 7


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
        client.post(path, headers={"referer": "http://testserver/acme/tasks/list/?show=all"}),
        client.post(path, headers={"referer": "https://evil.example/acme/tasks/"}),
    ]

    assert [answer["Location"] for answer in answers] == [
        "/acme/candidates/1/",
        "/acme/tasks/",
        "/acme/tasks/list/?show=all",
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
    assert "All done" in seen(as_user(viewer).get("/acme/tasks/list/"))
    assert "Nothing is due" in seen(as_user(viewer).get("/acme/tasks/"))
    assert "Nothing done yet" in seen(as_user(viewer).get("/acme/tasks/list/?show=done"))


def test_task_of_an_erased_candidate_goes_with_them(in_acme):
    candidate = CandidateFactory()
    TaskFactory(candidate=candidate)

    candidate.delete()

    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("unit", "every", "first", "after", "expected"),
    [
        ("day", 1, date(2027, 1, 4), date(2027, 1, 4), date(2027, 1, 5)),
        ("day", 3, date(2027, 1, 4), date(2027, 1, 8), date(2027, 1, 10)),
        ("week", 2, date(2027, 1, 4), date(2027, 1, 4), date(2027, 1, 18)),
        ("week", 1, date(2027, 1, 4), date(2027, 1, 12), date(2027, 1, 18)),
        ("month", 1, date(2027, 1, 31), date(2027, 1, 31), date(2027, 2, 28)),
        ("month", 1, date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)),
        ("month", 12, date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_rhythm_counts_from_its_first_day(unit, every, first, after, expected):
    task = Task(due_on=first, repeat_unit=unit, repeat_every=every, repeat_from=first)

    assert next_due(task, after=after) == expected


@pytest.fixture
def weekly(in_acme, recruiter):
    monday = date(2027, 1, 4)
    return add_task(
        title="Look at the pool",
        assignee=recruiter,
        due_on=monday,
        repeat_unit="week",
        repeat_until=monday + timedelta(days=14),
        by=recruiter,
    )


@time_machine.travel("2027-01-05T12:00:00Z", tick=False)
def test_done_task_that_repeats_makes_the_next_until_its_end(weekly, recruiter):
    complete_task(weekly, by=recruiter)
    complete_task(weekly, by=recruiter)
    second = Task.objects.get(done_at=None)
    complete_task(second, by=recruiter)
    third = Task.objects.get(done_at=None)
    complete_task(third, by=recruiter)

    assert [second.due_on, third.due_on] == [date(2027, 1, 11), date(2027, 1, 18)]
    assert (third.title, third.assignee) == ("Look at the pool", recruiter)
    assert not Task.objects.filter(done_at=None).exists()


@time_machine.travel("2027-01-05T12:00:00Z", tick=False)
def test_snoozing_a_task_that_repeats_keeps_its_rhythm(weekly, recruiter):
    snooze_tasks([weekly.pk], until=date(2027, 1, 7), by=recruiter)
    complete_task(weekly, by=recruiter)

    assert Task.objects.get(done_at=None).due_on == date(2027, 1, 11)


@time_machine.travel("2027-01-05T12:00:00Z", tick=False)
def test_reopening_takes_the_next_one_back_unless_it_is_done(weekly, recruiter):
    complete_task(weekly, by=recruiter)
    reopen_task(weekly, by=recruiter)
    assert Task.objects.get().done_at is None

    complete_task(weekly, by=recruiter)
    complete_task(Task.objects.get(done_at=None), by=recruiter)
    reopen_task(weekly, by=recruiter)
    assert Task.objects.filter(done_at__isnull=False).count() == 1


def test_reminder_gives_each_colleague_a_task_and_tells_them(in_acme, recruiter, sourcer):
    remind([recruiter, sourcer], title="Tidy up", about="Go", link="pools/1/", by=recruiter)

    assert set(Task.objects.values_list("assignee", "about")) == {
        (recruiter.pk, "Go"),
        (sourcer.pk, "Go"),
    }
    told = Notification.objects.get()
    assert (told.user, told.text, told.link) == (sourcer, "Task for you: Tidy up · Go", "pools/1/")


def test_day_has_its_parts(tasks, acme, recruiter, client):
    with acting_in(acme):
        TaskFactory(title="Answer Ana", assignee=None, origin=Task.Origin.REPLY)
        TaskFactory(title="Ask again", assignee=recruiter, origin=Task.Origin.SNOOZE)
        TaskFactory(title="Now", assignee=recruiter, due_on=timezone.localdate())
        TaskFactory(
            title="Far", assignee=recruiter, due_on=timezone.localdate() + timedelta(days=30)
        )
    client.force_login(recruiter)

    day = client.get("/acme/tasks/").context["day"]

    assert {
        part: [task.title for task in getattr(day, part)]
        for part in ("overdue", "today", "coming", "replies", "returned")
    } == {
        "overdue": ["Late"],
        "today": ["Now"],
        "coming": ["Soon"],
        "replies": ["Answer Ana"],
        "returned": ["Ask again"],
    }


@time_machine.travel("2027-01-04T23:30:00Z", tick=False)
def test_today_is_that_of_the_users_time_zone(acme, recruiter, client):
    with acting_in(acme):
        TaskFactory(title="Call", assignee=recruiter, due_on="2027-01-05")
    client.force_login(recruiter)
    assert [task.title for task in client.get("/acme/tasks/").context["day"].coming] == ["Call"]

    recruiter.time_zone = "Asia/Tokyo"
    recruiter.save()

    assert [task.title for task in client.get("/acme/tasks/").context["day"].today] == ["Call"]


@pytest.mark.parametrize("rows", [1, 3])
def test_day_takes_the_same_queries_for_any_number_of_tasks(
    acme, recruiter, client, count_queries, rows
):
    with acting_in(acme):
        for origin in Task.Origin.values * rows:
            TaskFactory(assignee=recruiter, due_on=timezone.localdate(), origin=origin)
    client.force_login(recruiter)

    # Session, user, membership, frame; who replied, who is back, what is due, people to give a task
    # to; who goes cold: settings, pools, whom, their rows; who is to be told soon where their data came from.
    assert count_queries(client, "/acme/tasks/") == 13


@pytest.mark.parametrize(
    ("origin", "most"),
    [(Task.Origin.REPLY, 30), (Task.Origin.SNOOZE, 30), (Task.Origin.MANUAL, 100)],
)
def test_day_says_where_it_does_not_show_everything(in_acme, recruiter, origin, most):
    today = timezone.localdate()
    due = {"assignee": recruiter, "due_on": today, "candidate": None, "origin": origin}
    Task.objects.bulk_create(Task(title=f"Task {number}", **due) for number in range(most))
    assert not day_of(recruiter, today=today).is_cut
    Task.objects.create(title="One more", **due)

    day = day_of(recruiter, today=today)

    assert day.is_cut
    assert len(day.replies + day.returned + day.today) == most


def test_many_who_are_back_keep_no_reply_from_the_day(in_acme, recruiter):
    back = {"assignee": recruiter, "candidate": None, "origin": Task.Origin.SNOOZE}
    Task.objects.bulk_create(Task(title=f"Ask {number} again", **back) for number in range(40))
    reply = TaskFactory(title="Answer Ana", assignee=recruiter, origin=Task.Origin.REPLY)

    day = day_of(recruiter, today=timezone.localdate())

    assert (day.replies, len(day.returned), day.is_cut) == ([reply], 30, True)


@time_machine.travel("2027-01-06T12:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("body", "day"),
    [
        ({"until": "tomorrow"}, date(2027, 1, 7)),
        ({"until": "next_week"}, date(2027, 1, 11)),
        ({"until": "day", "day": "2027-03-01"}, date(2027, 3, 1)),
    ],
)
def test_task_is_snoozed_and_comes_back(acme, recruiter, client, body, day):
    with acting_in(acme):
        task = TaskFactory(assignee=recruiter, due_on="2027-01-04")
    client.force_login(recruiter)

    client.post(f"/acme/tasks/{task.pk}/snooze/", body)

    with acting_in(acme):
        task.refresh_from_db()
        assert task.due_on == day
    undo = re.search(r"/acme/tasks/undo/[^\"]+", client.get("/acme/tasks/").text)
    client.post(undo.group())
    with acting_in(acme):
        task.refresh_from_db()
        assert task.due_on == date(2027, 1, 4)


def test_snoozing_needs_a_day_ahead(tasks, recruiter, client):
    client.force_login(recruiter)
    path = f"/acme/tasks/{tasks['late'].pk}/snooze/"

    assert client.post(path, {"until": "day", "day": "2001-01-01"}).status_code == 422
    assert client.post(path, {"until": "day"}).status_code == 422
    assert client.post(path, {"until": "never"}).status_code == 422


def test_several_tasks_are_done_and_given_away_and_taken_back(
    tasks, acme, recruiter, sourcer, client
):
    client.force_login(recruiter)
    ids = [tasks["late"].pk, tasks["soon"].pk, tasks["done"].pk]

    def undo() -> None:
        found = re.search(r"/acme/tasks/undo/[^\"]+", client.get("/acme/tasks/").text)
        client.post(found.group())

    client.post("/acme/tasks/bulk/reassign/", {"ids": ids, "assignee": sourcer.pk})
    with acting_in(acme):
        assert set(Task.objects.filter(assignee=sourcer, title__in=["Late", "Soon"])) == {
            tasks["late"],
            tasks["soon"],
        }
    undo()
    client.post("/acme/tasks/bulk/done/", {"ids": ids})
    with acting_in(acme):
        assert Task.objects.filter(done_at__isnull=False, assignee=recruiter).count() == 3
    undo()
    with acting_in(acme):
        assert Task.objects.filter(done_at__isnull=False).get() == tasks["done"]


def test_bulk_needs_tasks_and_a_member(tasks, recruiter, stranger, client):
    client.force_login(recruiter)
    late = tasks["late"].pk

    assert client.post("/acme/tasks/bulk/done/", {"ids": ["x", "9" * 30]}).status_code == 409
    assert client.post("/acme/tasks/bulk/snooze/", {"ids": late}).status_code == 409
    body = {"ids": late, "assignee": stranger.pk}
    assert client.post("/acme/tasks/bulk/reassign/", body).status_code == 409
    assert client.post("/acme/tasks/bulk/erase/", {"ids": late}).status_code == 404


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"repeat_unit": "week"}, "A task that repeats needs a day."),
        ({"due_time": "09:30"}, "Name the day too."),
        ({"due_on": "2027-01-04", "repeat_until": "2027-01-03"}, "This is before the task is due."),
    ],
)
def test_task_form_says_what_does_not_fit(tasks, recruiter, client, body, sentence):
    client.force_login(recruiter)

    for path in ("/acme/tasks/add/", f"/acme/tasks/{tasks['late'].pk}/"):
        response = client.post(path, {"title": "Call", **body})
        assert response.status_code == 422
        assert sentence in seen(response)


def test_task_is_edited(tasks, acme, recruiter, sourcer, client):
    client.force_login(recruiter)
    body = {"title": "Call", "due_on": "2027-01-04", "due_time": "09:30", "assignee": sourcer.pk}

    client.post(f"/acme/tasks/{tasks['late'].pk}/", body)

    with acting_in(acme):
        task = Task.objects.get(pk=tasks["late"].pk)
        assert (task.title, task.due_on, task.due_time, task.assignee) == (
            "Call", date(2027, 1, 4), time(9, 30), sourcer,
        )  # fmt: skip
        assert Notification.objects.get().user == sourcer


def test_colleagues_are_reminded_of_a_pool(acme, recruiter, sourcer, viewer, client):
    with acting_in(acme):
        pool = TalentPoolFactory(name="Go")
    client.force_login(recruiter)
    path = f"/acme/pools/{pool.pk}/remind/"
    body = {"title": "Tidy up", "due_on": "2027-01-04", "assignees": [recruiter.pk, sourcer.pk]}

    assert client.post(path, body)["Location"] == f"/acme/pools/{pool.pk}/"

    with acting_in(acme):
        assert set(Task.objects.values_list("assignee", "about", "link", "due_on")) == {
            (user.pk, "Go", f"pools/{pool.pk}/", date(2027, 1, 4)) for user in (recruiter, sourcer)
        }
    assert f'href="/acme/pools/{pool.pk}/"' in client.get("/acme/tasks/list/").text
    assert client.post(path, {"title": "Tidy up"}).status_code == 422
    assert client.post(path, {**body, "assignees": viewer.pk}).status_code == 422
