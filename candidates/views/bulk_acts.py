"""Acts on many people: how far one has come, what it did, taking it back."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from candidates.models import BulkAct
from candidates.services import bulk
from candidates.services.changes.hiding import is_hidden
from candidates.services.changes.undoing import DoneByAnother
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, EDITORS, roles_allowed
from crm.web.responses import fragment_or_page, redirect_for
from crm.web.toasts import notify


def _act_or_404(pk: int, request: OrganizationRequest) -> BulkAct:
    acts = BulkAct.objects.exclude(state=BulkAct.State.DRAFT).defer("candidate_ids")
    act = get_object_or_404(acts.select_related("change_set", "created_by"), pk=pk)
    if act.change_set and is_hidden(act.change_set, request.membership):
        raise Http404
    return act


def _is_mine(act: BulkAct, request: OrganizationRequest) -> bool:
    """Whether the member asked for the act, or may stop and take back those of all."""
    return act.created_by_id == request.user.pk or request.membership.role in ADMINS


@require_GET
@roles_allowed(EDITORS)
def bulk_act(request: OrganizationRequest, pk: int) -> HttpResponse:
    act = _act_or_404(pk, request)
    found = bulk.address_of_result(act)
    if found and act.created_by == request.user:
        return redirect_for(request, found)
    context = {"act": act, "goes_on": bulk.where_next(act), "is_mine": _is_mine(act, request)}
    return fragment_or_page(request, "candidates/bulk_act.html#act", context)


@require_POST
@roles_allowed(EDITORS)
def stop(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Go no further; what was done stays, and can be taken back."""
    act = _act_or_404(pk, request)
    if not _is_mine(act, request):
        raise DoneByAnother
    act = bulk.stop(act, by=request.user)
    notify(request, "Stopped." if act.state == BulkAct.State.STOPPED else "It was over already.")
    return redirect_for(request, act)
