"""The addresses inside an organization, and beside them the yardstick: the same people as bare JSON."""

import json

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from crm.organization_urls import urlpatterns as application_patterns
from crm.tenancy.roles import READERS, roles_allowed

PEOPLE = (
    "SELECT id, full_name, headline, company, city, country, status, owner_id, created_at, last_contacted_at"
    " FROM candidates_candidate WHERE organization_id = %s ORDER BY created_at DESC, id DESC LIMIT 50"
)
POOLS = (
    "SELECT m.candidate_id, p.name FROM candidates_poolmembership m JOIN candidates_talentpool p ON p.id = m.pool_id"
    " WHERE m.organization_id = %s AND m.candidate_id = ANY(%s)"
)


@require_GET
@roles_allowed(READERS)
def bare(request: HttpRequest) -> HttpResponse:
    """A page of people and their pools: two queries and json, through every middleware."""
    organization_id = request.organization.pk  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [organization_id])
        people = cursor.fetchall()
        cursor.execute(POOLS, [organization_id, [person[0] for person in people]])
        pools = cursor.fetchall()
    text = json.dumps({"people": people, "pools": pools}, default=str)
    return HttpResponse(text, content_type="application/json")


urlpatterns = [path("bare/", bare), *application_patterns]
