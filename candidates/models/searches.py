"""Searches that are kept under a name."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild
from crm.tenancy.models import OwnedModel


class SavedSearch(OwnedModel):
    """A search under a name, for its owner alone or for everybody who reads candidates."""

    class Alert(models.TextChoices):
        NEVER = "", "Do not tell me"
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every week"

    name = models.CharField(max_length=80)
    # What `PeopleQuery.as_json` gives: names as ids, so that a renamed tag stays the same.
    query = models.JSONField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_shared = models.BooleanField("shared", default=False, help_text="Colleagues see it too")
    alert = models.CharField(
        "tell me of new people", max_length=6, choices=Alert, default=Alert.NEVER, blank=True
    )
    told_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "saved searches"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "owner", "name"], name="one_search_per_name"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "told_at"],
                condition=~models.Q(alert=""),
                name="saved_search_alert",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("searches:open", args=[self.pk])


class SearchPin(OwnedModel):
    """A member keeps a search at hand: on the home page and above the list."""

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="pins")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "search", "user"], name="search_pinned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.search_id} pinned by {self.user_id}"


class SearchMatch(CandidateChild):
    """Somebody whom a search with an alert has found: told of once, never again."""

    is_derived: ClassVar[bool] = True

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="matches")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")

    class Meta(CandidateChild.Meta):
        verbose_name_plural = "search matches"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "search", "candidate"], name="search_match_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "candidate"], name="match_of_candidate")]

    def __str__(self) -> str:
        return f"{self.candidate_id} found by {self.search_id}"
