"""Whom to look at when a job opens: proposals with reasons, and one act that adds, enrolls and shares."""

from django.http import HttpResponse
from django.shortcuts import redirect

from candidates.forms.selection import selected_ids
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.responses import fragment_or_page
from crm.web.toasts import notify
from pipelines import extensions, queries
from pipelines.services.shortlisting import Shortlisted, proposals_for, shortlist_people
from pipelines.views.access import job_or_404
from pipelines.views.board import job_context


@roles_allowed(EDITORS)
def shortlist(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Propose people for the job; a POST puts the selected ones on it.

    With a sequence it leads on to the page that shows their mails: no mail is planned before somebody presses there.
    """
    job = job_or_404(request, pk)
    enroller = extensions.enroller()
    sequences = enroller.choices(request) if enroller else []
    if request.method == "POST":
        chosen = selected_ids(request.POST, membership=request.membership)
        done = shortlist_people(
            job, chosen, by=request.user, share=request.POST.get("act") == "share"
        )
        notify(request, _told(done))
        sequence = request.POST.get("sequence", "")
        if chosen and enroller and sequence in {str(pk) for pk, _ in sequences}:
            back = job.get_absolute_url()
            return redirect(enroller.check_path(int(sequence), chosen, request.user, back))
        return redirect(job)
    wanted = queries.CardFilter.of(request.GET, request.membership)
    proposals = proposals_for(job, request.membership, q=wanted.q)
    context = {
        **job_context(
            request, job, queries.stages_with_counts(job.pipeline_id), layout="shortlist"
        ),
        "proposals": proposals,
        "contactable": any(one.is_contactable for one in proposals),
        "sequences": sequences,
    }
    return fragment_or_page(request, "pipelines/shortlist.html#list", context)


def _told(done: Shortlisted) -> str:
    people = "1 person was" if done.added == 1 else f"{done.added} people were"
    shared = f" The hiring managers are shown {done.shared}." if done.shared else ""
    return f"{people} added.{shared}"
