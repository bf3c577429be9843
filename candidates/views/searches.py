"""The filter builder."""

from itertools import groupby
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from candidates.forms import building
from candidates.forms.filtering import asked_from
from candidates.queries.search import Combine, PeopleQuery, Searcher, prepare, simplified, write
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, roles_allowed
from crm.web.pagination import capped_count
from crm.web.responses import fragment_or_page, redirect_for


@require_GET
@roles_allowed(READERS)
def build(request: OrganizationRequest) -> HttpResponse:
    """The search as nested groups; every press asks the server, the last one leads to the list."""
    searcher = Searcher(request.membership)
    fields = building.fields_for(searcher)
    if "node-0" in request.GET:
        tree = building.tree_in(request.GET, fields)
    else:
        tree = asked_from(request.GET, searcher=searcher).query.where
    wanted = simplified(building.finished(tree))
    prepared = prepare(PeopleQuery(wanted), searcher=searcher)
    if request.GET.get("do") == "find" and not prepared.problems:
        where = write(wanted, fields=prepared.fields, names=prepared.names)
        return redirect_for(request, f"{reverse('candidates:list')}?{urlencode({'where': where})}")
    named = sorted(fields.values(), key=lambda one: (one.group == "Custom fields", one.group))
    context = {
        "root": building.shown(tree, fields, prepared),
        "groups": [(name, list(own)) for name, own in groupby(named, key=lambda one: one.group)],
        "combines": [
            (Combine.ALL, "All of these"),
            (Combine.ANY, "At least one of these"),
            (Combine.NONE, "None of these"),
        ],
        "problems": prepared.problems,
        "count": capped_count(prepared.people()),
        "text": write(wanted, fields=prepared.fields, names=prepared.names),
    }
    return fragment_or_page(request, "candidates/search.html#builder", context)
