"""What those who spoke with a candidate say of them, criterion by criterion."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.tenancy.models import OwnedModel
from pipelines.models.candidacies import Candidacy
from pipelines.models.stages import Pipeline, Stage


class Criterion(OwnedModel):
    """Something that is judged at one stage of a pipeline, or at each of them."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="criteria")
    stage = models.ForeignKey(
        Stage,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="criteria",
        help_text="Empty: at every stage",
    )
    name = models.CharField(max_length=80)
    hint = models.CharField(max_length=300, blank=True, help_text="What a good answer looks like")
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "criteria"
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["organization", "pipeline"], name="criteria_of_pipeline")]

    def __str__(self) -> str:
        return self.name


class Scorecard(OwnedModel):
    """One colleague's word on one candidacy at one stage. A draft is its author's alone."""

    class Verdict(models.TextChoices):
        STRONG_NO = "strong_no", "Definitely not"
        NO = "no", "No"
        YES = "yes", "Yes"
        STRONG_YES = "strong_yes", "Definitely"

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="scorecards")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="scorecards")
    # Without an author: a colleague who is gone. The word stays.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    summary = models.TextField(blank=True, max_length=5000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidacy", "stage", "author"],
                name="one_scorecard_per_author",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | ~Q(verdict=""), name="submitted_with_a_verdict"
            ),
        ]
        indexes = [models.Index(fields=["organization", "stage"], name="scorecards_of_stage")]

    def __str__(self) -> str:
        return f"Scorecard of {self.candidacy_id}"

    @property
    def is_in_favor(self) -> bool:
        return self.verdict in {self.Verdict.YES, self.Verdict.STRONG_YES}


class ScorecardRating(OwnedModel):
    """How one criterion was met. Keeps the criterion's name: the list of criteria may change."""

    SCORES = ((1, "Poor"), (2, "Mixed"), (3, "Good"), (4, "Outstanding"))

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="ratings")
    criterion = models.ForeignKey(
        Criterion, null=True, on_delete=models.SET_NULL, related_name="ratings"
    )
    name = models.CharField(max_length=80)
    score = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        choices=SCORES,
        validators=[MinValueValidator(1), MaxValueValidator(4)],
        help_text="Empty: not looked at",
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta(OwnedModel.Meta):
        ordering = ["pk"]
        indexes = [models.Index(fields=["organization", "scorecard"], name="ratings_of_scorecard")]

    def __str__(self) -> str:
        return f"{self.name}: {self.score}"
