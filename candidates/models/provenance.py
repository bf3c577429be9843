"""Where a value comes from: columns of rows that say it, and values that wait for a person's word."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild


class Origin(models.TextChoices):
    """By which way a value came to us. What a person typed is never replaced silently by any other."""

    UNKNOWN = "", "Not recorded"
    PERSON = "person", "By hand"
    IMPORT = "import", "Import"
    RESUME = "resume", "Résumé"
    FORM = "form", "Form"
    MAIL = "mail", "E-mail"
    API = "api", "API"


class Sourced(models.Model):
    """A row that knows how, by whom and when it came; set and read by `candidates.services.provenance`.

    The columns of Candidate have the same four in the JSON of `Candidate.provenance`.
    """

    provenance_kind = models.CharField(
        max_length=10, choices=Origin, default=Origin.UNKNOWN, blank=True, editable=False
    )
    provenance_label = models.CharField(
        max_length=120, blank=True, editable=False, help_text="Such as the name of the file"
    )
    provenance_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        # Users hardly ever go: an index on each of these tables would cost every import.
        db_index=False,
    )
    provenance_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Proposal(Sourced, CandidateChild):
    """A value for a column of Candidate that did not replace what a person had typed: to be taken or not."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="proposals")
    field = models.CharField(max_length=60)
    value = models.TextField()

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate", "field", "value"], name="proposed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"
