"""The list of jobs, and the forms that make and change one."""

from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from candidates.forms.custom_fields import CustomFieldsForm
from candidates.models import CustomField
from candidates.queries.narrowing import narrowed
from candidates.services.custom_fields import set_values
from candidates.services.provenance import by_hand
from candidates.views.custom_fields import (
    file_answer,
    form_for,
    is_filled,
    keep_asking,
    value_with_file,
)
from crm.accounts.models import User
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, READERS, RECRUITERS, Role, roles_allowed
from crm.web.pagination import keyset_page
from crm.web.responses import fragment_or_page
from crm.web.toasts import notify
from pipelines.forms import JobForm, NewJobForm, TeamForm
from pipelines.models import Candidacy, Job, JobCustomValue, Stage
from pipelines.queries import count_by_kind, readable_jobs
from pipelines.services import jobs as services
from pipelines.services.interviews.ending import what_ends
from pipelines.views.access import held, job_or_404

ALL = "all"


@roles_allowed(MEMBERS)
def jobs(request: OrganizationRequest) -> HttpResponse:
    """Jobs of one status, newest first, with the number of people by kind of stage."""
    readable = readable_jobs(request.membership)
    status = request.GET.get("status", Job.Status.OPEN)
    chosen = readable if status == ALL else readable.filter(status=status)
    q = request.GET.get("q", "").strip()[:200]
    chosen, problem = narrowed(
        chosen,
        q,
        subject=CustomField.Subject.JOB,
        role=Role(request.membership.role),
        columns=("title", "code", "place"),
    )
    page = keyset_page(chosen.select_related("owner"), cursor=request.GET.get("cursor", ""))
    numbers = dict(readable.order_by().values_list("status").annotate(Count("pk")))
    numbers[ALL] = sum(numbers.values())
    by_kind = count_by_kind(page.rows, request.membership)
    context = {
        "page": page,
        "status": status,
        "q": q,
        "problem": problem,
        "count": chosen.count() if q else numbers.get(status, 0),
        "tabs": [
            *((value, label, numbers.get(value, 0)) for value, label in Job.Status.choices),
            (ALL, "All", numbers[ALL]),
        ],
        "kinds": Stage.Kind.labels,
        "rows": [
            (job, [(label, by_kind[job.pk].get(kind, 0)) for kind, label in Stage.Kind.choices])
            for job in page.rows
        ],
    }
    return fragment_or_page(request, "pipelines/jobs.html#list", context)


@roles_allowed(RECRUITERS)
def add(request: OrganizationRequest) -> HttpResponse:
    form = NewJobForm(
        request.POST or None, membership=request.membership, initial={"owner": request.user}
    )
    custom = form_for(request, None, subject=CustomField.Subject.JOB)
    if request.method == "POST" and form.is_valid() & is_filled(custom):
        with transaction.atomic():
            job = services.create_job(by=request.user, **form.cleaned_data)
            _set_custom(job, custom, by=request.user)
        notify(request, f"{job.title} is there. Here is who might fit.")
        return redirect("pipelines:shortlist", job.pk)
    return _form_page(request, form, custom)


@roles_allowed(RECRUITERS)
def edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    job = held(request, job_or_404(request, pk))
    form = JobForm(request.POST or None, instance=job, membership=request.membership)
    custom = form_for(request, job, subject=CustomField.Subject.JOB)
    if request.method == "POST" and form.is_valid() & is_filled(custom):
        with transaction.atomic():
            _save(job, dict(form.cleaned_data), by=request.user)
            _set_custom(job, custom, by=request.user)
        notify(request, "Saved.")
        return redirect(job)
    ends = what_ends(Candidacy.objects.filter(job=job))
    return _form_page(request, form, custom, job=job, ends=ends)


def _form_page(
    request: OrganizationRequest, form: JobForm, custom: CustomFieldsForm, **more: Any
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "custom": keep_asking(custom, request), **more}
    return render(request, "pipelines/job_form.html", context, status=status)


def _save(job: Job, fields: dict[str, Any], *, by: User) -> None:
    services.set_managers(job, fields.pop("managers"), by=by)
    services.set_skills(job, must=fields.pop("must"), nice=fields.pop("nice"), by=by)
    services.set_pools(job, fields.pop("pools"), by=by)
    services.edit_job(job, by=by, **fields)


def _set_custom(job: Job, custom: CustomFieldsForm, *, by: User) -> None:
    if custom.fields:
        set_values(job, custom.values(), provenance=by_hand(by), by=by)


@require_GET
@roles_allowed(READERS)
def custom_file(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The file that a value of a job names."""
    readable = readable_jobs(request.membership)
    return file_answer(request, value_with_file(JobCustomValue, pk, job__in=readable))


@roles_allowed(RECRUITERS)
def team(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Who works on the job, and as what; a POST puts somebody in."""
    job = job_or_404(request, pk)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = services.join_team(job, by=request.user, **form.cleaned_data)
        notify(request, f"{row.user} is in the team as {row.get_role_display().lower()}.")
        return redirect("pipelines:team", job.pk)
    members = job.members.select_related("user").order_by("user__name", "user__email")
    context = {"job": job, "form": form, "members": members}
    status = 422 if form.errors else 200
    return render(request, "pipelines/team.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def leave(request: OrganizationRequest, pk: int, member_pk: int) -> HttpResponse:
    """Take somebody out of the job's team."""
    job = job_or_404(request, pk)
    row = get_object_or_404(job.members.select_related("job", "user"), pk=member_pk)
    services.leave_team(row, by=request.user)
    notify(request, f"{row.user} left the team.")
    return redirect("pipelines:team", job.pk)
