"""Records what the tenancy app, which lies below this one, announces."""

from typing import Any

from django.db.models import Model
from django.dispatch import receiver

from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.signals import acted


@receiver(acted)
def record_act(
    *, action: str, subject: Model, by: User | None, details: dict[str, Any], **kwargs: Any
) -> None:
    record(action, subject, by=by, **details)
