"""The people on a sequence: where they are, why they wait, and stopping, pausing or resuming one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from campaigns.models import Enrollment, Sequence
from campaigns.queries import count_sequences, enrollments_of, latest_mails
from campaigns.services import enrolling
from campaigns.tasks import ring
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, RECRUITERS, roles_allowed
from crm.web.pagination import capped_count, keyset_page
from crm.web.responses import safe_next

STATES = [
    ("", "Everyone"),
    ("active", "On their way"),
    ("paused", "Paused"),
    ("missing_data", "Needs data"),
    ("replied", "Replied"),
    ("finished", "Finished"),
    ("stopped", "Stopped"),
]


@require_GET
@roles_allowed(READERS)
def people(request: OrganizationRequest, pk: int) -> HttpResponse:
    sequence = get_object_or_404(Sequence.objects.select_related("sender"), pk=pk)
    state = request.GET.get("state", "")
    found = enrollments_of(sequence, state=state)
    order = ("-enrolled_at", "-id")
    page = keyset_page(found, order=order, cursor=request.GET.get("cursor", ""))
    mails = latest_mails(page.rows)
    context = {
        "sequence": sequence,
        "page": page,
        "rows": [(enrollment, mails.get(enrollment.pk)) for enrollment in page.rows],
        "count": capped_count(found),
        "numbers": count_sequences([sequence])[pk],
        "state": state,
        "states": STATES,
    }
    return render(request, "campaigns/people.html", context)


def _back(request: OrganizationRequest, enrollment: Enrollment) -> HttpResponse:
    return redirect(safe_next(request, f"{enrollment.sequence.get_absolute_url()}people/"))


def _enrollment(pk: int) -> Enrollment:
    found: Enrollment = get_object_or_404(
        Enrollment.objects.select_related("candidate", "sequence"), pk=pk
    )
    return found


@require_POST
@roles_allowed(RECRUITERS)
def stop_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    enrollment = _enrollment(pk)
    enrolling.stop(enrollment, Enrollment.StopReason.MANUAL, by=request.user)
    messages.success(request, f"{enrollment.candidate} gets nothing more from this sequence.")
    return _back(request, enrollment)


@require_POST
@roles_allowed(RECRUITERS)
def pause_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    enrollment = _enrollment(pk)
    enrolling.pause(enrollment, by=request.user)
    messages.success(request, f"{enrollment.candidate} is paused.")
    return _back(request, enrollment)


@require_POST
@roles_allowed(RECRUITERS)
def resume_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    enrollment = _enrollment(pk)
    enrolling.resume(enrollment, by=request.user)
    ring(request.organization.pk)
    messages.success(request, f"{enrollment.candidate} goes on.")
    return _back(request, enrollment)
