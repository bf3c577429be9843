"""Files that people leave in."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from crm.tenancy.models import OwnedModel


def export_path(export: "Export", _: str) -> str:
    """Where the file lies until its download ends: private, under a name nobody can guess."""
    return f"exports/{export.organization_id}/{uuid4().hex}"


class Export(OwnedModel):
    """One file that somebody asked for."""

    class Kind(models.TextChoices):
        PEOPLE = "people", "Candidates"
        EVERYTHING = "everything", "Everything"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Being written"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"
        GONE = "gone", "Deleted"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    kind = models.CharField(max_length=12, choices=Kind)
    # Of everything there is one format: a zip of CSV files.
    format = models.CharField(max_length=4, choices=Format, default=Format.CSV)
    # The list's filter. What was searched for can be a name, so it goes with the file.
    wanted = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    problem = models.CharField(max_length=300, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="People, as it was started")
    done_count = models.PositiveIntegerField(default=0, help_text="People, or rows of all tables")
    file = models.FileField(upload_to=export_path, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    beat_at = models.DateTimeField(null=True, editable=False)
    restarts = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="export_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.created_at:%-d %b %Y}"

    def get_absolute_url(self) -> str:
        return reverse("candidates:export", args=[self.pk])

    @property
    def is_busy(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def file_name(self) -> str:
        """What the download is called."""
        ending = "zip" if self.kind == self.Kind.EVERYTHING else self.format
        return f"rapport-{self.kind}-{self.created_at:%Y-%m-%d}.{ending}"

    @property
    def progress(self) -> str:
        """How many people are in it by now, of how many."""
        if self.state == self.State.RUNNING:
            return f"{self.done_count:,} of {self.total:,}"
        return f"{self.done_count if self.finished_at else self.total:,}"
