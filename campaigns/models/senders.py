"""Who mail goes out from."""

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from campaigns.models.accounts import MailAccount
from crm.tenancy.models import OwnedModel
from crm.web.time_zones import refuse_unknown_zone


def weekdays() -> list[int]:
    """Monday to Friday, as `date.weekday()` counts them."""
    return [0, 1, 2, 3, 4]


def usual_gap() -> int:
    """Seconds between two mails of one sender: none where mail stays on this machine."""
    return 0 if settings.DEMO_MAILBOX else 45


class Sender(OwnedModel):
    """An address that mail goes out from, with its cap and its window."""

    name = models.CharField(max_length=120, help_text="Shown to the candidate as the writer")
    address = models.EmailField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    account = models.ForeignKey(
        MailAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="senders",
        help_text="What its mail goes out through; empty: the mail server of this installation",
    )
    daily_cap = models.PositiveIntegerField(default=80, help_text="Mails in any 24 hours")
    hourly_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="Mails in any 60 minutes; empty: no such cap"
    )
    gap_seconds = models.PositiveSmallIntegerField(
        default=usual_gap, help_text="Seconds between two mails, at least"
    )
    window_days = ArrayField(models.PositiveSmallIntegerField(), default=weekdays)
    window_start = models.TimeField(default=time(9))
    window_end = models.TimeField(default=time(18))
    time_zone = models.CharField(max_length=64, default="UTC", validators=[refuse_unknown_zone])
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_because = models.CharField(max_length=200, blank=True, editable=False)
    # The sender's next free moment after its cap, window and gap; kept here so that it outlives the broker.
    blocked_until = models.DateTimeField(null=True, blank=True, editable=False)
    blocked_because = models.CharField(max_length=200, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address"], name="one_sender_per_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"
