"""Reads of the audit log."""

from django.db import connection
from django.db.models import QuerySet

from crm.audit.models import AuditEntry
from crm.tenancy.scope import current_organization


def entries(*, action: str = "", actor_id: int | None = None) -> QuerySet[AuditEntry]:
    """The log of the organization being acted in, narrowed where asked."""
    found: QuerySet[AuditEntry] = AuditEntry.objects.select_related("actor")
    if action:
        found = found.filter(action=action)
    if actor_id:
        found = found.filter(actor_id=actor_id)
    return found


def actions() -> list[str]:
    """The actions that occur in the log, by name.

    Walks the index from one action to the next instead of reading every entry.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE walk AS (
              (SELECT action FROM audit_auditentry WHERE organization_id = %(organization)s::bigint
               ORDER BY action LIMIT 1)
              UNION ALL
              SELECT (SELECT action FROM audit_auditentry
                      WHERE organization_id = %(organization)s::bigint AND action > walk.action
                      ORDER BY action LIMIT 1)
              FROM walk WHERE walk.action IS NOT NULL
            )
            SELECT action FROM walk WHERE action IS NOT NULL
            """,
            {"organization": current_organization().pk},
        )
        return [action for (action,) in cursor.fetchall()]
