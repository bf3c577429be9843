"""The home page, the report, and the people behind its numbers."""

from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from analytics import home as today
from analytics import queries
from analytics.palette import targets
from candidates import panels
from candidates.models import Candidate
from candidates.queries import list_rows
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, READERS, Role, roles_allowed
from crm.web.ids import read_id
from crm.web.pagination import KeysetPage, capped_count, keyset_page
from crm.web.responses import fragment_or_page
from pipelines.models import Job, Stage
from pipelines.queries import count_by_kind, readable_jobs

PERIOD_LABELS = {"30": "30 days", "90": "90 days", "365": "1 year", "all": "All time"}


@roles_allowed(READERS)
def overview(request: OrganizationRequest) -> HttpResponse:
    """Funnels, sequences, pools and activity on one page; each number is a link."""
    period = queries.Period.of(request.GET.get("period", ""))
    closed_only = request.GET.get("closed") == "on"
    job_id = read_id(request.GET.get("job", ""))
    readable = readable_jobs(request.membership)
    context = {
        "period": period,
        "periods": PERIOD_LABELS.items(),
        "closed_only": closed_only,
        "job_id": job_id,
        "jobs": readable.order_by("title", "pk"),
        "funnels": queries.funnels(
            queries.jobs_of_funnels(readable, job_id), period, closed_only=closed_only
        ),
        "sequences": queries.sequence_rows(period),
        "pools": queries.pool_rows(),
        "activity": queries.activity(period),
    }
    return fragment_or_page(request, "analytics/overview.html#report", context)


@roles_allowed(READERS)
def people(request: OrganizationRequest) -> HttpResponse:
    """The list of exactly those people whom one number of the overview counts."""
    metric = request.GET.get("metric", "")
    period = queries.Period.of(request.GET.get("period", ""))
    subject = None
    if model := queries.SUBJECTS.get(metric):
        subject = get_object_or_404(model, pk=read_id(request.GET.get("id", "")))
        _refuse_unreadable(request, subject)
    elif metric not in queries.ACTIVITY:
        raise Http404
    behind = queries.people_behind(
        metric, subject, period, closed_only=request.GET.get("closed") == "on"
    )
    found = Candidate.objects.filter(pk__in=behind.ids)
    page = keyset_page(found.only("pk", "created_at"), cursor=request.GET.get("cursor", ""))
    rows = list_rows([row.pk for row in page.rows], viewer=request.user)
    context = {
        "title": behind.title,
        "period": period,
        "count": capped_count(found),
        "page": KeysetPage(rows, page.next_cursor, page.previous_cursor),
        "columns": panels.registry.columns,
        "cells": panels.render_cells(rows, request),
    }
    return fragment_or_page(request, "analytics/people.html#list", context)


def _refuse_unreadable(request: OrganizationRequest, subject: Model) -> None:
    """Numbers of a job are told to those who may open it."""
    readable = readable_jobs(request.membership)
    if isinstance(subject, Job):
        get_object_or_404(readable, pk=subject.pk)
    elif isinstance(subject, Stage):
        get_object_or_404(readable, pipeline=subject.pipeline_id)


@require_GET
@roles_allowed(MEMBERS)
def palette(request: OrganizationRequest) -> HttpResponse:
    """Where some words lead: options for the command palette, and a page of its own without JavaScript."""
    q = request.GET.get("q", "").replace("\0", "")
    context = {"q": q, "targets": targets(q, request.membership)}
    return fragment_or_page(request, "analytics/palette.html#options", context)


@roles_allowed(MEMBERS)
def home(request: OrganizationRequest) -> HttpResponse:
    """What is to be done today; for a hiring manager, their jobs."""
    if request.membership.role == Role.HIRING_MANAGER:
        jobs = list(readable_jobs(request.membership).order_by("-created_at", "-id"))
        numbers = count_by_kind(jobs, request.membership)
        rows = [(job, sum(numbers[job.pk].values())) for job in jobs]
        return render(request, "analytics/manager_home.html", {"rows": rows})
    return render(request, "analytics/home.html", today.for_member(request.user))
