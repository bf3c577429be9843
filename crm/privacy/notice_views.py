"""Telling people where we have their data from: the wording, who is still to be told, and sending it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.services import disclosing
from candidates.models import Candidate
from candidates.queries.notices import notice_rules
from candidates.services.bulk import start
from candidates.services.informing import save_rules
from candidates.tasks import work_on_bulk_act
from crm.privacy import waiting
from crm.privacy.forms import NoticeRulesForm, NoticeSenderForm
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, RECRUITERS, roles_allowed
from crm.web.pagination import capped_count
from crm.web.queues import ring
from crm.web.responses import fragment_or_page


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def rules(request: OrganizationRequest) -> HttpResponse:
    """Whether people are told, within how many days, and in which words."""
    form = NoticeRulesForm(request.POST or None, instance=notice_rules())
    if request.method == "POST" and form.is_valid():
        save_rules(form.save(commit=False), by=request.user)
        messages.success(request, "Saved. Days that are set already stay.")
        return redirect("privacy:notice_rules")
    context = {"form": form, "fields": disclosing.FIELDS}
    status = 422 if form.errors else 200
    return fragment_or_page(request, "privacy/notice_rules.html", context, status=status)


@require_GET
@roles_allowed(RECRUITERS)
def to_be_told(request: OrganizationRequest) -> HttpResponse:
    """Who is still to be told, the most pressing first; `?show=` narrows it."""
    return _list(request, request.GET.get("show", ""), NoticeSenderForm(user=request.user))


def _list(
    request: OrganizationRequest, show: str, form: NoticeSenderForm, *, status: int = 200
) -> HttpResponse:
    show = show if show in waiting.SHOWS else ""
    page, rows = waiting.page_of(show, cursor=request.GET.get("cursor", ""))
    found = waiting.waiting(show)
    context = {
        "page": page,
        "rows": rows,
        "count": capped_count(found),
        "sendable": capped_count(disclosing.sendable(found)),
        "form": form,
        "show": show,
        "shows": waiting.SHOWS.items(),
        "rules": notice_rules(),
    }
    return fragment_or_page(request, "privacy/to_be_told.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def send_notices(request: OrganizationRequest) -> HttpResponse:
    """Write the notice to everybody of the list who can get it: in the background, through the outbox."""
    show = request.POST.get("show", "")
    form = NoticeSenderForm(request.POST, user=request.user)
    if not form.is_valid():
        return _list(request, show, form, status=422)
    found = disclosing.sendable(waiting.waiting(show if show in waiting.SHOWS else ""))
    ids = list(found.order_by(*waiting.ORDER).values_list("candidate", flat=True))
    if not ids:
        messages.info(request, "Nobody here can get the notice by mail now.")
        return redirect("privacy:to_be_told")
    people = "1 person" if len(ids) == 1 else f"{len(ids):,} people"
    title = f"Send the privacy notice to {people}"
    chosen = {"sender": form.cleaned_data["sender"].pk}
    act = start(disclosing.TELL.name, ids, chosen=chosen, title=title, by=request.user)
    ring(work_on_bulk_act, request.organization.pk, act.pk)
    return redirect(act)


@require_POST
@roles_allowed(RECRUITERS)
def mark_told(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The person was told in another way."""
    candidate = get_object_or_404(Candidate, pk=pk)
    if disclosing.mark_told(candidate, by=request.user):
        messages.success(request, f"{candidate} counts as told.")
    else:
        messages.info(request, f"There is nothing to tell {candidate}.")
    return redirect("privacy:to_be_told")
