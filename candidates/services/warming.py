"""Putting stored warmth right: triggers keep it, this finds whatever got past them."""

from django.db import connection

from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in, current_organization

BATCH = 5000


def rewarm(organization: Organization) -> int:
    """Compare everybody's stored heat with their timeline, in batches with a transaction each.

    Returns how many were wrong, and are right now. Decay needs nothing of this: see `candidates.queries.warmth`.
    """
    after, wrong = 0, 0
    while True:
        with acting_in(organization), connection.cursor() as cursor:
            cursor.execute(
                "WITH batch AS (SELECT id, candidates_heat(organization_id, id) AS heat"
                " FROM candidates_candidate WHERE organization_id = %s AND id > %s ORDER BY id LIMIT %s),"
                " written AS (UPDATE candidates_candidate person SET heat = batch.heat FROM batch"
                " WHERE person.organization_id = %s AND person.id = batch.id"
                " AND abs(person.heat - batch.heat) > 1e-9 * greatest(person.heat, batch.heat)"
                " RETURNING person.id)"
                " SELECT (SELECT max(id) FROM batch), (SELECT count(*) FROM written)",
                [current_organization().pk, after, BATCH, current_organization().pk],
            )
            last, changed = cursor.fetchone()
        if last is None:
            return wrong
        after, wrong = last, wrong + changed
