"""Putting people on a job: from the job, from a pool, from a list, from a record."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates.forms.selection import BulkForm, selected_ids
from candidates.models import Candidate, TalentPool
from candidates.services.bulk import SMALL, freeze, start
from candidates.tasks import work_on_bulk_act
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, redirect_for, safe_next
from crm.web.toasts import notify
from pipelines.forms import BulkJobForm, JobChoiceForm, PoolChoiceForm
from pipelines.models import Candidacy, Job
from pipelines.queries import people_for
from pipelines.services import candidacies
from pipelines.services.many_people import put_few_on_job, title_of
from pipelines.services.matching import is_matching_on
from pipelines.views.access import job_or_404

Origin = Candidacy.Origin


@roles_allowed(EDITORS)
def people(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Search and tick people to put on the job, or take a whole pool."""
    job = job_or_404(request, pk)
    if request.method == "POST":
        back = safe_next(request, job.get_absolute_url())
        if "pool" in request.POST:
            return _ask_for_pool(request, job, _chosen_pool(request), back=back)
        chosen = selected_ids(request.POST, membership=request.membership)
        return _put(request, job, chosen, back=back)
    q = request.GET.get("q", "").strip()
    context = {
        "job": job,
        "q": q,
        "page": people_for(job, q, viewer=request.user, cursor=request.GET.get("cursor", "")),
        "pool_form": PoolChoiceForm(),
        "is_matching": is_matching_on(),
    }
    return fragment_or_page(request, "pipelines/people.html#list", context)


@require_POST
@roles_allowed(EDITORS)
def consider_selected(request: OrganizationRequest) -> HttpResponse:
    """Put the people selected in a list on a job: first the selection arrives, then the job."""
    chosen = selected_ids(request.POST, membership=request.membership)
    if "job" in request.POST:
        job, origin = _chosen_job(request)
        back = safe_next(request, job.get_absolute_url())
        return _put(request, job, chosen, back=back, origin=origin)
    back = safe_next(request, reverse("candidates:list"))
    context = {
        "form": BulkJobForm(
            membership=request.membership,
            initial={"frozen": freeze(chosen, by=request.user), "next": back},
        ),
        "post_to": reverse("pipelines:consider_selected"),
        "title": f"Put {_people(len(chosen))} on a job",
        "back": back,
    }
    return fragment_or_page(request, "candidates/bulk.html#dialog", context)


@require_POST
@roles_allowed(EDITORS)
def consider(request: OrganizationRequest, candidate_pk: int) -> HttpResponse:
    """Put one person on a job, from the person's record."""
    person = get_object_or_404(Candidate, pk=candidate_pk)
    job, origin = _chosen_job(request)
    added, undo = put_few_on_job(job, [person.pk], by=request.user, origin=origin)
    notify(request, f"{person} is {'now' if added else 'already'} on {job}.", undo=undo)
    return redirect(safe_next(request, person.get_absolute_url()))


@require_POST
@roles_allowed(EDITORS)
def consider_pool(request: OrganizationRequest, pool_pk: int) -> HttpResponse:
    """Put everybody in a pool on a job, from the pool's page: count and freeze them, and ask."""
    pool = get_object_or_404(TalentPool, pk=pool_pk)
    job, _ = _chosen_job(request)
    back = safe_next(request, pool.get_absolute_url())
    return _ask_for_pool(request, job, pool, back=back)


def _ask_for_pool(
    request: OrganizationRequest, job: Job, pool: TalentPool, *, back: str
) -> HttpResponse:
    """Who is in the pool now, counted and frozen; what is confirmed goes to the page of the job's people."""
    members = list(pool.memberships.order_by("pk").values_list("candidate_id", flat=True))
    if not members:
        raise candidacies.NobodyInPool(pool)
    context = {
        "form": BulkForm(initial={"frozen": freeze(members, by=request.user), "next": back}),
        "post_to": reverse("pipelines:people", args=[job.pk]),
        "title": f"Put {_people(len(members))} on the job",
        "beware": f"Everybody who is in the pool “{pool}” now, on the job “{job}”. Who is on it already stays there.",
        "back": back,
    }
    return fragment_or_page(request, "candidates/bulk.html#dialog", context)


def _put(
    request: OrganizationRequest,
    job: Job,
    ids: list[int],
    *,
    back: str,
    origin: Origin = Origin.SOURCED,
) -> HttpResponse:
    """Put these people on the job, many of them in the background, and go there or `back`."""
    if len(ids) > SMALL:
        act = start(
            "job",
            ids,
            by=request.user,
            chosen={"job": job.pk, "origin": origin},
            title=title_of(job),
        )
        ring(work_on_bulk_act, request.organization.pk, act.pk)
        return redirect_for(request, act)
    added, undo = put_few_on_job(job, ids, by=request.user, origin=origin)
    notify(request, _told(added, len(ids), job), undo=undo)
    return redirect_for(request, back)


def _chosen_pool(request: OrganizationRequest) -> TalentPool:
    form = PoolChoiceForm(request.POST)
    if not form.is_valid():
        raise candidacies.NoPoolChosen
    pool: TalentPool = form.cleaned_data["pool"]
    return pool


def _chosen_job(request: OrganizationRequest) -> tuple[Job, Origin]:
    form = JobChoiceForm(request.POST, membership=request.membership)
    if not form.is_valid():
        raise candidacies.NoJobChosen
    return form.cleaned_data["job"], form.cleaned_data["origin"]


def _told(added: int, chosen: int, job: Job) -> str:
    there = f" {chosen - added:,} were on it already." if chosen > added else ""
    return f"Added {_people(added)} to {job}.{there}"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
