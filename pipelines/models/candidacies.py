"""Candidates considered for jobs, and the history of their moves."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate, RejectionReason, SearchRow
from crm.tenancy.models import OwnedModel
from pipelines.models.cards import Card
from pipelines.models.jobs import Job
from pipelines.models.stages import Stage


class Candidacy(Card):
    """One candidate considered for one job, since `created_at`: of one that was moved over, since then."""

    MOVED: ClassVar = (
        *Card.MOVED,
        *(
            "job",
            "created_at",
            "rejection_reason",
            "rejection_note",
            "shortlisted_at",
            "shortlisted_by",
        ),
    )
    OF_STAGE: ClassVar = "candidacies"
    RECORDED_AS: ClassVar = "candidacy"

    class Origin(models.TextChoices):
        SOURCED = "sourced", "Sourced"
        APPLIED = "applied", "Applied"
        REFERRED = "referred", "Referred"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="candidacies")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="candidacies")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="candidacies")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SOURCED)
    closed_at = models.DateTimeField(null=True, editable=False, help_text="Hired or rejected")
    rating = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="From 1 to 5, for this job",
    )
    rejection_reason = models.ForeignKey(
        RejectionReason, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    rejection_note = models.CharField(max_length=300, blank=True, default="", db_default="")
    # Shown to the hiring managers for their word.
    shortlisted_at = models.DateTimeField(null=True, editable=False)
    shortlisted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "candidacies"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "job", "candidate"], name="candidacy_once"
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__range=(1, 5)), name="rating_in_stars"
            ),
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
    def told_as(self) -> str:
        return self.job.told_as

    @property
    def told_at(self) -> str:
        return self.job.path


class CandidacySearch(SearchRow):
    """Candidacies, through the fence that people are found in."""

    job = models.BigIntegerField(db_column="job_id")
    stage = models.BigIntegerField(db_column="stage_id")
    closed_at = models.DateTimeField(null=True)
    entered_stage_at = models.DateTimeField()

    class Meta(SearchRow.Meta):
        db_table = "candidacy_search"


class StageChange(OwnedModel):
    """One move of a candidacy: the history that funnels and times in stage are counted from."""

    # The entry that a candidacy begins with, when it is taken back; who was moved since stays.
    goes_along: ClassVar = models.Q(origin=None)

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="stage_changes")
    origin = models.ForeignKey(Stage, null=True, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    # Of a rejection, where it was given: it stays here when the candidacy is opened again.
    rejection_reason = models.ForeignKey(
        RejectionReason, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True, default="", db_default="")
    # Of a move to another job: since when the managers of the job that was left could look, and who let them.
    was_shortlisted_at = models.DateTimeField(null=True, editable=False)
    was_shortlisted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(
                fields=["organization", "candidacy", "at", "id"], name="stage_change_history"
            ),
            models.Index(fields=["organization", "to"], name="stage_change_to"),
        ]

    def __str__(self) -> str:
        return f"{self.candidacy_id}: {self.origin_id} to {self.to_id}"
