"""Where a person is reached and recognized: addresses, numbers, profiles."""

from django.db import models
from django.db.models import Q

from candidates.models.people import Candidate, CandidateChild
from candidates.models.provenance import Sourced


class EmailAddress(Sourced, CandidateChild):
    """An address of a candidate. One address belongs to one person per organization."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Not tried yet"
        VALID = "valid", "Valid"
        BOUNCED = "bounced", "Bounced"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="emails")
    address = models.EmailField(max_length=254)
    normalized = models.CharField(
        max_length=254, editable=False, help_text="Lower case, for comparing"
    )
    is_primary = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.UNKNOWN)

    class Meta(CandidateChild.Meta):
        verbose_name_plural = "email addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "normalized"], name="one_person_per_address"
            ),
            models.UniqueConstraint(
                fields=["organization", "candidate"],
                condition=Q(is_primary=True),
                name="one_primary_address",
            ),
        ]
        indexes = [models.Index(fields=["organization", "candidate"], name="email_of_candidate")]

    def __str__(self) -> str:
        return self.address


class PhoneNumber(Sourced, CandidateChild):
    """A phone number as it was given, and in E.164 where it could be read."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=60)
    normalized = models.CharField(
        max_length=20, blank=True, editable=False, help_text="E.164, empty if unreadable"
    )

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(fields=["organization", "candidate"], name="phone_of_candidate"),
            models.Index(fields=["organization", "normalized"], name="phone_normalized"),
        ]

    def __str__(self) -> str:
        return self.number


class ProfileLink(Sourced, CandidateChild):
    """A public profile of a candidate."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="links")
    url = models.URLField(max_length=500)
    normalized = models.CharField(
        max_length=500, editable=False, help_text="Host and path, for comparing"
    )

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(fields=["organization", "candidate"], name="link_of_candidate"),
            models.Index(fields=["organization", "normalized"], name="link_normalized"),
        ]

    def __str__(self) -> str:
        return self.url
