"""The list of candidates, and acts on many of them."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from candidates import panels
from candidates.forms.chips import chips_of, errors_of
from candidates.forms.filtering import QUICK, asked_from, similar
from candidates.forms.selection import (
    BulkForm,
    BulkOwnerForm,
    BulkPoolForm,
    BulkTagForm,
    selected_ids,
)
from candidates.models import Candidate
from candidates.queries import choices, page_of_candidates
from candidates.queries.excerpts import excerpts_of
from candidates.queries.saved_searches import pinned_searches
from candidates.queries.search import Prepared, Searcher
from candidates.queries.search.marking import marks_of
from candidates.services.bulk import SMALL, freeze, start
from candidates.services.bulk_edits import give_to_owner, people, put_into_pool, tag_people
from candidates.services.pools import create_pool
from candidates.services.tag_keeping import tags_named
from candidates.tasks import work_on_bulk_act
from candidates.views.walking import walk_through
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, READERS, roles_allowed
from crm.web.pagination import CappedCount, capped_count, quick_count
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, redirect_for, safe_next, wants_fragment
from crm.web.toasts import notify


@require_GET
@roles_allowed(READERS)
def candidate_list(request: OrganizationRequest) -> HttpResponse:
    asked = asked_from(request.GET, searcher=Searcher(request.membership))
    prepared = asked.prepared()
    cursor = request.GET.get("cursor", "")
    meant: QueryDict = request.GET
    page = page_of_candidates(prepared, viewer=request.user, cursor=cursor)
    loosened = None if page.rows or cursor else similar(asked, prepared, request.GET)
    if loosened:
        # Nobody has these words: who has similar ones, and all acts mean them.
        prepared, meant = loosened
        page = page_of_candidates(prepared, viewer=request.user)
    marks = marks_of(prepared)
    # Without a quick filter that has a name, the menu fetches the names when it is opened.
    is_open = any(request.GET.get(name) for name in ("tag", "pool", "owner", "filters"))
    context = {
        "page": page,
        "walk": walk_through(meant),
        "marks": marks,
        "excerpts": excerpts_of(page.rows, marks, viewer=request.user),
        "cells": panels.render_cells(page.rows, request),
        "columns": panels.registry.columns,
        "count": _count(prepared, request),
        "asked": asked,
        "errors": errors_of(asked, request.GET),
        "problems": [] if asked.errors else prepared.problems,
        "chips": chips_of(asked, prepared, request.GET),
        "names": choices("tags", "pools", "owners") if is_open else None,
        "quick": {name: request.GET.get(name, "") for name in QUICK},
        "statuses": Candidate.Status.choices,
        "q": request.GET.get("q", ""),
        "where": request.GET.get("where", ""),
        "advanced": f"{reverse('candidates:build')}?{request.GET.urlencode()}",
        "keep": f"{reverse('searches:save')}?{request.GET.urlencode()}",
        # One's tabs, where one came through one of them: the page of all people stays at its few queries.
        "saved": pinned_searches(request.user) if request.GET.get("saved") else [],
        "saved_pk": request.GET.get("saved", ""),
        "loosened": bool(loosened),
        "meant": meant.urlencode(),
        # What an export of this list holds: its filters as they stand in the address.
        "exported": [pair for pair in meant.items() if pair[0] != "cursor" and pair[1]],
        "is_mine": request.GET.get("owner") == "me",
    }
    return fragment_or_page(request, "candidates/list.html#narrowed", context)


def _count(prepared: Prepared, request: OrganizationRequest) -> CappedCount | None:
    """How many match; None where that takes long, and was not asked for: then the page fetches it."""
    if not prepared.query or request.GET.get("counted"):
        return capped_count(prepared.people())
    return quick_count(prepared.people())


@require_GET
@roles_allowed(READERS)
def count(request: OrganizationRequest) -> HttpResponse:
    """How many match, for the page that is shown already."""
    if not wants_fragment(request):
        return redirect(f"{reverse('candidates:list')}?{request.GET.urlencode()}&counted=1")
    prepared = asked_from(request.GET, searcher=Searcher(request.membership)).prepared()
    context = {"count": capped_count(prepared.people())}
    return fragment_or_page(request, "candidates/list.html#counted", context)


@require_GET
@roles_allowed(READERS)
def filters(request: OrganizationRequest) -> HttpResponse:
    """The names to filter by, for the menu that was just opened."""
    if not wants_fragment(request):
        return redirect(f"{reverse('candidates:list')}?filters=1")
    context = {"names": choices("tags", "pools", "owners"), "quick": {}}
    return fragment_or_page(request, "candidates/list.html#names", context)


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
    ids = selected_ids(request.POST, membership=request.membership)
    if "frozen" in request.POST:
        form = form_class(request.POST)
        if form.is_valid() and len(ids) > SMALL:
            act = start(action, ids, by=request.user, **_target(action, form.cleaned_data, request))
            ring(work_on_bulk_act, request.organization.pk, act.pk)
            return redirect_for(request, act)
        if form.is_valid():
            _do(action, form.cleaned_data, ids, request)
            return redirect_for(request, safe_next(request, reverse("candidates:list")))
    else:
        frozen = freeze(ids, by=request.user)
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


def _target(action: str, chosen: dict[str, Any], request: OrganizationRequest) -> dict[str, Any]:
    """What was chosen, as the background act keeps it, and what the act is called."""
    by = request.user
    if action == "pool":
        pool = chosen["pool"] or create_pool(by=by, name=chosen["new_pool"], owner=by)
        return {"chosen": {"pool": pool.pk}, "title": f"Add people to {pool}"}
    if action == "tag":
        (tag,) = tags_named([chosen["tag"]], by=by)
        return {"chosen": {"tag": tag.pk}, "title": f"Tag people {tag}"}
    owner = chosen["owner"]
    title = f"Give people to {owner or 'nobody'}"
    return {"chosen": {"owner": owner.pk if owner else None}, "title": title}


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
