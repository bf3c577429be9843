"""What stands in a stage, whose ever the stages are."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models import Candidate
from crm.tenancy.models import OwnedModel
from pipelines.models.stages import Stage


class Card(OwnedModel):
    """Somebody in a stage: of a job (`Candidacy`) or of a pool (`PoolPlace`). Boards and moves know no more."""

    # What a move writes.
    MOVED: ClassVar[tuple[str, ...]] = ("stage", "entered_stage_at", "closed_at", "version")
    # How stages know these cards, and how what happened to them begins in the audit table.
    OF_STAGE: ClassVar[str]
    RECORDED_AS: ClassVar[str]

    entered_stage_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Counts the moves: a mover names the version it saw, so that two people cannot move the same card unseen.
    version = models.PositiveIntegerField(default=0, editable=False)

    candidate: "models.ForeignKey[Candidate, Candidate]"
    candidate_id: int
    stage: "models.ForeignKey[Stage, Stage]"
    stage_id: int
    closed_at: "models.DateTimeField[object, object]"

    # Set when the card is locked: whether an app above has to hear which stage it enters (`extensions`).
    is_watched = True

    # Set by `queries.veil` for one reader: who it is is hidden; there is no record to open.
    is_veiled = False
    has_no_record = False

    class Meta(OwnedModel.Meta):
        abstract = True

    @property
    def days_in_stage(self) -> int:
        return (timezone.now() - self.entered_stage_at).days

    @property
    def is_stale(self) -> bool:
        """Waiting for longer than its stage allows."""
        return not self.closed_at and self.days_in_stage >= self.stage.stale_after_days

    def moves(self) -> "models.QuerySet[Any]":
        """The history of this card."""
        return self.stage_changes.all()  # type: ignore[attr-defined,no-any-return]

    @property
    def told_as(self) -> str:
        """What timelines call the job or the pool."""
        raise NotImplementedError

    @property
    def told_at(self) -> str:
        """Where that is, inside the organization."""
        raise NotImplementedError
