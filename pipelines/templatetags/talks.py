"""Interviews and hiring managers' answers on the pages of candidacies and jobs."""

from typing import Any

from django import template
from django.template.context import RequestContext

from crm.tenancy.roles import RECRUITERS
from pipelines.models import Candidacy, Job, JobWatch

register = template.Library()


@register.inclusion_tag("pipelines/talks.html", takes_context=True)
def talks(context: RequestContext, card: Candidacy) -> dict[str, Any]:
    """`{% talks card %}`: somebody's interviews for a job, with the way to a new one."""
    request: Any = context["request"]
    return {
        "card": card,
        "interviews": card.interviews.select_related("candidacy__job").order_by("-pk"),
        "may_recruit": request.membership.role in RECRUITERS,
    }


@register.inclusion_tag("pipelines/job_talks.html", takes_context=True)
def job_talks(context: RequestContext, job: Job) -> dict[str, Any]:
    """`{% job_talks job %}`: the ways to the shortlist's answers, and to following the job."""
    request: Any = context["request"]
    return {
        "job": job,
        "may": context["may"],
        "request": request,
        "is_watched": JobWatch.objects.filter(job=job, user=request.user).exists(),
        "csrf_token": context.get("csrf_token"),
    }
