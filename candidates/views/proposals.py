"""Deciding on values that wait because a person had typed others."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from candidates.models import Proposal
from candidates.queries.provenance import column_label
from candidates.services.proposing import dismiss_proposal, take_proposal
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.responses import redirect_for
from crm.web.toasts import notify


@require_POST
@roles_allowed(EDITORS)
def take(request: OrganizationRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(Proposal.objects.select_related("candidate"), pk=pk)
    candidate = take_proposal(proposal, by=request.user)
    notify(request, f"{column_label(proposal.field)} is now {proposal.value}.")
    return redirect_for(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def dismiss(request: OrganizationRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(Proposal.objects.select_related("candidate"), pk=pk)
    dismiss_proposal(proposal, by=request.user)
    notify(request, "Dismissed.")
    return redirect_for(request, proposal.candidate)
