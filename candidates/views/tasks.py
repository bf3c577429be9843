"""My day, the lists of tasks, and what is done with them."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates.forms.records import TaskForm
from candidates.forms.tasks import AssigneeForm, PickedTasksForm, SnoozeForm
from candidates.models import Task
from candidates.queries import day_of, page_of_cold, page_of_tasks
from candidates.queries.notices import due_soon
from candidates.services import tasks, undoing_tasks
from candidates.views.holding import held
from candidates.views.returning import back_to
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, READERS, RECRUITERS, roles_allowed
from crm.web.errors import DomainError
from crm.web.pagination import capped_count
from crm.web.responses import fragment_or_page, redirect_for, safe_next
from crm.web.toasts import notify

MOST_COLD = 5


class NoTaskSelected(DomainError):
    def __init__(self) -> None:
        super().__init__("No task is selected. Select some in the list and try again.")


@require_GET
@roles_allowed(READERS)
def day(request: OrganizationRequest) -> HttpResponse:
    """What the member owes today, who waits for an answer, who is back."""
    return fragment_or_page(request, "tasks/day.html#day", _day(request))


def _day(request: OrganizationRequest, **more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "day": day_of(request.user, today=today),
        "today": today,
        "cold": page_of_cold(viewer=request.user, owner=request.user, size=MOST_COLD)[0],
        "form": TaskForm(initial={"assignee": request.user.pk, "due_on": today}),
        "to_tell": capped_count(due_soon(today)) if request.membership.role in RECRUITERS else None,
        **more,
    }


@require_GET
@roles_allowed(READERS)
def task_list(request: OrganizationRequest) -> HttpResponse:
    """All open tasks of the member, or of everybody, or those that are done."""
    show = request.GET.get("show", "")
    show = show if show in {"replies", "all", "done"} else "mine"
    page, undated = page_of_tasks(show, viewer=request.user, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "undated": undated, "show": show, "assignee_form": AssigneeForm()}
    return fragment_or_page(request, "tasks/list.html#tasks", context)


@require_POST
@roles_allowed(EDITORS)
def add(request: OrganizationRequest) -> HttpResponse:
    form = TaskForm(request.POST)
    if not form.is_valid():
        return fragment_or_page(request, "tasks/day.html#day", _day(request, form=form), status=422)
    task = tasks.add_task(by=request.user, **form.cleaned_data)
    notify(request, f"Added: {task}")
    return redirect_for(request, back_to(request, reverse("tasks:day")))


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    tasks_held = held(request, Task.objects.select_related("candidate"))
    task = get_object_or_404(tasks_held, pk=pk)
    form = TaskForm(request.POST or None, instance=task)
    if form.is_valid():
        tasks.edit_task(task, by=request.user, **form.cleaned_data)
        notify(request, f"Saved: {form.cleaned_data['title']}")
        return redirect_for(request, safe_next(request, reverse("tasks:day")))
    context = {"form": form, "task": task, "back": safe_next(request, reverse("tasks:day"))}
    return render(request, "tasks/edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@roles_allowed(EDITORS)
def complete(request: OrganizationRequest, pk: int) -> HttpResponse:
    task = tasks.complete_task(get_object_or_404(Task, pk=pk), by=request.user)
    notify(request, f"Done: {task}", undo=reverse("tasks:reopen", args=[task.pk]))
    return redirect_for(request, back_to(request, reverse("tasks:day")))


@require_POST
@roles_allowed(EDITORS)
def reopen(request: OrganizationRequest, pk: int) -> HttpResponse:
    task = tasks.reopen_task(get_object_or_404(Task, pk=pk), by=request.user)
    notify(request, f"Open again: {task}")
    return redirect_for(request, back_to(request, reverse("tasks:day")))


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def snooze(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Move one task to tomorrow, next week or a day: by its menu, or on a page of its own."""
    task = get_object_or_404(Task.objects.select_related("candidate"), pk=pk)
    form = SnoozeForm(request.POST or None, initial={"until": SnoozeForm.DAY})
    if form.is_valid():
        return _snoozed(request, [task.pk], form)
    context = {"form": form, "task": task, "back": safe_next(request, reverse("tasks:day"))}
    return render(request, "tasks/snooze.html", context, status=422 if form.is_bound else 200)


def _snoozed(request: OrganizationRequest, ids: list[int], form: SnoozeForm) -> HttpResponse:
    before = tasks.snooze_tasks(ids, until=form.date, by=request.user)
    text = f"{_tasks(len(before))} moved to {form.date:%a %-d %b}."
    undo = undoing_tasks.undo_moving(before, after=form.date, by=request.user)
    notify(request, text, undo=undo)
    return redirect_for(request, back_to(request, reverse("tasks:day")))


@require_POST
@roles_allowed(EDITORS)
def bulk(request: OrganizationRequest, action: str) -> HttpResponse:
    """Done, snoozed or given to somebody: all tasks that are ticked."""
    if action not in BULK:
        raise Http404
    picked = PickedTasksForm(request.POST)
    ids = picked.cleaned_data["ids"] if picked.is_valid() else []
    known = list(Task.objects.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    if not known:
        raise NoTaskSelected
    return BULK[action](request, known)


def _complete_all(request: OrganizationRequest, ids: list[int]) -> HttpResponse:
    done = tasks.complete_tasks(ids, by=request.user)
    undo = undoing_tasks.undo_completing(done, by=request.user)
    notify(request, f"{_tasks(len(done))} done.", undo=undo)
    return redirect_for(request, back_to(request, reverse("tasks:day")))


def _snooze_all(request: OrganizationRequest, ids: list[int]) -> HttpResponse:
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        raise DomainError("Choose until when.")
    return _snoozed(request, ids, form)


def _reassign_all(request: OrganizationRequest, ids: list[int]) -> HttpResponse:
    form = AssigneeForm(request.POST)
    if not form.is_valid():
        raise DomainError("Choose somebody who belongs to the organization.")
    assignee = form.cleaned_data["assignee"]
    before = tasks.reassign_tasks(dict.fromkeys(ids, assignee), by=request.user)
    undo = undoing_tasks.undo_reassigning(before, after=assignee, by=request.user)
    notify(request, f"{_tasks(len(before))} given to {assignee or 'nobody'}.", undo=undo)
    return redirect_for(request, back_to(request, reverse("tasks:list")))


BULK = {"done": _complete_all, "snooze": _snooze_all, "reassign": _reassign_all}


@require_POST
@roles_allowed(EDITORS)
def undo(request: OrganizationRequest, token: str) -> HttpResponse:
    notify(request, undoing_tasks.undo_tasks(token, by=request.user))
    return redirect_for(request, back_to(request, reverse("tasks:day")))


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"
