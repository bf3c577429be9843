"""The addresses of the API, all of them to read. Roles are those of the pages with the same content."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import NinjaAPI, Query
from ninja.security import HttpBearer

from candidates.forms.filtering import asked_from
from candidates.models import CustomField, TalentPool
from candidates.queries import page_of_candidates, page_of_pools, readable_candidates
from candidates.queries.narrowing import narrowed
from candidates.queries.search import SORTS, Prepared, Searcher
from crm.api import people, schemas
from crm.api.fields import search_fields
from crm.api.refusing import Refused, answer_refusals, refuse_unknown, refuse_unreadable, wrong
from crm.api.throttling import TokenThrottle
from crm.audit.services import record_look
from crm.tenancy.models import ApiToken
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, READERS, Role, roles_allowed
from crm.web.links import absolute
from crm.web.pagination import capped_count, is_cursor

VERSION = "1.0.0"
DESCRIPTION = """Reads what a member reads in Rapport. Each request carries a token of the member:
`Authorization: Bearer rapport_…`. A search is written as in the search box; `search-fields` lists what can be
searched by. A page holds up to 100 rows; `next` is the address of the page after it."""


class Token(HttpBearer):
    """The tenancy middleware has looked the token up; without it nothing is answered."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        return getattr(request, "api_token", None)


api = NinjaAPI(
    title="Rapport",
    version=VERSION,
    description=DESCRIPTION,
    urls_namespace="api:v1",
    docs_url=None,
    openapi_url=None,
    auth=Token(),
    throttle=[TokenThrottle()],
)
answer_refusals(api)

_REFUSALS = {401: schemas.Problem, 403: schemas.Problem, 429: schemas.Problem}
_OF_SEARCH = {**_REFUSALS, 422: schemas.Problem}


@api.get("candidates", response={200: schemas.CandidatePage, **_OF_SEARCH}, summary="Candidates")
@roles_allowed(READERS)
def candidates(request: OrganizationRequest, asked: Query[schemas.SortedSearch]) -> dict[str, Any]:
    """The candidates that a search finds, a page at a time: those of the list of candidates, in its order."""
    prepared = _prepared(request, schemas.SortedSearch)
    _refuse_cursor(asked.cursor, SORTS[prepared.query.sort], prepared.people().model)
    page = page_of_candidates(prepared, viewer=request.user, cursor=asked.cursor, size=asked.limit)
    return {
        "candidates": [people.row_of(person) for person in page.rows],
        "next": _next(request, page.next_cursor),
    }


@api.get("candidates/count", response={200: schemas.Count, **_OF_SEARCH}, summary="How many")
@roles_allowed(READERS)
def candidates_count(request: OrganizationRequest, asked: Query[schemas.Search]) -> dict[str, Any]:
    """How many candidates a search finds, counted as far as the page counts."""
    found = capped_count(_prepared(request, schemas.Search).people())
    return {"count": found.number, "is_capped": found.capped, "text": str(found)}


@api.get(
    "candidates/{int:candidate_id}",
    response={200: schemas.Candidate, **_REFUSALS, 404: schemas.Problem},
    exclude_unset=True,
    summary="A candidate",
)
@roles_allowed(MEMBERS)
def candidate(request: OrganizationRequest, candidate_id: int) -> dict[str, Any] | HttpResponse:
    """The record of a candidate. Who looked is recorded, as on the page; whoever was merged is answered by 302."""
    refuse_unknown(request, set())
    readable = readable_candidates(request.membership).select_related("owner", "source")
    found = readable.filter(pk=candidate_id).first()
    if found is None:
        merged = get_object_or_404(readable, former_ids__number=candidate_id)
        return HttpResponseRedirect(reverse("api:v1:candidate", args=[merged.pk]))
    token: ApiToken = request.api_token  # type: ignore[attr-defined]
    record_look("candidate.viewed", found, by=request.user, is_part=False, token=token.pk)
    return people.record_of(found, request.membership)


@api.get("pools", response={200: schemas.PoolPage, **_OF_SEARCH}, summary="Pools")
@roles_allowed(READERS)
def pools(request: OrganizationRequest, asked: Query[schemas.PoolSearch]) -> dict[str, Any]:
    """The pools that are not archived, by name."""
    refuse_unknown(request, set(schemas.PoolSearch.model_fields))
    found, problem = narrowed(
        TalentPool.objects.filter(archived_at=None),
        asked.q.strip(),
        subject=CustomField.Subject.POOL,
        role=Role(request.membership.role),
        columns=("name", "description", "team"),
    )
    if problem:
        raise Refused(problem, [wrong("q", problem)])
    _refuse_cursor(asked.cursor, ("name", "id"), TalentPool)
    page = page_of_pools(found, cursor=asked.cursor, size=asked.limit)
    return {
        "pools": [people.pool_of(pool) for pool in page.rows],
        "next": _next(request, page.next_cursor),
    }


@api.get(
    "search-fields", response={200: schemas.SearchFields, **_REFUSALS}, summary="Search fields"
)
@roles_allowed(READERS)
def fields(request: OrganizationRequest) -> dict[str, Any]:
    """The fields that candidates can be searched by, with how each comparison is written."""
    refuse_unknown(request, set())
    return {"fields": search_fields(Searcher(request.membership))}


def _prepared(request: OrganizationRequest, parameters: type[schemas.Search]) -> Prepared:
    """The search as the list of candidates reads it. Raises Refused for one that is wrong."""
    refuse_unknown(request, set(parameters.model_fields))
    asked = asked_from(request.GET, searcher=Searcher(request.membership))
    prepared = asked.prepared()
    refuse_unreadable(asked, prepared, request)
    return prepared


def _refuse_cursor(cursor: str, order: tuple[str, ...], model: Any) -> None:
    """A page shows its beginning for a cursor that it cannot read; a program would go round and round."""
    if cursor and not is_cursor(cursor, order=order, model=model):
        sentence = "This cursor is not one of this list. Take it from “next” of the page before."
        raise Refused(sentence, [wrong("cursor", sentence)])


def _next(request: OrganizationRequest, cursor: str) -> str | None:
    if not cursor:
        return None
    asked: QueryDict = request.GET.copy()
    asked["cursor"] = cursor
    return absolute(f"{request.path}?{asked.urlencode()}")
