"""How long people are kept, and the proof that they went."""

import hmac
import json
from hashlib import sha256

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from crm.tenancy.models import OwnedModel

# A hundred years: longer than any law asks for, and a date that calendars know.
LONGEST_KEEP_DAYS = 36_500


class RetentionPolicy(OwnedModel):
    """When an organization forgets candidates: so many days after the last contact, unless in process."""

    is_enabled = models.BooleanField("run every night", default=False)
    keep_days = models.PositiveIntegerField(
        "days to keep",
        default=730,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_KEEP_DAYS)],
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "retention policies"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_retention_policy")
        ]

    def __str__(self) -> str:
        return f"Keep {self.keep_days} days"


class PurgeRun(OwnedModel):
    """One run that made data go, with its certificate: counts by kind of row, no personal value."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    class Trigger(models.TextChoices):
        NIGHTLY = "nightly", "Nightly run"
        MANUAL = "manual", "Run by hand"
        ERASURE = "erasure", "Erasure by hand"

    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    trigger = models.CharField(max_length=10, choices=Trigger)
    # The night a nightly run belongs to: two beats make one run.
    slot = models.DateField(null=True)
    is_dry_run = models.BooleanField(default=False)
    keep_days = models.PositiveIntegerField(null=True)
    # Fixed when the run starts, so that a run that was killed goes on with the same people.
    cutoff_at = models.DateTimeField(null=True)
    last_id = models.BigIntegerField(default=0, help_text="Where the next batch starts")
    candidate_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Kind of row to number of rows")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "slot"], name="one_nightly_purge")
        ]
        indexes = [
            models.Index(fields=["organization", "-started_at", "-id"], name="purge_run_newest")
        ]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()} of {self.started_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("privacy:run", args=[self.pk])

    @property
    def row_count(self) -> int:
        return sum(self.counts.values())

    def certificate(self) -> dict[str, object]:
        """What went, when, by which rule; `seal` is an HMAC-SHA-256 over the rest, keyed with FIELD_KEY."""
        content: dict[str, object] = {
            "organization": self.organization.name,
            "run": self.pk,
            "trigger": self.trigger,
            "keep_days": self.keep_days,
            "cutoff_at": self.cutoff_at and self.cutoff_at.isoformat(),
            "candidates": self.candidate_count,
            "rows": dict(sorted(self.counts.items())),
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at and self.finished_at.isoformat(),
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        return content | {
            "seal": hmac.new(settings.FIELD_KEY.encode(), canonical, sha256).hexdigest()
        }
