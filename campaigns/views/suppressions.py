"""Settings: whom no mail goes to, why, and taking that back where it may be."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from campaigns.forms import AddressForm, LiftForm
from campaigns.services import lifting as services
from candidates.models import Candidate
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, roles_allowed
from crm.web.ids import read_id


@require_GET
@roles_allowed(ADMINS)
def kept_back(request: OrganizationRequest) -> HttpResponse:
    """How many there are for each reason; `?candidate=` shows those of a person."""
    chosen = request.GET.get("candidate", "")
    subject = services.Subject(_candidate(chosen)) if chosen else None
    return _page(request, subject, AddressForm())


@require_POST
@roles_allowed(ADMINS)
def look_up(request: OrganizationRequest) -> HttpResponse:
    """By an address, which stands in no URL: who has it, or what is kept of it alone."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, None, form, status=422)
    subject = services.subject_of(form.cleaned_data["address"])
    if subject.candidate:
        return redirect(_address_of(subject.candidate))
    return _page(request, subject, form)


@require_POST
@roles_allowed(ADMINS)
def lift(request: OrganizationRequest) -> HttpResponse:
    form = LiftForm(request.POST)
    chosen = request.POST.get("candidate", "")
    if chosen:
        subject = services.Subject(_candidate(chosen))
    else:
        subject = services.subject_of(request.POST.get("address", ""))
    if not form.is_valid():
        return _page(request, subject, AddressForm(), lifting=form, status=422)
    services.lift_suppression(subject, **form.details(), by=request.user)
    messages.success(
        request,
        f"{subject.candidate or subject.address} may be written to again. What was stopped does not start by itself.",
    )
    return redirect(_address_of(subject.candidate) if subject.candidate else "senders:kept_back")


def _candidate(chosen: str) -> Candidate:
    return get_object_or_404(Candidate, pk=read_id(chosen))


def _address_of(candidate: Candidate) -> str:
    return f"{reverse('senders:kept_back')}?candidate={candidate.pk}"


def _page(
    request: OrganizationRequest,
    subject: services.Subject | None,
    form: AddressForm,
    *,
    lifting: LiftForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "subject": subject,
        "form": form,
        "kept": [
            (one, lifting if lifting and lifting.data.get("reason") == one.reason else LiftForm())
            for one in (services.kept_back(subject) if subject else [])
        ],
        "counts": services.count_kept_back(),
    }
    return render(request, "campaigns/kept_back.html", context, status=status)
