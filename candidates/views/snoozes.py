"""Leaving a person alone until a day, and bringing them back before."""

from datetime import date, timedelta
from typing import Any, TypeVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from candidates.forms.selection import BulkForm, selected_ids
from candidates.forms.snoozing import BulkSnoozeForm, BulkTaskForm, SnoozeFields
from candidates.models import Candidate
from candidates.services.bulk import SMALL, freeze, start
from candidates.services.bulk_edits import give_tasks, snooze_people
from candidates.services.snoozing import wake_candidates
from candidates.tasks import work_on_bulk_act
from candidates.views.returning import back_to, follows_merges
from crm.accounts.models import User
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.errors import DomainError
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, redirect_for, safe_next
from crm.web.toasts import notify

USUAL = timedelta(days=90)

AnyBulkForm = TypeVar("AnyBulkForm", bound=BulkForm)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
@follows_merges
def snooze(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    initial = {"until": timezone.localdate() + USUAL}
    form = SnoozeFields(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        done = snooze_people([pk], by=request.user, **form.cleaned_data)
        if not done.count:
            raise DomainError(f"{candidate} must not be contacted at all.")
        until = form.cleaned_data["until"]
        notify(request, f"{candidate} is left alone until {until:%-d %b %Y}.", undo=done.undo)
        return redirect_for(request, safe_next(request, candidate.get_absolute_url()))
    back = safe_next(request, candidate.get_absolute_url())
    context = {"form": form, "candidate": candidate, "back": back}
    status = 422 if form.is_bound else 200
    return render(request, "candidates/snooze.html", context, status=status)


@require_POST
@roles_allowed(EDITORS)
def wake(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Bring somebody back at once."""
    candidate = get_object_or_404(Candidate, pk=pk)
    if wake_candidates([pk], by=request.user):
        notify(request, f"{candidate} is back.")
    return redirect_for(request, back_to(request, candidate.get_absolute_url()))


@require_POST
@roles_allowed(EDITORS)
def bulk_snooze(request: OrganizationRequest) -> HttpResponse:
    """Leave the selected people alone: first they are counted and frozen, then the form says until when."""
    ids = selected_ids(request.POST, membership=request.membership)
    form = _bulk_form(BulkSnoozeForm, request, ids, until=timezone.localdate() + USUAL)
    if not form.is_valid():
        return _ask(request, form, ids, "Snooze {}", reverse("candidates:bulk_snooze"))
    chosen = {name: form.cleaned_data[name] for name in ("until", "reason", "note")}
    if len(ids) > SMALL:
        kept = {
            "until": chosen["until"].isoformat(),
            "reason": chosen["reason"].pk if chosen["reason"] else None,
            "note": chosen["note"],
        }
        title = f"Snooze people until {chosen['until']:%-d %b %Y}"
        act = start("snooze", ids, by=request.user, chosen=kept, title=title)
        ring(work_on_bulk_act, request.organization.pk, act.pk)
        return redirect_for(request, act)
    done = snooze_people(ids, by=request.user, **chosen)
    text = f"{done.text}."
    if done.count < len(ids):
        text += f" {len(ids) - done.count:,} must not be contacted at all."
    notify(request, text, undo=done.undo)
    return redirect_for(request, safe_next(request, reverse("candidates:list")))


@require_POST
@roles_allowed(EDITORS)
def bulk_task(request: OrganizationRequest) -> HttpResponse:
    """The same task about each of the selected people."""
    ids = selected_ids(request.POST, membership=request.membership)
    form = _bulk_form(BulkTaskForm, request, ids, assignee=request.user.pk)
    if not form.is_valid():
        return _ask(request, form, ids, "Add a task for {}", reverse("candidates:bulk_task"))
    chosen = {name: form.cleaned_data[name] for name in ("title", "due_on", "assignee")}
    if len(ids) > SMALL:
        act = start("task", ids, by=request.user, **_kept(**chosen))
        ring(work_on_bulk_act, request.organization.pk, act.pk)
        return redirect_for(request, act)
    done = give_tasks(ids, by=request.user, **chosen)
    notify(request, f"{done.text}.", undo=done.undo)
    return redirect_for(request, safe_next(request, reverse("candidates:list")))


def _kept(title: str, due_on: date | None, assignee: User | None) -> dict[str, Any]:
    """What was chosen, as the background act keeps it, and what the act is called."""
    chosen = {
        "title": title,
        "due_on": due_on.isoformat() if due_on else "",
        "assignee": assignee.pk if assignee else None,
    }
    return {"chosen": chosen, "title": f"Add the task “{title}”"}


def _bulk_form(
    form_class: type[AnyBulkForm], request: OrganizationRequest, ids: list[int], **initial: Any
) -> AnyBulkForm:
    if "frozen" in request.POST:
        return form_class(request.POST)
    frozen = freeze(ids, by=request.user)
    return form_class(initial={"frozen": frozen, "next": safe_next(request, ""), **initial})


def _ask(
    request: OrganizationRequest, form: BulkForm, ids: list[int], title: str, post_to: str
) -> HttpResponse:
    context = {
        "form": form,
        "post_to": post_to,
        "title": title.format(_people(len(ids))),
        "people": _people(len(ids)),
        "back": safe_next(request, reverse("candidates:list")),
    }
    status = 422 if form.is_bound else 200
    return fragment_or_page(request, "candidates/bulk.html#dialog", context, status=status)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
