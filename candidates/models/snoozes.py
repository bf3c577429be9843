"""Until when a person wants to be left alone, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from candidates.models.choices import NotNowReason
from candidates.models.people import Candidate, CandidateChild


class Snooze(CandidateChild):
    """“Not now until”: holds as long as the candidate's status says Not now, at most until its day."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="snoozes")
    until_on = models.DateField("until")
    reason = models.ForeignKey(
        NotNowReason, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)
    # What the status goes back to.
    status_before = models.CharField(max_length=20, choices=Candidate.Status, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate"],
                condition=Q(ended_at=None),
                name="one_snooze_at_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="snooze_of_candidate"),
            models.Index(
                fields=["organization", "until_on"], condition=Q(ended_at=None), name="snooze_due"
            ),
        ]

    def __str__(self) -> str:
        return f"until {self.until_on:%-d %b %Y}"

    @property
    def because(self) -> str:
        """The reason, and what was said of it."""
        return ": ".join(filter(None, [self.reason.name if self.reason else "", self.note]))
