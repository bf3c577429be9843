"""A person's record: what we know of them, and what happened."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from candidates import panels
from candidates.forms.records import ContactForm, NoteForm, TaskForm
from candidates.forms.timeline import timeline_filter
from candidates.models import Candidate, Touchpoint
from candidates.queries import (
    TIMELINE,
    Choices,
    TimelineFilter,
    acquaintances_of,
    choices,
    custom_values_of,
    open_tasks_of,
    page_of_timeline,
    pools_of,
    readable_candidates,
    skills_of,
    tags_of,
)
from candidates.queries.provenance import waiting_for, whence
from candidates.services.provenance import FIELDS
from candidates.views.finding import found_by
from candidates.views.returning import back_to, follows_merges
from candidates.views.walking import walk
from crm.audit.services import record_look
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, READERS, Role, roles_allowed
from crm.web.responses import fragment_or_page, redirect_for, wants_fragment

# What the tabs of the timeline are called.
TABS = [
    ("mail", "Mail"),
    ("notes", "Notes and contacts"),
    ("tasks", "Tasks"),
    ("changes", "Changes"),
]
WAYS = [("email", "E-mail"), ("phone", "Phone"), ("link", "Link")]
PEOPLE = ("owner", "source", "created_by")


@require_GET
@roles_allowed(MEMBERS)
def detail(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The record. Who looked at it is recorded; turning the pages of its timeline is not."""
    readable = readable_candidates(request.membership).select_related(*PEOPLE)
    candidate = readable.filter(pk=pk).first()
    if candidate is None:
        # Whoever was merged into another is there now.
        return redirect_for(request, get_object_or_404(readable, former_ids__number=pk))
    cursor = request.GET.get("cursor", "")
    is_part = bool(cursor) or wants_fragment(request)
    record_look("candidate.viewed", candidate, by=request.user, is_part=is_part)
    if request.membership.role not in READERS:
        return fragment_or_page(
            request, "candidates/detail_shared.html", _shared_context(candidate, request)
        )
    part = "older" if cursor else "record"
    context = _context(candidate, request, cursor=cursor)
    context["found"] = found_by(candidate, request)
    if not wants_fragment(request):
        context["walk"] = walk(candidate, request)
    return fragment_or_page(request, f"candidates/detail.html#{part}", context)


@require_GET
@roles_allowed(READERS)
@follows_merges
def background(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Where the person worked and learned."""
    candidate = get_object_or_404(Candidate.objects.select_related(*PEOPLE), pk=pk)
    record_look("candidate.viewed", candidate, by=request.user, is_part=wants_fragment(request))
    return fragment_or_page(
        request, "candidates/background.html#record", _background_context(candidate, request)
    )


def _side_context(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    """What stands around the record's middle, for those who read all candidates."""
    tasks = list(open_tasks_of(candidate))
    planned = panels.next_plan(candidate, request)
    due = next((task for task in tasks if task.due_on), None)
    if due and due.due_on and (planned is None or due.due_on <= planned.day):
        planned = panels.Plan(due.due_on, due.title)
    return {
        "candidate": candidate,
        "emails": list(
            candidate.emails.select_related("provenance_by").order_by("-is_primary", "pk")
        ),
        "phones": list(
            candidate.phones.select_related("provenance_by").order_by("-is_primary", "pk")
        ),
        "links": list(candidate.links.select_related("provenance_by").order_by("pk")),
        "tags": list(tags_of(candidate)),
        "skills": list(skills_of(candidate)),
        "wishes": candidate.preferences.first(),
        "languages": list(candidate.languages.all()),
        "custom": custom_values_of(candidate.pk, role=Role(request.membership.role)),
        "memberships": list(pools_of(candidate)),
        "tasks": tasks,
        "planned": planned,
        "acquaintances": acquaintances_of(candidate),
        "choices": choices("tags", "skills", "pools", "owners"),
        "statuses": Candidate.Status.choices,
        "tabs": TABS,
        "way_kinds": WAYS,
    }


def _context(
    candidate: Candidate, request: OrganizationRequest, *, cursor: str = "", **forms: Any
) -> dict[str, Any]:
    """The record with its timeline; `forms` that were filled in wrongly stay so."""
    wanted = timeline_filter(request.GET, viewer=request.user)
    timeline = page_of_timeline(candidate, viewer=request.user, wanted=wanted, cursor=cursor)
    panels.add_words(timeline.rows, request.user)
    if cursor and wants_fragment(request):
        # Earlier entries alone: nothing else of the record is drawn.
        return {
            "candidate": candidate,
            "timeline": timeline,
            "wanted": wanted,
            "choices": choices("owners"),
        }
    return {
        **_side_context(candidate, request),
        "waiting": waiting_for(candidate),
        "whence": whence(candidate, FIELDS),
        "wanted": wanted,
        "kinds": [kind for kind in Touchpoint.Kind if kind in TIMELINE[wanted.show]],
        "timeline": timeline,
        "note_form": NoteForm(auto_id="note_%s"),
        "contact_form": ContactForm(auto_id="contact_%s"),
        "task_form": TaskForm(auto_id="task_%s", initial={"assignee": request.user.pk}),
        "compose": "note",
        **forms,
    }


def _background_context(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    people = ("provenance_by", "verified_by")
    return {
        **_side_context(candidate, request),
        "experiences": list(candidate.experiences.select_related(*people)),
        "educations": list(candidate.educations.select_related(*people)),
        "is_background": True,
    }


def _shared_context(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    """What a hiring manager sees: no salary, no addresses, no pools, no tags, no private notes."""
    return {
        "candidate": candidate,
        "skills": list(skills_of(candidate)),
        "links": list(candidate.links.order_by("pk")),
        "choices": Choices(),
        "wanted": TimelineFilter(),
        "timeline": page_of_timeline(
            candidate,
            viewer=request.user,
            wanted=TimelineFilter(),
            is_shared=True,
            cursor=request.GET.get("cursor", ""),
        ),
    }


def redraw(
    request: OrganizationRequest,
    candidate: Candidate,
    *,
    status: int = 200,
    is_background: bool = False,
    **forms: Any,
) -> HttpResponse:
    """After an act on the record: the page it was done on again for htmx, or sent back there."""
    # Somebody may have taken them away meanwhile.
    candidate = get_object_or_404(Candidate.objects.select_related(*PEOPLE), pk=candidate.pk)
    if status == 200 and not wants_fragment(request):
        name = "background" if is_background else "detail"
        here = reverse(f"candidates:{name}", args=[candidate.pk])
        came_from = back_to(request, here)
        # Not to a form's own page, nor to an act's: to a page of this record.
        pages = {
            reverse(f"candidates:{page}", args=[candidate.pk]) for page in ("detail", "background")
        }
        return redirect_for(request, came_from if urlsplit(came_from).path in pages else here)
    shown = urlsplit(request.htmx.current_url or "").path if wants_fragment(request) else ""
    if shown.endswith("/background/"):
        context = _background_context(candidate, request)
        return fragment_or_page(request, "candidates/background.html#record", context)
    context = _context(candidate, request, **forms)
    return fragment_or_page(request, "candidates/detail.html#record", context, status=status)
