"""Groups of people with a purpose."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild
from crm.tenancy.models import OwnedModel


class TalentPool(OwnedModel):
    """A group of candidates with a purpose: picked by hand, by a rule (a smart pool), or both."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    team = models.CharField(
        max_length=80, blank=True, db_default="", help_text="Whom it is for, such as Engineering"
    )
    cold_after_days = models.PositiveSmallIntegerField(
        "going cold after",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="Days without contact; empty: as everywhere",
    )
    target_size = models.PositiveIntegerField(
        "people wanted", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    target_on = models.DateField("wanted by", null=True, blank=True)
    # The rule: a `PeopleQuery` as JSON. Without one the pool is picked by hand.
    query = models.JSONField(null=True, blank=True, editable=False)
    # What is wrong with the rule, such as a tag that is gone: the pool stays as it is meanwhile.
    problem = models.CharField(max_length=300, blank=True, db_default="", editable=False)
    # When everybody was last compared with the rule, and since when that is due again.
    filled_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
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

    @property
    def is_smart(self) -> bool:
        return self.query is not None


class PoolMembership(CandidateChild):
    class Origin(models.TextChoices):
        HAND = "hand", "By hand"
        RULE = "rule", "By the rule"

    # Rows that nobody's act made: they keep nobody whose import is undone. So too in other models.
    by_itself: ClassVar = Q(origin="rule")

    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="memberships")
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="pool_memberships"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    origin = models.CharField(
        max_length=4, choices=Origin, default=Origin.HAND, db_default="hand", editable=False
    )

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


class PoolExclusion(CandidateChild):
    """Somebody was taken out of a smart pool by hand: its rule does not bring them back."""

    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="exclusions")
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="pool_exclusions"
    )
    excluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    excluded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pool", "candidate"], name="out_of_pool_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="exclusion_of_candidate")
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} not in {self.pool_id}"


class PoolDeparture(CandidateChild):
    """Who left a pool, when and why; told for 90 days. `by` is empty where the rule did it."""

    by_itself: ClassVar = Q(by=None)

    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="departures")
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="pool_departures"
    )
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    left_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(fields=["organization", "pool", "-left_at", "-id"], name="pool_left"),
            models.Index(fields=["organization", "candidate"], name="departure_of_candidate"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} left {self.pool_id}"
