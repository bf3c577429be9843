"""The tasks page: what I owe, what everybody owes, what is done."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from candidates.forms.records import TaskForm
from candidates.models import Task
from candidates.queries import page_of_tasks
from candidates.services import tasks
from candidates.views.returning import back_to
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, READERS, roles_allowed
from crm.web.responses import fragment_or_page, redirect_for
from crm.web.toasts import notify


@require_GET
@roles_allowed(READERS)
def task_list(request: OrganizationRequest) -> HttpResponse:
    return fragment_or_page(request, "tasks/list.html#tasks", _context(request))


def _context(request: OrganizationRequest, **more: Any) -> dict[str, Any]:
    show = request.GET.get("show", "")
    show = show if show in {"replies", "all", "done"} else "mine"
    page, undated = page_of_tasks(show, viewer=request.user, cursor=request.GET.get("cursor", ""))
    return {
        "page": page,
        "undated": undated,
        "show": show,
        "today": timezone.localdate(),
        "form": TaskForm(initial={"assignee": request.user.pk}),
        **more,
    }


@require_POST
@roles_allowed(EDITORS)
def add(request: OrganizationRequest) -> HttpResponse:
    form = TaskForm(request.POST)
    if not form.is_valid():
        return fragment_or_page(
            request, "tasks/list.html#tasks", _context(request, form=form), status=422
        )
    tasks.add_task(by=request.user, **form.cleaned_data)
    return redirect_for(request, back_to(request, reverse("tasks:list")))


@require_POST
@roles_allowed(EDITORS)
def complete(request: OrganizationRequest, pk: int) -> HttpResponse:
    task = tasks.complete_task(get_object_or_404(Task, pk=pk), by=request.user)
    notify(request, f"Done: {task}", undo=reverse("tasks:reopen", args=[task.pk]))
    return redirect_for(request, back_to(request, reverse("tasks:list")))


@require_POST
@roles_allowed(EDITORS)
def reopen(request: OrganizationRequest, pk: int) -> HttpResponse:
    task = tasks.reopen_task(get_object_or_404(Task, pk=pk), by=request.user)
    notify(request, f"Open again: {task}")
    return redirect_for(request, back_to(request, reverse("tasks:list")))
