"""Custom fields: what a person has in them, and the settings page where admins make them.

`form_for`, `is_filled`, `keep_asking`, `value_with_file` and `file_answer` are for the pages of whatever else has fields.
"""

from typing import Any

from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from candidates.forms.custom_fields import CustomFieldsForm, FieldForm, member_choices
from candidates.models import (
    Candidate,
    CandidateCustomValue,
    ChangeSet,
    CustomField,
)
from candidates.queries import custom_fields, custom_values_of, possible_readers
from candidates.resumes.kinds import CONTENT_TYPES
from candidates.services import custom_fields as service
from candidates.services.editing import undoable
from candidates.services.provenance import by_hand
from candidates.views.downloads import as_download
from candidates.views.records import redraw
from candidates.views.returning import follows_merges
from candidates.views.rows import told
from crm.audit.services import record
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, EDITORS, READERS, Role, roles_allowed
from crm.web.errors import DomainError
from crm.web.responses import fragment_or_page, redirect_for, wants_fragment
from crm.web.toasts import notify

Subject = CustomField.Subject


def form_for(
    request: OrganizationRequest,
    owner: Model | None,
    *,
    subject: CustomField.Subject = Subject.CANDIDATE,
    only: str = "",
) -> CustomFieldsForm:
    """The form of the fields that the member sees, with what their owner, if there is one yet, has in them.

    Where the request is to save them, nobody else does until it ends.
    """
    if owner and request.method == "POST":
        type(owner)._default_manager.select_for_update(no_key=True).filter(pk=owner.pk).exists()
    role = Role(request.membership.role)
    held = custom_values_of(owner.pk if owner else 0, role=role, subject=subject)
    needs_members = any(one.field.kind == CustomField.Kind.MEMBER for one in held)
    members = member_choices(possible_readers()) if needs_members else []
    return CustomFieldsForm(
        request.POST or None,
        request.FILES or None,
        held=held,
        owner_id=owner.pk if owner else None,
        members=members,
        only=only,
    )


def is_filled(custom: CustomFieldsForm) -> bool:
    """Whether the fields that stand below another form can be saved."""
    return not custom.fields or custom.is_valid()


def keep_asking(custom: CustomFieldsForm, request: OrganizationRequest) -> CustomFieldsForm:
    """The same form for a page that is drawn again: without htmx its files have to be chosen again."""
    if custom.is_bound and not wants_fragment(request):
        custom.ask_for_files_again()
    return custom


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
@follows_merges
def values(request: OrganizationRequest, pk: int) -> HttpResponse:
    """All fields of a person, or the one whose key is in the address (`?field=notice`)."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = form_for(request, candidate, only=request.GET.get("field", ""))
    if form.is_valid():
        try:
            change_set = set_values(candidate, form, request)
        except service.ValueTaken as problem:
            form.add_error(None, str(problem))
        else:
            told(request, candidate, change_set)
            return redraw(request, candidate)
    context = {"form": form, "candidate": candidate, "title": "Fields"}
    status = 422 if form.is_bound else 200
    response = fragment_or_page(request, "candidates/row.html#sheet", context, status=status)
    if form.is_bound and wants_fragment(request):
        return reswap(retarget(response, "#row-form"), "outerHTML")
    return response


def set_values(
    candidate: Candidate, form: CustomFieldsForm, request: OrganizationRequest
) -> ChangeSet | None:
    """Set what the form holds; None where that changed nothing."""
    with undoable(
        candidate, "Changed fields", models=[CandidateCustomValue], by=request.user
    ) as change_set:
        outcome = service.set_values(
            candidate, form.values(), provenance=by_hand(request.user), by=request.user
        )
    if outcome.changed:
        return change_set
    change_set.delete()
    return None


@require_GET
@roles_allowed(READERS)
def file(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The file that a value names, to be saved, for whoever sees its field."""
    return file_answer(request, value_with_file(CandidateCustomValue, pk))


def value_with_file(model: type[Any], pk: int, **only: object) -> Any:
    """A value that names a file, in a field that there still is; or 404."""
    values = model._default_manager.select_related("field", "attachment")
    return get_object_or_404(
        values.exclude(attachment=None), pk=pk, field__archived_at=None, **only
    )


def file_answer(request: OrganizationRequest, value: Any) -> HttpResponse:
    """The file of such a value as a download, if the member sees its field."""
    if request.membership.role not in value.field.roles:
        raise Http404
    file = value.attachment
    record("file.downloaded", file, by=request.user, **{value.subject: value.owner_id})
    with file.file.open("rb") as stored:
        content = stored.read()
    content_type = CONTENT_TYPES.get(file.kind, f"image/{file.kind}")
    return as_download(content, name=value.shown, content_type=content_type)


@require_GET
@roles_allowed(ADMINS)
def field_list(request: OrganizationRequest) -> HttpResponse:
    return _field_list(request)


# Where fields of each subject stand, for the settings page.
_WHERE = {
    Subject.CANDIDATE: "They stand on the record, in forms, in imports and in the person's own export; mails name them as",
    Subject.CANDIDACY: "They stand on the page of somebody on a job, and in the person's own export.",
    Subject.JOB: "They stand on the job's form and on its board.",
    Subject.POOL: "They stand on the pool's form and on its page.",
}


def _field_list(request: OrganizationRequest) -> HttpResponse:
    groups = [
        (subject, custom_fields(with_archived=True, subject=subject), _WHERE[subject])
        for subject in Subject
    ]
    context = {
        "groups": [
            (subject, [field for field in fields if not field.archived_at], where)
            for subject, fields, where in groups
        ],
        "archived": [field for _, fields, _ in groups for field in fields if field.archived_at],
        "example": "{{ custom.key | fallback }}",
    }
    return fragment_or_page(request, "candidates/fields/list.html#fields", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def field_add(request: OrganizationRequest) -> HttpResponse:
    form = FieldForm(request.POST or None, initial={"subject": request.GET.get("of", "")})
    if form.is_valid():
        try:
            field = service.add_field(by=request.user, **form.settings())
        except DomainError as problem:
            form.add_error(None, str(problem))
        else:
            notify(request, f"Added the field {field}.")
            return redirect_for(request, reverse("fields:list"))
    return _field_page(request, form)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def field_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(CustomField, pk=pk)
    form = FieldForm(request.POST or None, instance=field)
    if form.is_valid():
        try:
            service.edit_field(CustomField(pk=pk), by=request.user, **form.settings())
        except DomainError as problem:
            form.add_error(None, str(problem))
        else:
            notify(request, "Saved.")
            return redirect_for(request, reverse("fields:list"))
    field.refresh_from_db()
    return _field_page(request, form, field=field)


def _field_page(request: OrganizationRequest, form: FieldForm, **more: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return fragment_or_page(
        request, "candidates/fields/form.html#form", {"form": form, **more}, status=status
    )


@require_POST
@roles_allowed(ADMINS)
def field_move(request: OrganizationRequest, pk: int, way: str) -> HttpResponse:
    """Up or down by one."""
    service.move_field(get_object_or_404(CustomField, pk=pk), up=way == "up", by=request.user)
    return _fields_again(request)


@require_POST
@roles_allowed(ADMINS)
def field_archive(request: OrganizationRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(CustomField, pk=pk)
    service.archive_field(field, by=request.user)
    notify(request, f"Archived {field}.", undo=reverse("fields:restore", args=[pk]))
    return _fields_again(request)


@require_POST
@roles_allowed(ADMINS)
def field_restore(request: OrganizationRequest, pk: int) -> HttpResponse:
    service.restore_field(get_object_or_404(CustomField, pk=pk), by=request.user)
    return _fields_again(request)


def _fields_again(request: OrganizationRequest) -> HttpResponse:
    if wants_fragment(request):
        return _field_list(request)
    return redirect_for(request, reverse("fields:list"))
