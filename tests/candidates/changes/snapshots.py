"""Everything an organization holds, as Postgres puts it into JSON: two snapshots differ in what really changed."""

import json
from typing import Any

from django.db import connection

from crm.tenancy.checks import owned_models

# What tells of change sets and undos themselves.
TELLING = {
    "audit.AuditEntry",
    "candidates.Change",
    "candidates.ChangeMark",
    "candidates.ChangeSet",
    "candidates.Import",
    "candidates.Notification",
}
UNDONE = "undone"


def snapshot() -> dict[str, dict[int, dict[str, Any]]]:
    """Rows by model and id, of the organization being acted in; without the traces of undoing."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for model in owned_models():
        if model._meta.label in TELLING or getattr(model, "is_derived", False):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id, to_jsonb(held)::text FROM {model._meta.db_table} held")
            rows = {pk: json.loads(row) for pk, row in cursor.fetchall()}
        # Not what the database derives for itself, such as the search index.
        kept = {f.column for f in model._meta.concrete_fields if not getattr(f, "auto_now", False)}
        rows = {pk: {name: row[name] for name in kept & row.keys()} for pk, row in rows.items()}
        if model._meta.label == "candidates.Touchpoint":
            rows = {pk: row for pk, row in rows.items() if row["kind"] != UNDONE}
        found[model._meta.label] = rows
    return found
