"""What is done on a record: notes, contacts, tasks, tags, skills, owner, status, pools."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from candidates.forms.records import (
    ContactForm,
    JoinPoolForm,
    LabelForm,
    NoteForm,
    OwnerForm,
    StatusForm,
    TaskForm,
)
from candidates.models import Candidate, Skill, Tag, TalentPool, Touchpoint
from candidates.queries import visible_notes
from candidates.services import contacts, notes, pools, tagging, tasks
from candidates.services.candidates import assign_owner, set_status
from candidates.services.tag_keeping import tags_named
from candidates.views.records import redraw
from candidates.views.rows import told
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.errors import DomainError
from crm.web.responses import fragment_or_page, wants_fragment


@require_POST
@roles_allowed(EDITORS)
def note(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = NoteForm(request.POST, auto_id="note_%s")
    if form.is_valid():
        try:
            notes.add_note(candidate, by=request.user, **form.values())
            return redraw(request, candidate)
        except DomainError as problem:
            form.add_error("body", str(problem))
    return redraw(request, candidate, status=422, note_form=form)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def edit_note(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Rewrite a note of one's own."""
    found = get_object_or_404(visible_notes(request.user).select_related("candidate"), pk=pk)
    if found.author_id != request.user.pk:
        raise notes.NotTheAuthor("edit")
    form = NoteForm(request.POST or None, instance=found, auto_id="edit_%s")
    if form.is_valid():
        try:
            original = visible_notes(request.user).get(pk=pk)
            told(
                request,
                found.candidate,
                notes.edit_note(original, by=request.user, **form.values()),
            )
            return redraw(request, found.candidate)
        except DomainError as problem:
            form.add_error("body", str(problem))
    status = 422 if form.is_bound else 200
    context = {"form": form, "candidate": found.candidate, "title": "Change the note"}
    response = fragment_or_page(request, "candidates/row.html#sheet", context, status=status)
    if form.is_bound and wants_fragment(request):
        return reswap(retarget(response, "#row-form"), "outerHTML")
    return response


@require_POST
@roles_allowed(EDITORS)
def delete_note(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(visible_notes(request.user).select_related("candidate"), pk=pk)
    candidate = found.candidate
    told(request, candidate, notes.delete_note(found, by=request.user))
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def contact(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Log a call, a message or a meeting."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = ContactForm(request.POST, auto_id="contact_%s")
    if not form.is_valid():
        return redraw(request, candidate, status=422, contact_form=form, compose="contact")
    contacts.log_contact(candidate, by=request.user, **form.cleaned_data)
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def remove_contact(request: OrganizationRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(Touchpoint.objects.select_related("candidate"), pk=pk)
    candidate = entry.candidate
    told(request, candidate, contacts.remove_contact(entry, by=request.user))
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def task(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = TaskForm(request.POST, auto_id="task_%s")
    if not form.is_valid():
        return redraw(request, candidate, status=422, task_form=form, compose="task")
    tasks.add_task(candidate=candidate, by=request.user, **form.cleaned_data)
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def tag(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Put a tag on the person (`add`, a word) or take one off (`remove`, an id)."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = LabelForm(request.POST, label=Tag)
    if not form.is_valid():
        return redraw(request, candidate, status=422, tag_form=form)
    if form.cleaned_data["remove"]:
        tagging.untag_candidates(form.cleaned_data["remove"], [candidate.pk], by=request.user)
    else:
        (new,) = tags_named([form.cleaned_data["add"]], by=request.user)
        tagging.tag_candidates(new, [candidate.pk], by=request.user)
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def skill(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write down a skill (`add`, a word) or strike one out (`remove`, an id)."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = LabelForm(request.POST, label=Skill)
    if not form.is_valid():
        return redraw(request, candidate, status=422, skill_form=form)
    if form.cleaned_data["remove"]:
        tagging.remove_skill(candidate, form.cleaned_data["remove"], by=request.user)
    else:
        tagging.add_skill(candidate, form.cleaned_data["add"], by=request.user)
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def owner(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = OwnerForm(request.POST)
    if not form.is_valid():
        return redraw(request, candidate, status=422)
    assign_owner([candidate.pk], owner=form.cleaned_data["owner"], by=request.user)
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def status(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = StatusForm(request.POST, instance=Candidate(pk=pk))
    if not form.is_valid():
        return redraw(request, candidate, status=422)
    set_status(candidate, status=form.cleaned_data["status"], by=request.user)
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def join_pool(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = JoinPoolForm(request.POST)
    if not form.is_valid():
        return redraw(request, candidate, status=422)
    pools.add_to_pool(form.cleaned_data["pool"], [candidate.pk], by=request.user)
    return redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def leave_pool(request: OrganizationRequest, pk: int, pool: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    left = get_object_or_404(TalentPool, pk=pool)
    pools.remove_from_pool(left, [candidate.pk], by=request.user)
    return redraw(request, candidate)
