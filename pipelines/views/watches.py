"""Following a job, and no longer."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, roles_allowed
from crm.web.responses import safe_next
from crm.web.toasts import notify
from pipelines.services import watching
from pipelines.views.access import job_or_404


@require_POST
@roles_allowed(READERS)
def watch(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Follow the job; with `stop` no longer."""
    job = job_or_404(request, pk)
    if "stop" in request.POST:
        watching.unwatch_job(job, by=request.user)
        notify(request, f"You no longer watch {job}.")
    else:
        watching.watch_job(job, by=request.user)
        notify(request, f"You are told who joins {job} and who moves.")
    return redirect(safe_next(request, job.get_absolute_url()))
