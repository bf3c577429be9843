"""Matching people with a job: the page, what counts, and putting the ticked ones on the job."""

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from candidates.models import Candidate, TalentPool
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.responses import fragment_or_page
from crm.web.toasts import notify
from pipelines.forms.matching import MatchCriteriaForm, MatchPeopleForm
from pipelines.models import Job
from pipelines.services.matching import (
    MOST_SCORED,
    Matches,
    criteria_of,
    is_matching_on,
    match_job,
    people_of_job_pools,
    people_of_pools,
)
from pipelines.services.matching.criteria import set_criteria
from pipelines.views.access import job_or_404

# A part of how many are scored at once: no page holds people of two rankings.
PAGE = 50


@require_GET
@roles_allowed(EDITORS)
def match(request: OrganizationRequest, pk: int) -> HttpResponse:
    """People of the job's pools, of one pool, or all, the best fits first, each with the reasons."""
    if not is_matching_on():
        raise Http404
    job = job_or_404(request, pk)
    form = MatchPeopleForm(request.GET or {"people": MatchPeopleForm.JOB_POOLS})
    first = 0
    found = Matches([], 0)
    if form.is_valid():
        people = _people(job, form.cleaned_data["people"])
        found = match_job(job, people, request.membership, first=form.cleaned_data["first"])
        # Pages begin where others end; of a list that has become shorter the last one is shown.
        first = min(form.cleaned_data["first"], max(0, found.people - 1)) // PAGE * PAGE
    context = {
        "job": job,
        "form": form,
        "found": found,
        "rows": found.rows[first - found.before : first - found.before + PAGE],
        "most": MOST_SCORED,
        "next_first": first + PAGE if found.people > first + PAGE else None,
        "previous_first": first - PAGE if first else None,
        "asks": job.job_skills.exists(),
    }
    return fragment_or_page(request, "pipelines/match.html#matches", context)


def _people(job: Job, chosen: str) -> "QuerySet[Candidate]":
    if chosen == MatchPeopleForm.EVERYBODY:
        return Candidate.objects.all()
    if chosen == MatchPeopleForm.JOB_POOLS:
        return people_of_job_pools(job)
    return people_of_pools(TalentPool.objects.filter(pk=int(chosen)))


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def match_criteria(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What the job asks for beside skills, and how much each thing counts."""
    if not is_matching_on():
        raise Http404
    job = job_or_404(request, pk)
    form = MatchCriteriaForm(request.POST or None, instance=criteria_of(job))
    if form.is_valid():
        set_criteria(job, by=request.user, **form.cleaned_data)
        notify(request, "Saved: the scores are counted anew.")
        return redirect("pipelines:match", job.pk)
    context = {"job": job, "form": form}
    status = 422 if form.is_bound else 200
    return fragment_or_page(request, "pipelines/match_criteria.html", context, status=status)
