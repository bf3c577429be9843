"""Pools with stages: where each of their people stands, and how they came there."""

from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models import Candidate, SearchRow, TalentPool
from crm.tenancy.models import OwnedModel
from pipelines.models.cards import Card
from pipelines.models.stages import Pipeline, Stage


class PoolPlace(Card):
    """Where somebody stands in a pool that has stages, from the day they join it until they leave.

    The database keeps these rows beside the memberships, whatever writes those: who joins enters the first stage,
    who leaves has the place closed. Who comes back begins anew.
    """

    # It comes with a membership, which counts itself.
    by_itself: ClassVar = models.Q(pk__isnull=False)
    OF_STAGE: ClassVar = "places"
    RECORDED_AS: ClassVar = "place"

    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="places")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="pool_places")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="places")
    # The id of the membership, which may be gone: an undo that brings it back brings the place back.
    membership = models.BigIntegerField(editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "membership"], name="one_place_per_membership"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "stage", "-entered_stage_at", "-id"], name="places_of_stage"
            ),
            models.Index(fields=["organization", "candidate"], name="places_of_candidate"),
            models.Index(
                fields=["organization", "pool"],
                condition=models.Q(closed_at=None),
                name="place_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} in {self.pool_id}"

    def get_absolute_url(self) -> str:
        return self.candidate.get_absolute_url()

    @property
    def told_as(self) -> str:
        return f"pool {self.pool.name}"

    @property
    def told_at(self) -> str:
        return f"pools/{self.pool_id}/board/"


class PoolPlaceSearch(SearchRow):
    """Places in pools, through the fence that people are found in."""

    stage = models.BigIntegerField(db_column="stage_id")
    closed_at = models.DateTimeField(null=True)
    entered_stage_at = models.DateTimeField()

    class Meta(SearchRow.Meta):
        db_table = "pool_place_search"


class PoolStageChange(OwnedModel):
    """One move of somebody through the stages of a pool."""

    by_itself: ClassVar = models.Q(origin=None)

    place = models.ForeignKey(PoolPlace, on_delete=models.CASCADE, related_name="stage_changes")
    origin = models.ForeignKey(Stage, null=True, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "place", "at", "id"], name="pool_stage_history"),
            models.Index(fields=["organization", "to"], name="pool_stage_change_to"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}: {self.origin_id} to {self.to_id}"


@dataclass(frozen=True)
class StagedPool:
    """A pool with its stages: what a job is to its board."""

    pool: TalentPool
    pipeline: Pipeline

    def __str__(self) -> str:
        return str(self.pool)

    @property
    def pk(self) -> int:
        return self.pool.pk

    @property
    def pipeline_id(self) -> int:
        return self.pipeline.pk
