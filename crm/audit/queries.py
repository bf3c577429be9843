"""Reads of the audit log."""

from datetime import datetime

from django.db import connection
from django.db.models import Model, QuerySet

from crm.accounts.models import User
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


def last_seen_at(action: str, subject: Model, *, by: User) -> datetime | None:
    """When somebody last did this to `subject`, such as looking at it; None for never."""
    found = AuditEntry.objects.filter(
        object_type=subject._meta.label_lower, object_id=subject.pk, action=action, actor=by
    )
    entry = found.order_by("-at").first()
    return entry.at if entry else None
