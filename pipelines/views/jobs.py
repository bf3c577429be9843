"""The list of jobs, and the forms that make and change one."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, RECRUITERS, roles_allowed
from crm.web.pagination import keyset_page
from crm.web.responses import fragment_or_page
from crm.web.toasts import notify
from pipelines.forms import JobForm, NewJobForm
from pipelines.models import Job, Stage
from pipelines.queries import count_by_kind, readable_jobs
from pipelines.services import jobs as services

ALL = "all"


@roles_allowed(MEMBERS)
def jobs(request: OrganizationRequest) -> HttpResponse:
    """Jobs of one status, newest first, with the number of people by kind of stage."""
    readable = readable_jobs(request.membership)
    status = request.GET.get("status", Job.Status.OPEN)
    chosen = readable if status == ALL else readable.filter(status=status)
    page = keyset_page(chosen.select_related("owner"), cursor=request.GET.get("cursor", ""))
    numbers = dict(readable.order_by().values_list("status").annotate(Count("pk")))
    by_kind = count_by_kind(page.rows)
    context = {
        "page": page,
        "status": status,
        "count": sum(numbers.values()) if status == ALL else numbers.get(status, 0),
        "tabs": [
            *((value, label, numbers.get(value, 0)) for value, label in Job.Status.choices),
            (ALL, "All", sum(numbers.values())),
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
    form = NewJobForm(request.POST or None, initial={"owner": request.user})
    if request.method == "POST" and form.is_valid():
        job = services.create_job(by=request.user, **form.cleaned_data)
        notify(request, f"{job.title} is there. Add people to it.")
        return redirect(job)
    status = 422 if form.errors else 200
    return render(request, "pipelines/job_form.html", {"form": form}, status=status)


@roles_allowed(RECRUITERS)
def edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=pk)
    form = JobForm(request.POST or None, instance=job)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        services.set_managers(job, fields.pop("managers"), by=request.user)
        services.edit_job(job, by=request.user, **fields)
        notify(request, "Saved.")
        return redirect(job)
    status = 422 if form.errors else 200
    return render(request, "pipelines/job_form.html", {"form": form, "job": job}, status=status)
