"""Groups of people with a purpose."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild
from crm.tenancy.models import OwnedModel


class TalentPool(OwnedModel):
    """A group of candidates with a purpose, picked by hand."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cold_after_days = models.PositiveSmallIntegerField(
        "going cold after",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="Days without contact; empty: as everywhere",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_pool_per_name")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pools:detail", args=[self.pk])


class PoolMembership(CandidateChild):
    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="memberships")
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="pool_memberships"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pool", "candidate"], name="in_pool_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="pools_of_candidate"),
            models.Index(fields=["organization", "pool", "-added_at", "-id"], name="pool_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} in {self.pool_id}"
