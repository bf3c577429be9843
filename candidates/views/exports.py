"""Files that people leave in: ask for one, watch it being written, fetch it, delete it."""

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from candidates.forms.filtering import asked_from
from candidates.forms.selection import BulkExportForm, selected_ids
from candidates.models import Export
from candidates.queries.search import Searcher
from candidates.services.bulk import freeze
from candidates.services.bulk_edits import people
from candidates.services.exporting import running
from candidates.tasks import write_export
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, RECRUITERS, roles_allowed
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, redirect_for, safe_next
from crm.web.toasts import notify

Kind, Format = Export.Kind, Export.Format


@require_GET
@roles_allowed(RECRUITERS)
def export_list(request: OrganizationRequest) -> HttpResponse:
    """One's own files; an admin sees everybody's."""
    page = running.page_of_exports(request.membership, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "is_busy": any(export.is_busy for export in page.rows)}
    return fragment_or_page(request, "candidates/exports.html#exports", context)


@require_POST
@roles_allowed(RECRUITERS)
def add_people(request: OrganizationRequest) -> HttpResponse:
    """The list as it is filtered, in the format that was chosen."""
    asked = asked_from(request.POST, searcher=Searcher(request.membership))
    chosen = request.POST.get("format", Format.CSV)
    export = running.request_export(
        Kind.PEOPLE,
        by=request.user,
        wanted=running.refuse_unreadable(asked.prepared()),
        format=Format(chosen) if chosen in Format.values else Format.CSV,
    )
    return _begin(request, export)


@require_POST
@roles_allowed(RECRUITERS)
def add_selected(request: OrganizationRequest) -> HttpResponse:
    """Exactly the selected people: first they are counted and frozen, then the format is chosen."""
    ids = selected_ids(request.POST, membership=request.membership)
    back = safe_next(request, reverse("candidates:list"))
    if "format" in request.POST:
        form = BulkExportForm(request.POST)
        if form.is_valid():
            chosen = Format(form.cleaned_data["format"])
            return _begin(
                request,
                running.request_export(Kind.PEOPLE, by=request.user, ids=ids, format=chosen),
            )
    else:
        form = BulkExportForm(initial={"frozen": freeze(ids, by=request.user), "next": back})
    context = {
        "form": form,
        "post_to": reverse("candidates:export_selected"),
        "title": f"Export {people(len(ids))}",
        "beware": "What somebody has downloaded cannot be called back, not even by erasing the people in it.",
        "back": back,
    }
    status = 422 if form.is_bound else 200
    return fragment_or_page(request, "candidates/bulk.html#dialog", context, status=status)


@require_POST
@roles_allowed(ADMINS)
def add_everything(request: OrganizationRequest) -> HttpResponse:
    return _begin(request, running.request_export(Kind.EVERYTHING, by=request.user))


def _begin(request: OrganizationRequest, export: Export) -> HttpResponse:
    ring(write_export, request.organization.pk, export.pk)
    return redirect_for(request, reverse("candidates:exports"))


@require_GET
@roles_allowed(RECRUITERS)
def download(request: OrganizationRequest, pk: int) -> HttpResponse | FileResponse:
    export = running.allowed(get_object_or_404(Export, pk=pk), request.membership)
    file = running.open_download(export, by=request.user)
    response = FileResponse(file, as_attachment=True, filename=export.file_name)
    response["Content-Type"] = running.content_type(export)
    return response


@require_POST
@roles_allowed(RECRUITERS)
def delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    export = running.allowed(get_object_or_404(Export, pk=pk), request.membership)
    running.withdraw(export, by=request.user)
    notify(request, "The file is deleted.")
    return redirect_for(request, reverse("candidates:exports"))
