"""Hiring managers' answers in the app, and what recruiters do around them: links, uncovering."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from crm.audit.services import record
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, RECRUITERS, roles_allowed
from crm.web.responses import fragment_or_page, fragment_or_redirect, safe_next
from crm.web.toasts import notify
from pipelines.forms.reviews import AnswerForm, LinkForm
from pipelines.models import ReviewLink
from pipelines.queries import readable_candidacies, readable_jobs
from pipelines.services.reviews import answering, blinding, linking


@require_GET
@roles_allowed(MEMBERS)
def review(request: OrganizationRequest, job_pk: int) -> HttpResponse:
    """The shortlist of a job, one sheet a person, three buttons each."""
    job = get_object_or_404(readable_jobs(request.membership), pk=job_pk)
    people = list(answering.shortlist(job)[: answering.MOST_SHEETS])
    sheets = blinding.sheets_of(people, email=request.user.email)
    seen = [sheet.candidacy.candidate_id for sheet in sheets if not sheet.is_blind]
    record("review.viewed", job, by=request.user, candidates=seen, count=len(sheets))
    links = ReviewLink.objects.filter(job=job, revoked_at=None).order_by("-pk")
    may_link = request.membership.role in RECRUITERS
    context = {
        "job": job,
        "sheets": sheets,
        "answered": sum(sheet.review is not None for sheet in sheets),
        "total": len(sheets),
        "links": [link for link in links if link.is_open] if may_link else [],
        "link_form": LinkForm() if may_link else None,
    }
    return fragment_or_page(request, "reviews/review.html", context)


@require_POST
@roles_allowed(MEMBERS)
def answer(request: OrganizationRequest, pk: int) -> HttpResponse:
    """One press: yes, maybe or no. Answers with the sheet as it is now."""
    candidacy = get_object_or_404(
        readable_candidacies(request.membership).select_related("job"), pk=pk
    )
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise answering.AnswerUnclear(form.problem)
    answering.answer(candidacy, email=request.user.email, by=request.user, **form.answer)
    to = reverse("reviews:page", args=[candidacy.job_id]) + f"#sheet-{pk}"
    (sheet,) = blinding.sheets_of(
        [answering.shortlist(candidacy.job).get(pk=pk)], email=request.user.email
    )
    answered, total = answering.progress(candidacy.job, email=request.user.email)
    context = {"sheet": sheet, "answered": answered, "total": total, "is_part": True}
    return fragment_or_redirect(request, "reviews/review.html#sheet", context, to=to)


@require_POST
@roles_allowed(RECRUITERS)
def make_link(request: OrganizationRequest, job_pk: int) -> HttpResponse:
    """Ask somebody without an account."""
    job = get_object_or_404(readable_jobs(request.membership), pk=job_pk)
    form = LinkForm(request.POST)
    if not form.is_valid():
        context = {"job": job, "form": form}
        return render(request, "reviews/link_form.html", context, status=422)
    linking.make_link(job, by=request.user, **form.cleaned_data)
    told = f"The link is on its way to {form.cleaned_data['email']}."
    if not answering.shortlist(job).exists():
        told += " Nobody is shortlisted yet: share people, or the page stays empty."
    notify(request, told)
    return redirect("reviews:page", job.pk)


@require_POST
@roles_allowed(RECRUITERS)
def revoke_link(request: OrganizationRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(
        ReviewLink.objects.filter(job__in=readable_jobs(request.membership)), pk=pk
    )
    linking.revoke_link(link, by=request.user)
    notify(request, "The link opens nothing any more.")
    return redirect("reviews:page", link.job_id)


@require_POST
@roles_allowed(RECRUITERS)
def unblind(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Let reviewers see who it is; this is logged."""
    candidacy = get_object_or_404(
        readable_candidacies(request.membership).select_related("stage"), pk=pk
    )
    blinding.unblind(candidacy, by=request.user)
    notify(request, "Reviewers now see who it is. This was logged.")
    return redirect(safe_next(request, reverse("reviews:page", args=[candidacy.job_id])))
