"""The data map of the audit log. It outlives the people it speaks of, so it names them by id only."""

from django.db.models import Model

from crm.audit.models import AuditEntry
from crm.data_map import ModelMap, technical, usage

DATA_MAP: dict[type[Model], ModelMap] = {
    AuditEntry: ModelMap(
        purpose="Proof of who did or saw what (GDPR Art. 5(2), 32).",
        retention="As long as the organization exists.",
        fields={
            **technical("id", "organization", "object_type", "object_id"),
            **usage("at", "actor", "action", "details", "ip_address"),
        },
    ),
}
