"""A person's record: what we know of them, and what is done there."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates.forms.people import CandidateForm, NewCandidateForm
from candidates.forms.records import (
    CallForm,
    JoinPoolForm,
    LabelForm,
    NoteForm,
    OwnerForm,
    StatusForm,
    TaskForm,
)
from candidates.models import Candidate, Skill, Tag, TalentPool
from candidates.queries import (
    SHARED_KINDS,
    TIMELINE,
    choices,
    open_tasks_of,
    page_of_timeline,
    pools_of,
    readable_candidates,
    skills_of,
    tags_of,
    visible_notes,
)
from candidates.services import notes, pools, tagging, tasks
from candidates.services.candidates import (
    assign_owner,
    create_candidate,
    edit_candidate,
    set_status,
    source_named,
)
from crm.audit.services import record
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, MEMBERS, READERS, roles_allowed
from crm.web.responses import fragment_or_page, redirect_for, safe_next, wants_fragment
from crm.web.toasts import notify


@require_GET
@roles_allowed(MEMBERS)
def detail(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The record. Who opened it is recorded; turning the pages of its timeline is not."""
    candidate = get_object_or_404(
        readable_candidates(request.membership).select_related("owner", "source", "created_by"),
        pk=pk,
    )
    cursor = request.GET.get("cursor", "")
    if not cursor and not wants_fragment(request):
        record("candidate.viewed", candidate, by=request.user)
    if request.membership.role not in READERS:
        return fragment_or_page(
            request, "candidates/detail_shared.html", _shared_context(candidate, request)
        )
    part = "older" if cursor else "record"
    context = _context(candidate, request, cursor=cursor)
    return fragment_or_page(request, f"candidates/detail.html#{part}", context)


def _context(
    candidate: Candidate, request: OrganizationRequest, *, cursor: str = "", **forms: Any
) -> dict[str, Any]:
    """What the record shows to those who read all candidates; `forms` that were filled in wrongly stay so."""
    show = request.GET.get("show", "")
    show = show if show in TIMELINE else ""
    return {
        "candidate": candidate,
        "show": show,
        "timeline": page_of_timeline(
            candidate, viewer=request.user, kinds=TIMELINE[show], cursor=cursor
        ),
        "emails": list(candidate.emails.order_by("-is_primary", "pk")),
        "phones": list(candidate.phones.order_by("pk")),
        "links": list(candidate.links.order_by("pk")),
        "tags": list(tags_of(candidate)),
        "skills": list(skills_of(candidate)),
        "memberships": list(pools_of(candidate)),
        "tasks": list(open_tasks_of(candidate)),
        "choices": choices("tags", "skills", "pools", "owners"),
        "statuses": Candidate.Status.choices,
        "note_form": NoteForm(auto_id="note_%s"),
        "call_form": CallForm(auto_id="call_%s"),
        "task_form": TaskForm(auto_id="task_%s", initial={"assignee": request.user.pk}),
        "compose": "note",
        **forms,
    }


def _shared_context(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    """What a hiring manager sees: no salary, no addresses, no pools, no tags, no private notes."""
    return {
        "candidate": candidate,
        "skills": list(skills_of(candidate)),
        "links": list(candidate.links.order_by("pk")),
        "timeline": page_of_timeline(
            candidate,
            viewer=request.user,
            kinds=SHARED_KINDS,
            cursor=request.GET.get("cursor", ""),
        ),
    }


def _redraw(
    request: OrganizationRequest, candidate: Candidate, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """After an act on the record: the record again for htmx, or sent back to its page."""
    candidate = Candidate.objects.select_related("owner", "source", "created_by").get(
        pk=candidate.pk
    )
    if status == 200 and not wants_fragment(request):
        return redirect_for(request, safe_next(request, candidate.get_absolute_url()))
    context = _context(candidate, request, **forms)
    return fragment_or_page(request, "candidates/detail.html#record", context, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def add(request: OrganizationRequest) -> HttpResponse:
    form = NewCandidateForm(request.POST or None, by=request.user)
    if form.is_valid():
        doubts = [] if "anyway" in request.POST else form.doubts()
        if not doubts:
            candidate = create_candidate(by=request.user, **_fields(form))
            notify(request, f"Added {candidate}.")
            return redirect_for(request, candidate)
        return _form_page(request, form, doubts=doubts, status=422)
    return _form_page(request, form, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate.objects.select_related("source"), pk=pk)
    form = CandidateForm(request.POST or None, instance=candidate)
    if form.is_valid():
        # The form wrote into its instance; the service compares with what is in the database.
        edit_candidate(Candidate(pk=candidate.pk), by=request.user, **_fields(form))
        notify(request, "Saved.")
        return redirect_for(request, candidate)
    candidate.refresh_from_db()
    return _form_page(request, form, candidate=candidate, status=422 if form.is_bound else 200)


def _form_page(
    request: OrganizationRequest, form: CandidateForm, *, status: int, **more: Any
) -> HttpResponse:
    context = {"form": form, "choices": choices("sources", "tags", "skills"), **more}
    return fragment_or_page(request, "candidates/form.html#form", context, status=status)


def _fields(form: CandidateForm) -> dict[str, Any]:
    fields = form.data_for_service()
    return fields | {"source": source_named(fields["source"])}


@require_POST
@roles_allowed(EDITORS)
def note(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return _redraw(request, candidate, status=422, note_form=form)
    notes.add_note(candidate, by=request.user, **form.cleaned_data)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def delete_note(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(visible_notes(request.user).select_related("candidate"), pk=pk)
    candidate = found.candidate
    notes.delete_note(found, by=request.user)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def call(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = CallForm(request.POST, auto_id="call_%s")
    if not form.is_valid():
        return _redraw(request, candidate, status=422, call_form=form, compose="call")
    notes.log_call(candidate, by=request.user, **form.cleaned_data)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def task(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = TaskForm(request.POST, auto_id="task_%s")
    if not form.is_valid():
        return _redraw(request, candidate, status=422, task_form=form, compose="task")
    tasks.add_task(candidate=candidate, by=request.user, **form.cleaned_data)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def tag(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Put a tag on the person (`add`, a word) or take one off (`remove`, an id)."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = LabelForm(request.POST, label=Tag)
    if not form.is_valid():
        return _redraw(request, candidate, status=422, tag_form=form)
    if form.cleaned_data["remove"]:
        tagging.untag_candidates(form.cleaned_data["remove"], [candidate.pk], by=request.user)
    else:
        (new,) = tagging.labels_named(Tag, [form.cleaned_data["add"]])
        tagging.tag_candidates(new, [candidate.pk], by=request.user)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def skill(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write down a skill (`add`, a word) or strike one out (`remove`, an id)."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = LabelForm(request.POST, label=Skill)
    if not form.is_valid():
        return _redraw(request, candidate, status=422, skill_form=form)
    if form.cleaned_data["remove"]:
        tagging.remove_skill(candidate, form.cleaned_data["remove"], by=request.user)
    else:
        tagging.add_skill(candidate, form.cleaned_data["add"], by=request.user)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def owner(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = OwnerForm(request.POST)
    if not form.is_valid():
        return _redraw(request, candidate, status=422)
    assign_owner([candidate.pk], owner=form.cleaned_data["owner"], by=request.user)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def status(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = StatusForm(request.POST, instance=Candidate(pk=pk))
    if not form.is_valid():
        return _redraw(request, candidate, status=422)
    set_status(candidate, status=form.cleaned_data["status"], by=request.user)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def join_pool(request: OrganizationRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = JoinPoolForm(request.POST)
    if not form.is_valid():
        return _redraw(request, candidate, status=422)
    pools.add_to_pool(form.cleaned_data["pool"], [candidate.pk], by=request.user)
    return _redraw(request, candidate)


@require_POST
@roles_allowed(EDITORS)
def leave_pool(request: OrganizationRequest, pk: int, pool: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    left = get_object_or_404(TalentPool, pk=pool)
    pools.remove_from_pool(left, [candidate.pk], by=request.user)
    return _redraw(request, candidate)
