"""Writing the audit table."""

from contextvars import ContextVar
from typing import Any

from django.db.models import Model

from crm.accounts.models import User
from crm.audit.models import AuditEntry

# Where the request being answered came from; set by AuditMiddleware, empty in tasks and commands.
client_address: ContextVar[str | None] = ContextVar("client_address", default=None)


def record(
    action: str, subject: Model | None = None, *, by: User | None = None, **details: Any
) -> AuditEntry:
    """Append one entry in the organization being acted in.

    `details` hold ids, counts, states and field names, never personal values: the table outlives
    the people it speaks of.
    """
    entry: AuditEntry = AuditEntry.objects.create(
        actor=by,
        action=action,
        object_type=subject._meta.label_lower if subject is not None else "",
        object_id=subject.pk if subject is not None else None,
        details=details,
        ip_address=client_address.get(),
    )
    return entry
