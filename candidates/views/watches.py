"""Following a person or a pool, and no longer."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from candidates.models import Candidate, TalentPool
from candidates.services import watching
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, roles_allowed
from crm.web.responses import safe_next
from crm.web.toasts import notify


@require_POST
@roles_allowed(READERS)
def watch_candidate(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Follow the person; with `stop` no longer."""
    person = get_object_or_404(Candidate, pk=pk)
    if "stop" in request.POST:
        watching.unwatch_candidate(person, by=request.user)
        notify(request, f"You no longer watch {person}.")
    else:
        watching.watch_candidate(person, by=request.user)
        notify(request, f"You are told of what others do with {person}.")
    return redirect(safe_next(request, person.get_absolute_url()))


@require_POST
@roles_allowed(READERS)
def watch_pool(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Follow who joins the pool; with `stop` no longer."""
    pool = get_object_or_404(TalentPool, pk=pk)
    if "stop" in request.POST:
        watching.unwatch_pool(pool, by=request.user)
        notify(request, f"You no longer watch {pool}.")
    else:
        watching.watch_pool(pool, by=request.user)
        notify(request, f"You are told when somebody joins {pool}.")
    return redirect(safe_next(request, pool.get_absolute_url()))
