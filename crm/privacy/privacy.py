"""The data map of the privacy engine's own tables: counts and settings, nobody's data."""

from django.db.models import Model

from crm.data_map import ModelMap, configuration, technical, usage
from crm.privacy.models import PurgeRun, RetentionPolicy

DATA_MAP: dict[type[Model], ModelMap] = {
    RetentionPolicy: ModelMap(
        "Says when candidates are forgotten",
        "As long as the organization",
        technical("id", "updated_at") | configuration("is_enabled", "keep_days"),
    ),
    PurgeRun: ModelMap(
        "Proof of erasure: counts only (GDPR Art. 5(2))",
        "As long as the organization",
        technical(
            "id", "state", "trigger", "slot", "is_dry_run", "keep_days", "cutoff_at", "last_id",
            "candidate_count", "counts", "started_at", "finished_at",
        )
        | usage("started_by"),
    ),
}  # fmt: skip
