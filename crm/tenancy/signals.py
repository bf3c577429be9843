"""What happens to organizations, for the apps above."""

from typing import Any

from django.db.models import Model
from django.dispatch import Signal

from crm.accounts.models import User

# Sent while acting in the new organization, in the transaction that makes it: `organization`.
organization_created = Signal()
# An act that belongs on record: `action`, `subject`, `by`, `details`. The audit app, above this one, writes it.
acted = Signal()


def announce(action: str, subject: Model, *, by: User | None = None, **details: Any) -> None:
    """Have the act recorded in the audit log of the organization being acted in."""
    acted.send(type(subject), action=action, subject=subject, by=by, details=details)
