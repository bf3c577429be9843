"""Interviews and hiring managers' answers on the pages of candidacies and jobs."""

from typing import Any

from django import template
from django.template.context import RequestContext

from crm.tenancy.roles import RECRUITERS
from pipelines.models import Candidacy, Job, JobWatch
from pipelines.services.reviews.blinding import hide_in_interviews

register = template.Library()


@register.inclusion_tag("pipelines/talks.html", takes_context=True)
def talks(context: RequestContext, card: Candidacy) -> dict[str, Any]:
    """`{% talks card %}`: somebody's interviews for a job, with the way to a new one."""
    request: Any = context["request"]
    may_recruit = request.membership.role in RECRUITERS
    with_whom = ("candidacy__job", "candidacy__stage", "candidacy__candidate")
    interviews = list(card.interviews.select_related(*with_whom).order_by("-pk"))
    if not may_recruit:
        hide_in_interviews(interviews)
    return {"card": card, "interviews": interviews, "may_recruit": may_recruit}


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
