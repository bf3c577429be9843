"""What a member follows: told of everything that others do there."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models.people import Candidate
from candidates.models.pools import TalentPool
from crm.tenancy.models import OwnedModel


class Watch(OwnedModel):
    """One member follows one thing. What happened up to `told_at` was told."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    told_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        abstract = True


class CandidateWatch(Watch):
    """A member follows a person."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="watches")

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "candidate watches"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "candidate"], name="candidate_watched_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "candidate"], name="watch_of_candidate")]

    def __str__(self) -> str:
        return f"{self.user_id} watches candidate {self.candidate_id}"


class PoolWatch(Watch):
    """A member follows who joins a pool."""

    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="watches")

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "pool watches"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "pool"], name="pool_watched_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} watches pool {self.pool_id}"
