"""The filter builder, and searches that are kept."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates.forms import building
from candidates.forms.chips import errors_of
from candidates.forms.filtering import asked_from
from candidates.forms.searches import SaveSearchForm
from candidates.models import SavedSearch
from candidates.queries.saved_searches import searches_of
from candidates.queries.search import (
    Combine,
    PeopleQuery,
    QueryError,
    Searcher,
    prepare,
    simplified,
    write,
)
from candidates.services import saved_searches
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, roles_allowed
from crm.web.ids import read_id
from crm.web.pagination import quick_count
from crm.web.responses import fragment_or_page, redirect_for, safe_next
from crm.web.toasts import notify


@require_GET
@roles_allowed(READERS)
def build(request: OrganizationRequest) -> HttpResponse:
    """The search as nested groups; every press asks the server, the last one leads to the list."""
    searcher = Searcher(request.membership)
    fields = building.fields_for(searcher)
    asked = None
    if "node-0" in request.GET:
        tree = building.tree_in(request.GET, fields, searcher)
    else:
        asked = asked_from(request.GET, searcher=searcher)
        tree = asked.query.where
    wanted = simplified(building.finished(tree))
    prepared = prepare(PeopleQuery(wanted), searcher=searcher)
    if request.GET.get("do") == "find" and not prepared.problems:
        where = write(wanted, fields=prepared.fields, names=prepared.names)
        return redirect_for(request, f"{reverse('candidates:list')}?{urlencode({'where': where})}")
    named = sorted(
        fields.values(), key=lambda one: (one.group.startswith("Custom fields"), one.group)
    )
    text = write(wanted, fields=prepared.fields, names=prepared.names)
    root, typed_from = building.shown(tree, fields, prepared)
    context = {
        "root": root,
        "typed_from": typed_from,
        "units": building.UNITS,
        "groups": [(name, list(own)) for name, own in groupby(named, key=lambda one: one.group)],
        "combines": [
            (Combine.ALL, "All of these"),
            (Combine.ANY, "At least one of these"),
            (Combine.NONE, "None of these"),
        ],
        "problems": prepared.problems,
        # Of a search that came as text: what of it is not shown here.
        "errors": errors_of(asked, request.GET) if asked else [],
        "count": quick_count(prepared.people()),
        "text": text,
        "counting": f"{reverse('candidates:count')}?{urlencode({'where': text})}",
    }
    return fragment_or_page(request, "candidates/search.html#builder", context)


@require_GET
@roles_allowed(READERS)
def search_list(request: OrganizationRequest) -> HttpResponse:
    """One's own searches and the shared ones."""
    context = {"searches": list(searches_of(request.user))}
    return fragment_or_page(request, "candidates/searches.html#searches", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(READERS)
def save(request: OrganizationRequest) -> HttpResponse:
    """Keep the search of the address under a name."""
    data = request.POST if request.method == "POST" else request.GET
    prepared = asked_from(data, searcher=Searcher(request.membership)).prepared()
    text = write(prepared.query.where, fields=prepared.fields, names=prepared.names)
    form = SaveSearchForm(
        request.POST or None,
        initial={"where": text, "sort": prepared.query.sort, **_kept(request)},
    )
    if form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in ("name", "is_shared", "alert")}
        search = saved_searches.save_search(prepared, by=request.user, **chosen)
        notify(request, f"Saved “{search}”.")
        return redirect_for(request, search)
    status = 422 if form.is_bound else 200
    context = {
        "form": form,
        "text": text,
        "problems": prepared.problems,
        "as_pool": f"{reverse('pools:create')}?{urlencode({'where': text})}" if text else "",
    }
    return fragment_or_page(request, "candidates/save_search.html#form", context, status=status)


def _kept(request: OrganizationRequest) -> dict[str, Any]:
    """What one's own search that the address comes from is called, and whom it tells: saving it again changes it."""
    pk = read_id(request.GET.get("saved", ""))
    own = SavedSearch.objects.filter(owner=request.user, pk=pk).first() if pk else None
    return {"name": own.name, "is_shared": own.is_shared, "alert": own.alert} if own else {}


@require_GET
@roles_allowed(READERS)
def open_search(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The list as the search has it, or with `change` the page that saves it again.

    What is gone keeps its number, and both pages say so.
    """
    search = get_object_or_404(searches_of(request.user), pk=pk)
    try:
        query = PeopleQuery.from_json(search.query)
    except QueryError as wrong:
        notify(request, f"“{search}” cannot be opened: {wrong.sentence}")
        return redirect_for(request, reverse("searches:list"))
    prepared = prepare(query, searcher=Searcher(request.membership))
    where = write(query.where, fields=prepared.fields, names=prepared.names)
    address = urlencode({"where": where, "sort": query.sort, "saved": search.pk})
    page = "searches:save" if "change" in request.GET else "candidates:list"
    return redirect(f"{reverse(page)}?{address}")


@require_POST
@roles_allowed(READERS)
def pin(request: OrganizationRequest, pk: int) -> HttpResponse:
    search = get_object_or_404(searches_of(request.user), pk=pk)
    saved_searches.set_pinned(search, is_pinned="off" not in request.POST, by=request.user)
    return redirect_for(request, safe_next(request, reverse("searches:list")))


@require_POST
@roles_allowed(READERS)
def delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    search = get_object_or_404(searches_of(request.user), pk=pk)
    saved_searches.delete_search(search, by=request.user)
    notify(request, f"Deleted “{search}”.")
    return redirect_for(request, reverse("searches:list"))
