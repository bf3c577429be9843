"""Writing the audit table."""

from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from crm.accounts.models import User
from crm.audit.models import AuditEntry

# How long a look at a page covers the parts of it that are fetched afterwards.
LOOK_LASTS = timedelta(hours=1)
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


def record_look(action: str, subject: Model, *, by: User, is_part: bool, **details: Any) -> None:
    """Append that `by` looked at `subject`: each time for a page, for a part of it only where no look is fresh.

    So turning pages and editing in place add nothing, and nobody reads a record part by part unseen.
    """
    fresh = AuditEntry.objects.filter(
        actor=by,
        action=action,
        object_type=subject._meta.label_lower,
        object_id=subject.pk,
        at__gt=timezone.now() - LOOK_LASTS,
    )
    if not (is_part and fresh.exists()):
        record(action, subject, by=by, **details)
