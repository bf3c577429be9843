"""Adding a person, and editing what stands at the top of the record."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from candidates.forms.custom_fields import CustomFieldsForm
from candidates.forms.people import CandidateForm, NewCandidateForm
from candidates.models import Candidate
from candidates.queries import choices
from candidates.services.candidates import create_candidate, edit_candidate, source_named
from candidates.views.custom_fields import form_for, is_filled, keep_asking, set_values
from candidates.views.holding import held
from candidates.views.returning import follows_merges
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.responses import fragment_or_page, redirect_for
from crm.web.toasts import notify


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def add(request: OrganizationRequest) -> HttpResponse:
    form = NewCandidateForm(request.POST or None, by=request.user)
    custom = form_for(request, None)
    if form.is_valid() & is_filled(custom):
        doubts = [] if "anyway" in request.POST else form.doubts()
        if not doubts:
            candidate = create_candidate(by=request.user, **_fields(form))
            _set_custom(candidate, custom, request)
            notify(request, f"Added {candidate}.")
            return redirect_for(request, candidate)
        return _form_page(request, form, custom, doubts=doubts, status=422)
    return _form_page(request, form, custom, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
@follows_merges
def edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    people = Candidate.objects.select_related("source")
    candidate = get_object_or_404(held(request, people), pk=pk)
    form = CandidateForm(request.POST or None, instance=candidate)
    custom = form_for(request, candidate)
    doubts: list[tuple[Candidate | None, str]] = []
    if form.is_valid() & is_filled(custom):
        doubts = [] if "anyway" in request.POST else form.doubts()
    if form.is_bound and not form.errors and not doubts and is_filled(custom):
        # The form wrote into its instance; the service compares with what is in the database.
        edit_candidate(Candidate(pk=candidate.pk), by=request.user, **_fields(form))
        _set_custom(candidate, custom, request)
        notify(request, "Saved.")
        return redirect_for(request, candidate)
    candidate.refresh_from_db()
    status = 422 if form.is_bound else 200
    return _form_page(request, form, custom, candidate=candidate, doubts=doubts, status=status)


def _set_custom(
    candidate: Candidate, custom: CustomFieldsForm, request: OrganizationRequest
) -> None:
    if (custom.fields and any(custom.values().values())) or custom.has_changed():
        set_values(candidate, custom, request)


def _form_page(
    request: OrganizationRequest,
    form: CandidateForm,
    custom: CustomFieldsForm,
    *,
    status: int,
    **more: Any,
) -> HttpResponse:
    context = {
        "form": form,
        "custom": keep_asking(custom, request),
        "choices": choices("sources", "tags", "skills"),
        **more,
    }
    return fragment_or_page(request, "candidates/form.html#form", context, status=status)


def _fields(form: CandidateForm) -> dict[str, Any]:
    fields = form.data_for_service()
    return fields | {"source": source_named(fields["source"])}
