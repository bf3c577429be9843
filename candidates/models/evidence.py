"""How sure we are of what people can do and did, and since when."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

# What nobody looked at for so long is shown as stale.
FRESH_FOR = timedelta(days=365)


class Evidence(models.TextChoices):
    """What a statement about a person rests on, from weak to strong."""

    UNCHECKED = "", "Not checked"
    PARSED = "parsed", "Read from a résumé"
    DECLARED = "declared", "Said by the person"
    CONFIRMED = "confirmed", "Confirmed by us"
    ASSESSED = "assessed", "Shown in an assessment"


class Evidenced(models.Model):
    """A row that somebody can stand for. Beside `Sourced`, whose moment counts until it is verified."""

    evidence = models.CharField(
        max_length=10, choices=Evidence, default=Evidence.UNCHECKED, db_default="", blank=True
    )
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        db_index=False,
    )

    class Meta:
        abstract = True

    @property
    def as_of(self) -> datetime:
        """When this was last known to be so."""
        known_since: datetime = self.provenance_at  # type: ignore[attr-defined]
        return self.verified_at or known_since

    @property
    def is_stale(self) -> bool:
        return timezone.now() - self.as_of > FRESH_FOR

    @property
    def is_verified(self) -> bool:
        return self.evidence in {Evidence.CONFIRMED, Evidence.ASSESSED}
