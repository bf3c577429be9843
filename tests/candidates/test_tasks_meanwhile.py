"""Tasks that two people change: no undo, no reopening and no form takes back what the other has done since."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from candidates.models import Task
from candidates.services.tasks import (
    add_task,
    complete_task,
    edit_task,
    move_tasks,
    reassign_tasks,
    reopen_task,
    snooze_tasks,
)
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import TaskFactory
from tests.pipelines.test_meanwhile import fields_of


@pytest.fixture
def two(acme, recruiter):
    today = timezone.localdate()
    with acting_in(acme):
        return [
            TaskFactory(title="Late", assignee=recruiter, due_on=today - timedelta(days=1)),
            TaskFactory(title="Soon", assignee=recruiter, due_on=today + timedelta(days=2)),
        ]


@pytest.mark.parametrize(
    "change",
    [
        lambda task, by: edit_task(task, by=by, title="Look at both pools"),
        lambda task, by: snooze_tasks([task.pk], until=date(2027, 1, 13), by=by),
        lambda task, by: reassign_tasks({task.pk: by}, by=by),
    ],
)
@time_machine.travel("2027-01-05T12:00:00Z", tick=False)
def test_reopening_leaves_a_next_one_that_somebody_has_changed(in_acme, recruiter, sourcer, change):
    weekly = add_task(
        title="Look at the pool",
        assignee=recruiter,
        due_on=date(2027, 1, 4),
        repeat_unit="week",
        by=recruiter,
    )
    complete_task(weekly, by=recruiter)
    following = Task.objects.get(done_at=None)
    change(following, sourcer)

    reopen_task(weekly, by=recruiter)
    assert set(Task.objects.filter(done_at=None)) == {weekly, following}

    complete_task(weekly, by=recruiter)
    assert Task.objects.get(done_at=None) == following


def test_undo_leaves_what_somebody_else_has_changed_since(
    two, acme, recruiter, sourcer, owner, client
):
    client.force_login(recruiter)
    late, soon = two
    first, friday = (late.due_on, soon.due_on), timezone.localdate() + timedelta(days=20)

    def undo() -> str:
        found = re.search(r"/acme/tasks/undo/[^\"]+", client.get("/acme/tasks/").text)
        return seen(client.post(found.group(), follow=True))

    def now(field: str) -> tuple:
        with acting_in(acme):
            return tuple(getattr(Task.objects.get(pk=task.pk), field) for task in (late, soon))

    ids = {"ids": [late.pk, soon.pk]}
    client.post("/acme/tasks/bulk/snooze/", {**ids, "until": "tomorrow"})
    with acting_in(acme):
        move_tasks({soon.pk: friday}, by=sourcer)
    told = undo()
    assert "1 task is back on the day before. 1 was changed meanwhile and stays as it is." in told
    assert now("due_on") == (first[0], friday)

    client.post("/acme/tasks/bulk/reassign/", {**ids, "assignee": sourcer.pk})
    with acting_in(acme):
        reassign_tasks({late.pk: owner, soon.pk: owner}, by=sourcer)
    assert "0 tasks are given back. 2 were changed meanwhile and stay as they are." in undo()
    assert now("assignee") == (owner, owner)


def test_two_who_edit_one_task_lose_nothing_to_each_other(two, acme, recruiter, sourcer, as_user):
    path = f"/acme/tasks/{two[0].pk}/"
    clients = [as_user(recruiter), as_user(sourcer)]
    forms = [fields_of(client.get(path).text) for client in clients]
    assert clients[0].post(path, forms[0] | {"title": "Call Ana"}).status_code < 400

    late = clients[1].post(path, forms[1] | {"due_on": "2027-01-04"})

    assert late.status_code == 422
    assert "Somebody else has saved this meanwhile: Task changed." in seen(late)
    assert clients[1].post(path, fields_of(late.text)).status_code < 400
    with acting_in(acme):
        task = Task.objects.get(pk=two[0].pk)
        assert (task.title, task.due_on) == ("Call Ana", date(2027, 1, 4))
