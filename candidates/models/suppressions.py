"""Who must not be written to, or must not come back."""

from django.db import models
from django.utils import timezone

from crm.tenancy.models import OwnedModel


class Suppression(OwnedModel):
    """An address, number or profile that must not be written to, or a person who must not come back.

    Holds a keyed hash only (see `candidates.services.suppressing`): without the key, a guessed
    address cannot be confirmed.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail address"
        PHONE = "phone", "Phone number"
        PROFILE = "profile", "Profile link"

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        BOUNCED = "bounced", "Address does not exist"
        COMPLAINED = "complained", "Marked as spam"
        OBJECTED = "objected", "Objected"
        ERASED = "erased", "Erased"

    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.CharField(
        max_length=64, help_text="HMAC-SHA-256 of the normalized value, in hex"
    )
    reason = models.CharField(max_length=15, choices=Reason)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "digest", "reason"], name="suppressed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_reason_display()}"
