"""The list of candidates, and acts on many of them."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from candidates import panels
from candidates.forms.filtering import filter_from
from candidates.forms.selection import (
    BulkForm,
    BulkOwnerForm,
    BulkPoolForm,
    BulkTagForm,
    selected_ids,
)
from candidates.models import Candidate
from candidates.queries import (
    CandidateFilter,
    Choices,
    choices,
    find_candidates,
    page_of_candidates,
)
from candidates.services.bulk_edits import give_to_owner, people, put_into_pool, tag_people
from candidates.services.pools import create_pool
from candidates.services.tag_keeping import tags_named
from candidates.views.walking import walk_through
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, READERS, roles_allowed
from crm.web.pagination import capped_count
from crm.web.responses import fragment_or_page, redirect_for, safe_next, wants_fragment
from crm.web.toasts import notify


@dataclass(frozen=True)
class Chip:
    """A filter that is on: what it says, and the address of the list without it."""

    label: str
    value: str
    without: str


@require_GET
@roles_allowed(READERS)
def candidate_list(request: OrganizationRequest) -> HttpResponse:
    wanted = filter_from(request.GET, viewer=request.user)
    page = page_of_candidates(wanted, viewer=request.user, cursor=request.GET.get("cursor", ""))
    # Without a filter that has a name, the menu fetches the names when it is opened.
    named = ("tag", "pool", "owner", "filters")
    names = _names() if any(request.GET.get(name) for name in named) else None
    context = {
        "page": page,
        "walk": walk_through(request),
        "cells": panels.render_cells(page.rows, request),
        "columns": panels.registry.columns,
        "count": capped_count(find_candidates(wanted)),
        "wanted": wanted,
        "chips": _chips(wanted, names or Choices(), request),
        "names": names,
        "statuses": Candidate.Status.choices,
        "q": request.GET.get("q", ""),
        # What an export of this list holds: its filters as they stand in the address.
        "exported": [pair for pair in request.GET.items() if pair[0] != "cursor" and pair[1]],
        "is_mine": wanted.owner == request.user.pk,
    }
    return fragment_or_page(request, "candidates/list.html#narrowed", context)


@require_GET
@roles_allowed(READERS)
def filters(request: OrganizationRequest) -> HttpResponse:
    """The names to filter by, for the menu that was just opened."""
    if not wants_fragment(request):
        return redirect(f"{reverse('candidates:list')}?filters=1")
    context = {"names": _names(), "wanted": CandidateFilter()}
    return fragment_or_page(request, "candidates/list.html#names", context)


def _names() -> Choices:
    return choices("tags", "pools", "owners")


def _chips(wanted: CandidateFilter, found: Choices, request: OrganizationRequest) -> list[Chip]:
    said = {
        "tag": wanted.tag and dict(found.tags).get(wanted.tag, "gone"),
        "pool": wanted.pool and dict(found.pools).get(wanted.pool, "archived"),
        "owner": wanted.owner and dict(found.owners).get(wanted.owner, "somebody else"),
        "status": wanted.status and Candidate.Status(wanted.status).label,
        "within": wanted.in_resumes and "résumés too",
    }
    if wanted.is_unowned:
        said["owner"] = "nobody"
    elif wanted.owner == request.user.pk:
        said["owner"] = "me"
    chips = []
    for parameter, value in said.items():
        if value:
            others = request.GET.copy()
            for name in (parameter, "cursor"):
                others.pop(name, None)
            chips.append(Chip(parameter.capitalize(), value, f"?{others.urlencode()}"))
    return chips


BULK: dict[str, tuple[type[BulkForm], str]] = {
    "pool": (BulkPoolForm, "Add {} to a pool"),
    "tag": (BulkTagForm, "Tag {}"),
    "owner": (BulkOwnerForm, "Give {} to an owner"),
}


@require_POST
@roles_allowed(EDITORS)
def bulk(request: OrganizationRequest, action: str) -> HttpResponse:
    """First the selection arrives, is counted and frozen; then the form that says what to do with it."""
    if action not in BULK:
        raise Http404
    form_class, title = BULK[action]
    ids = selected_ids(request.POST, viewer=request.user)
    if "frozen" in request.POST:
        form = form_class(request.POST)
        if form.is_valid():
            _do(action, form.cleaned_data, ids, request)
            return redirect_for(request, safe_next(request, reverse("candidates:list")))
    else:
        frozen = ",".join(map(str, ids))
        form = form_class(initial={"frozen": frozen, "next": safe_next(request, "")})
    context = {
        "form": form,
        "post_to": reverse("candidates:bulk", args=[action]),
        "title": title.format(people(len(ids))),
        "people": people(len(ids)),
        "tags": choices("tags").tags if action == "tag" else [],
        "back": safe_next(request, reverse("candidates:list")),
    }
    status = 422 if form.is_bound else 200
    return fragment_or_page(request, "candidates/bulk.html#dialog", context, status=status)


def _do(action: str, chosen: dict[str, Any], ids: list[int], request: OrganizationRequest) -> None:
    by = request.user
    if action == "pool":
        pool = chosen["pool"] or create_pool(by=by, name=chosen["new_pool"], owner=by)
        done = put_into_pool(pool, ids, by=by)
    elif action == "tag":
        (tag,) = tags_named([chosen["tag"]], by=by)
        done = tag_people(tag, ids, by=by)
    else:
        done = give_to_owner(chosen["owner"], ids, by=by)
    left_out = len(ids) - done.count
    already = {"pool": "already in it", "tag": "already tagged", "owner": "unchanged"}[action]
    text = f"{done.text}. {left_out:,} {already}." if left_out else f"{done.text}."
    notify(request, text, undo=done.undo)
