"""Jobs and the stages that candidates move through."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate
from crm.tenancy.models import OwnedModel


class Pipeline(OwnedModel):
    """An ordered set of stages: a template to copy, or one job's own."""

    name = models.CharField(max_length=120)
    is_template = models.BooleanField(default=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Stage(OwnedModel):
    """One step of a pipeline. Its kind drives reports, its name is the organization's."""

    class Kind(models.TextChoices):
        LEAD = "lead", "Lead"
        SCREEN = "screen", "Screen"
        INTERVIEW = "interview", "Interview"
        OFFER = "offer", "Offer"
        HIRED = "hired", "Hired"
        REJECTED = "rejected", "Rejected"

    # Entering one of these ends the candidacy.
    CLOSING_KINDS: ClassVar = frozenset({Kind.HIRED, Kind.REJECTED})

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind)
    position = models.PositiveSmallIntegerField()
    stale_after_days = models.PositiveSmallIntegerField(
        default=10, help_text="Days after which a card is tinted"
    )

    class Meta(OwnedModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pipeline", "position"],
                name="one_stage_per_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["organization", "pipeline", "name"], name="one_stage_per_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closing(self) -> bool:
        return self.kind in self.CLOSING_KINDS


class Job(OwnedModel):
    """An opening being filled."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        ON_HOLD = "on_hold", "On hold"
        FILLED = "filled", "Filled"
        CANCELLED = "cancelled", "Cancelled"

    title = models.CharField(max_length=160)
    place = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    openings = models.PositiveSmallIntegerField(default=1)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="jobs")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pipeline"], name="one_job_per_pipeline"
            )
        ]
        indexes = [models.Index(fields=["organization", "-created_at", "-id"], name="job_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("pipelines:board", args=[self.pk])

    @property
    def is_closed(self) -> bool:
        return self.status in {self.Status.FILLED, self.Status.CANCELLED}

    @property
    def first_stage(self) -> Stage:
        """Where new candidacies start."""
        return self.pipeline.stages.order_by("position")[0]


class JobMember(OwnedModel):
    """A hiring manager of a job: sees its people, and no others."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "job", "user"], name="job_member_once")
        ]
        indexes = [models.Index(fields=["organization", "user", "job"], name="jobs_of_member")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.job_id}"


class Candidacy(OwnedModel):
    """One candidate considered for one job."""

    class Origin(models.TextChoices):
        SOURCED = "sourced", "Sourced"
        APPLIED = "applied", "Applied"
        REFERRED = "referred", "Referred"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="candidacies")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="candidacies")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="candidacies")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SOURCED)
    entered_stage_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False, help_text="Hired or rejected")
    # Counts the moves: a mover names the version it saw, so that two people cannot move the same card unseen.
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "candidacies"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "job", "candidate"], name="candidacy_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "stage", "-entered_stage_at", "-id"],
                name="candidacy_of_stage",
            ),
            models.Index(fields=["organization", "candidate"], name="candidacy_of_candidate"),
            models.Index(
                fields=["organization", "job"], condition=Q(closed_at=None), name="candidacy_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} for {self.job_id}"

    def get_absolute_url(self) -> str:
        return reverse("pipelines:candidacy", args=[self.pk])

    @property
    def days_in_stage(self) -> int:
        return (timezone.now() - self.entered_stage_at).days

    @property
    def is_stale(self) -> bool:
        """Waiting for longer than its stage allows."""
        return not self.closed_at and self.days_in_stage >= self.stage.stale_after_days


class StageChange(OwnedModel):
    """One move of a candidacy: the history that funnels and times in stage are counted from."""

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="stage_changes")
    origin = models.ForeignKey(Stage, null=True, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(
                fields=["organization", "candidacy", "at", "id"], name="stage_change_history"
            ),
            models.Index(fields=["organization", "to"], name="stage_change_to"),
        ]

    def __str__(self) -> str:
        return f"{self.candidacy_id}: {self.origin_id} to {self.to_id}"
