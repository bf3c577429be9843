"""The ordered steps of a job or a pool."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from candidates.models import TalentPool
from crm.tenancy.models import OwnedModel


class Pipeline(OwnedModel):
    """An ordered set of stages: a template to copy, one job's own, or one pool's."""

    name = models.CharField(max_length=120)
    is_template = models.BooleanField(default=False)
    pool = models.ForeignKey(
        TalentPool, null=True, on_delete=models.CASCADE, related_name="pipelines", editable=False
    )

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "pool"], name="one_pipeline_per_pool"),
            models.CheckConstraint(
                condition=Q(is_template=False) | Q(pool=None), name="template_of_no_pool"
            ),
        ]

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
    # What a stage says of itself beside its place: copied from a template, kept by the editor.
    SETTINGS: ClassVar = (
        *("name", "kind", "stale_after_days", "limit"),
        *("is_blind", "requires_scorecard", "guide"),
    )
    # Those of them that a stage of a pool has: nobody is judged there.
    OF_POOLS: ClassVar = ("name", "kind", "stale_after_days", "limit", "guide")

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind)
    position = models.PositiveSmallIntegerField()
    stale_after_days = models.PositiveSmallIntegerField(
        default=10, help_text="Days after which a card is tinted"
    )
    limit = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="More people than this are too many at once; empty: no limit",
    )
    is_blind = models.BooleanField(
        "blind",
        default=False,
        help_text="Reviewers see no name, photo, contact, school or employer",
    )
    requires_scorecard = models.BooleanField(
        "scorecard needed",
        default=False,
        help_text="Nobody goes on from here before somebody has filled in a scorecard",
    )
    guide = models.TextField(
        blank=True, max_length=4000, help_text="What to find out here, and what to ask"
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
