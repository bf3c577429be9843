"""How long people are kept, and the proof that they went."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from crm.tenancy.models import OwnedModel


class RetentionPolicy(OwnedModel):
    """When an organization forgets candidates: so many days after the last contact, unless in process."""

    is_enabled = models.BooleanField(default=False, help_text="Run every night")
    keep_days = models.PositiveIntegerField(default=730, validators=[MinValueValidator(1)])
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
        ERASURE = "erasure", "Erasure of one person"

    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    trigger = models.CharField(max_length=10, choices=Trigger)
    is_dry_run = models.BooleanField(default=False)
    keep_days = models.PositiveIntegerField(null=True)
    # Fixed when the run starts, so that a run that was killed goes on with the same people.
    cutoff_at = models.DateTimeField(null=True)
    candidate_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Model to number of rows deleted")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-started_at", "-id"], name="purge_run_newest")
        ]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()} of {self.started_at:%Y-%m-%d}"
