"""Importing people: drop a file, look at its columns, check, start, see what became of each row."""

from typing import Any

from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates.forms.importing import ChoicesForm, MappingForm, ReadingForm, UploadForm
from candidates.models import Import
from candidates.queries import choices
from candidates.queries.notices import untold_of
from candidates.services.changes.undoing import may_undo
from candidates.services.custom_fields.definitions import FieldRefused
from candidates.services.importing import reporting, running, uploading
from candidates.services.importing.custom import importable_fields, unfilled_required
from candidates.services.importing.formats.records import UnreadableFile
from candidates.tasks import work_on_import
from crm.audit.services import record
from crm.tenancy.queries import members
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, EDITORS, RECRUITERS, Role, roles_allowed
from crm.web.csv_export import csv_download
from crm.web.errors import DomainError
from crm.web.pagination import capped_count
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, redirect_for
from crm.web.toasts import notify

State = Import.State
# So many bytes are read, and so many rows are checked, while the browser waits.
READ_AT_ONCE = 1024 * 1024
READ_SECONDS = 5
CHECK_AT_ONCE = 2000


@require_GET
@roles_allowed(EDITORS)
def import_list(request: OrganizationRequest) -> HttpResponse:
    return _list(request, UploadForm())


def _list(request: OrganizationRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    unfinished = reporting.unfinished_imports()
    context = {
        "form": form,
        "unfinished": unfinished,
        "page": reporting.page_of_imports(besides=unfinished, cursor=request.GET.get("cursor", "")),
    }
    return fragment_or_page(request, "candidates/imports/list.html", context, status=status)


@require_POST
@roles_allowed(EDITORS)
def add(request: OrganizationRequest) -> HttpResponse:
    """Read the file; what cannot be read is said beside the field."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            import_file = uploading.store_upload(
                file, size=file.size, name=file.name, by=request.user
            )
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            _have_read(request, import_file)
            return redirect_for(request, import_file)
    return _list(request, form, status=422)


def _have_read(request: OrganizationRequest, import_file: Import) -> None:
    """Have the rows stored: a small file at once, a large one, or one that unpacks to much, in the background."""
    is_small = import_file.file.size <= READ_AT_ONCE
    is_read = is_small and running.work_on(
        request.organization, import_file.pk, seconds=READ_SECONDS
    )
    if not is_read:
        ring(work_on_import, request.organization.pk, import_file.pk)


@require_GET
@roles_allowed(EDITORS)
def detail(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The import where it is now: columns, progress, preview or result."""
    import_file = _import(pk)
    if import_file.state == State.DRAFT or import_file.is_unreadable:
        return _columns_page(request, import_file)
    if import_file.is_busy:
        return _progress_page(request, import_file)
    if request.GET.get("from") == "progress":
        # The progress page asked on, and it is done: the whole page is another one now.
        if import_file.state == State.DONE:
            notify(request, f"“{import_file.file_name}” is imported.")
        return redirect_for(request, import_file)
    return _report_page(request, import_file)


def _import(pk: int) -> Import:
    imports = Import.objects.select_related(
        "source", "owner", "pool", "tag", "created_by", "change_set"
    )
    return get_object_or_404(imports, pk=pk)


def _progress_page(request: OrganizationRequest, import_file: Import) -> HttpResponse:
    counts = import_file.counts if import_file.state == State.RUNNING else {}
    context = {
        "import_file": import_file,
        "counts": counts,
        "stands_still": running.stands_still(import_file),
    }
    return fragment_or_page(request, "candidates/imports/progress.html#progress", context)


def _to_tell(import_file: Import) -> dict[str, Any]:
    """How many of the new people are still to be told where their data came from, and by when."""
    if import_file.state != State.DONE:
        return {}
    waiting = untold_of(import_file)
    days = waiting.order_by("due_on", "pk").values_list("due_on", flat=True)
    return {"to_tell": capped_count(waiting), "tell_by": days.first()}


def _report_page(request: OrganizationRequest, import_file: Import) -> HttpResponse:
    groups = reporting.groups_of(import_file)
    first = next((group.key for group in groups if group.number), groups[0].key)
    keys = {group.key for group in groups}
    shown = request.GET.get("show", "")
    group = shown if shown in keys else first
    reader = running.row_reader(import_file, request.organization)
    report = reporting.page_of_rows(
        import_file, reader, group=group, cursor=request.GET.get("cursor", "")
    )
    numbers = {group.key: group.number for group in groups}
    people = numbers["create"] + numbers["update"]
    context = {
        "import_file": import_file,
        "will_change": people or (numbers["duplicate"] and (import_file.pool or import_file.tag)),
        "people": people,
        "groups": groups,
        "group": next(found for found in groups if found.key == group),
        "report": report,
        "page": report.page,
        "failed": _may_take_rows(request, import_file) and reporting.has_failed_rows(import_file),
        "may_undo": _may_undo(request, import_file),
        "lacking": unfilled_required(import_file) if import_file.state == State.CHECKED else [],
        **_to_tell(import_file),
    }
    return fragment_or_page(request, "candidates/imports/report.html#rows", context)


@require_POST
@roles_allowed(EDITORS)
def reading(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Read the file in another way; what cannot be read so is said, and nothing is changed."""
    import_file = _import(pk)
    form = ReadingForm(request.POST, import_file=import_file)
    if form.is_valid():
        try:
            import_file = uploading.read_again(import_file, form.reading, by=request.user)
        except UnreadableFile as refusal:
            form.add_error(None, str(refusal))
        else:
            _have_read(request, import_file)
            return redirect_for(request, import_file)
    return _columns_page(request, import_file, reading_form=form, part="reading", status=422)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def columns(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What the columns hold; saving it starts the check."""
    import_file = _import(pk)
    if request.method == "GET":
        return _columns_page(request, import_file)
    mapping_form = _mapping_form(request, import_file, request.POST)
    choices_form = ChoicesForm(request.POST, import_file=import_file)
    if not (
        mapping_form.is_valid() & choices_form.is_valid()
        and _chosen(request, import_file, mapping_form, choices_form)
    ):
        return _columns_page(request, import_file, mapping_form, choices_form, status=422)
    if import_file.row_count <= CHECK_AT_ONCE:
        running.work_on(request.organization, pk)
    else:
        ring(work_on_import, request.organization.pk, pk)
    return redirect_for(request, import_file)


def _chosen(
    request: OrganizationRequest,
    import_file: Import,
    mapping_form: MappingForm,
    choices_form: ChoicesForm,
) -> bool:
    """Keep what was chosen; False, with the reason on the form, where a new field cannot be made."""
    try:
        uploading.choose(
            import_file,
            mapping=mapping_form.mapping,
            policies=mapping_form.policies,
            by=request.user,
            **choices_form.cleaned_data,
        )
    except FieldRefused as refusal:
        mapping_form.add_error(None, str(refusal))
        return False
    return True


def _columns_page(
    request: OrganizationRequest,
    import_file: Import,
    mapping_form: MappingForm | None = None,
    choices_form: ChoicesForm | None = None,
    *,
    reading_form: ReadingForm | None = None,
    part: str = "form",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "import_file": import_file,
        "reading_form": reading_form or ReadingForm(import_file=import_file),
        "preview": reporting.preview_of(import_file),
        "mapping_form": mapping_form or _mapping_form(request, import_file),
        "choices_form": choices_form or ChoicesForm(import_file=import_file),
        "earlier": uploading.same_file_before(import_file),
        "choices": choices("sources", "tags"),
        "makers": _makers(request),
    }
    template = f"candidates/imports/columns.html#{part}"
    return fragment_or_page(request, template, context, status=status)


def _makers(request: OrganizationRequest) -> str:
    """Who makes new fields, for a member who does not: "Ada Adams or Bo Ek"."""
    if Role(request.membership.role) in ADMINS:
        return ""
    makers = members(request.organization).filter(role__in=ADMINS)[:3]
    return " or ".join(str(maker.user) for maker in makers) or "an owner or admin"


def _mapping_form(
    request: OrganizationRequest, import_file: Import, data: QueryDict | None = None
) -> MappingForm:
    role = Role(request.membership.role)
    return MappingForm(
        data,
        columns=reporting.column_samples(import_file),
        mapping=uploading.mapping_of(import_file),
        policies=import_file.policies,
        own=importable_fields(role=role),
        makes=role in ADMINS,
    )


@require_POST
@roles_allowed(EDITORS)
def start(request: OrganizationRequest, pk: int) -> HttpResponse:
    import_file = uploading.start(_import(pk), by=request.user)
    ring(work_on_import, request.organization.pk, pk)
    return redirect_for(request, import_file)


@require_POST
@roles_allowed(EDITORS)
def discard(request: OrganizationRequest, pk: int) -> HttpResponse:
    import_file = _import(pk)
    stays = uploading.discard(import_file, by=request.user)
    told = f"“{import_file.file_name}” is thrown away. Nobody was imported from it."
    if stays:
        told += f" What was made for it and is used elsewhere stays: {', '.join(stays)}."
    notify(request, told)
    return redirect("candidates:imports")


def _may_take_rows(request: OrganizationRequest, import_file: Import) -> bool:
    """Sourcers take no lists of people out, but what they brought themselves."""
    return import_file.created_by_id == request.user.pk or request.membership.role in RECRUITERS


def _may_undo(request: OrganizationRequest, import_file: Import) -> bool:
    change_set = import_file.change_set
    return (
        change_set is not None
        and change_set.is_undoable
        and may_undo(change_set, by=request.user, role=request.membership.role)
    )


@require_GET
@roles_allowed(EDITORS)
def failed_rows(request: OrganizationRequest, pk: int) -> FileResponse:
    """The failed rows as a file to repair."""
    import_file = _import(pk)
    if not _may_take_rows(request, import_file):
        raise DomainError(
            "Failed rows are taken out by who imported the file, or by a recruiter. Ask one of them."
        )
    record("import.failed_rows_downloaded", import_file, by=request.user)
    stem = import_file.file_name.rpartition(".")[0] or import_file.file_name
    return csv_download(
        reporting.failed_rows(import_file),
        file_name=f"{stem} failed rows.csv",
        delimiter=import_file.delimiter or ",",
    )
