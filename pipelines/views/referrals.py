"""Referrals: the addresses of the form and what came through them; and the form itself, for anybody who has one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.accounts.throttling import Limit, TooManyTries, count_public
from crm.tenancy import public_links
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, RECRUITERS, roles_allowed
from crm.tenancy.scope import acting_in
from crm.web.pagination import keyset_page
from crm.web.public import public_page
from crm.web.responses import fragment_or_page
from crm.web.toasts import notify
from pipelines.forms.referrals import ReferralForm, ReferralLinkForm
from pipelines.models import Job, Referral, ReferralLink
from pipelines.queries import open_jobs
from pipelines.services import referring
from pipelines.views.public_interviews import gone

# Referrals of one network: a whole office may share one.
REFERRALS = Limit(20, 300)


@require_http_methods(["GET", "POST"])
@roles_allowed(READERS)
def referrals(request: OrganizationRequest) -> HttpResponse:
    """Who was referred, by whom; recruiters also open addresses of the form."""
    may_open = request.membership.role in RECRUITERS
    # Colleagues without a seat read the form: it would tell them of the job.
    jobs = open_jobs(request.membership).filter(is_confidential=False)
    form = ReferralLinkForm(request.POST or None, jobs=jobs) if may_open else None
    if form and form.is_valid():
        referring.open_link(by=request.user, **form.cleaned_data)
        notify(request, "The form is open. Put its address where colleagues look.")
        return redirect("referrals:list")
    found = Referral.objects.filter(candidate__isnull=False).select_related("candidate", "job")
    links = ReferralLink.objects.filter(closed_at=None).select_related("job")
    context = {
        "page": keyset_page(found, cursor=request.GET.get("cursor", "")),
        "links": [(link, referring.form_url(link)) for link in links] if may_open else [],
        "form": form,
    }
    status = 422 if form and form.errors else 200
    return fragment_or_page(request, "referrals/list.html#list", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def close_link(request: OrganizationRequest, pk: int) -> HttpResponse:
    referring.close_link(get_object_or_404(ReferralLink, pk=pk), by=request.user)
    notify(request, "Its address shows nothing any more.")
    return redirect("referrals:list")


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def refer(request: HttpRequest, token: str) -> HttpResponse:
    """The form. Its answer is the same for everybody whom it names."""
    signed = public_links.read_signed(referring.FORM, token)
    if signed is None:
        return gone(request)
    with acting_in(signed.organization):
        link = (
            ReferralLink.objects.select_related("job")
            .filter(pk=signed.object_id, version=signed.version, closed_at=None)
            .first()
        )
        if link is None or (link.job and (link.job.is_closed or link.job.is_confidential)):
            return gone(request)
        return _form(request, link)


def _form(request: HttpRequest, link: ReferralLink) -> HttpResponse:
    jobs = Job.objects.filter(status=Job.Status.OPEN, is_confidential=False).order_by("title")
    form = ReferralForm(request.POST or None, jobs=jobs, link=link)
    context: dict[str, Any] = {"form": form, "referral_link": link, "sender": link.organization}
    status = 200
    if form.is_valid():
        try:
            count_public(request, "referral", REFERRALS)
        except TooManyTries:
            form.add_error(None, "Many people were referred from your network. Wait a few minutes.")
            return render(request, "public/refer.html", context, status=429)
        if not form.is_by_a_machine:
            _refer(form, link)
        context["is_done"] = True
    elif form.is_bound:
        status = 422
    return render(request, "public/refer.html", context, status=status)


def _refer(form: ReferralForm, link: ReferralLink) -> Referral:
    cleaned = form.cleaned_data
    return referring.refer(
        link,
        form.referred,
        job=cleaned.get("job"),
        referrer_name=cleaned["referrer_name"].strip(),
        referrer_email=cleaned["referrer_email"],
        relation=cleaned["relation"],
        note=cleaned["note"],
    )


@public_page
@require_GET
def status(request: HttpRequest, token: str) -> HttpResponse:
    """How far a referral is, for whoever made it."""
    signed = public_links.read_signed(referring.STATUS, token)
    if signed is None:
        return gone(request)
    with acting_in(signed.organization):
        referral = Referral.objects.select_related("job").filter(pk=signed.object_id).first()
        if referral is None:
            return gone(request)
        context = {
            "referral": referral,
            "words": referring.status_of(referral),
            "sender": signed.organization,
        }
        return render(request, "public/referral_status.html", context)
