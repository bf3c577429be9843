"""What holds for all mail of an organization, and the log of what was held back."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from campaigns.models.mails import Message
from campaigns.models.senders import Sender
from campaigns.models.sequences import Enrollment, Sequence
from crm.tenancy.models import OwnedModel


class SendingRules(OwnedModel):
    """An organization's limits over all senders, sequences and colleagues: one row each."""

    daily_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="Mails of all senders in any 24 hours; empty: no such cap"
    )
    domain_cap = models.PositiveIntegerField(
        "Mails a day to one company",
        default=10,
        validators=[MinValueValidator(1)],
        help_text="In any 24 hours to one e-mail domain. Public mail services such as Gmail do not count.",
    )
    budget_mails = models.PositiveSmallIntegerField(
        "Mails to one person",
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="From everybody together: sequences, newsletters and colleagues.",
    )
    budget_days = models.PositiveSmallIntegerField(
        "Within so many days", default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    quiet_start = models.TimeField(
        null=True, blank=True, help_text="In the recipient's time zone; empty: no quiet hours"
    )
    quiet_end = models.TimeField(null=True, blank=True)
    bounce_limit = models.DecimalField(
        "Bounces that stop a sender, %", max_digits=4, decimal_places=1, default=5
    )
    # Gmail and Yahoo ask for less than 0.3 % from every sender of bulk mail.
    complaint_limit = models.DecimalField(
        "Complaints that stop a sender, %", max_digits=4, decimal_places=1, default="0.3"
    )
    counts_clicks = models.BooleanField(
        "Count clicks on items of the content library",
        default=False,
        help_text=(
            "Each mail then holds a link of its own, and when a person opens it is kept with their record. "
            "In many countries people must be told of this or agree first."
        ),
    )
    # The organization's next free moment under its own cap.
    blocked_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Counts a dispatch that has begun and not ended; see `dispatching`.
    unfinished = models.PositiveSmallIntegerField(default=0, editable=False)
    # So many due steps are still taken one by one.
    one_by_one = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "sending rules"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_row_of_sending_rules")
        ]

    def __str__(self) -> str:
        return "Sending rules"

    @property
    def has_quiet_hours(self) -> bool:
        return self.quiet_start is not None and self.quiet_start != self.quiet_end


class Hold(OwnedModel):
    """That something had to wait, why, and until when: append-only, read by “Why was this not sent?”.

    Of one enrollment, or of all mail of a sequence or a sender; of neither, of the organization.
    """

    # The log of what kept it back.
    goes_along: ClassVar = models.Q(pk__isnull=False)

    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    because = models.CharField(max_length=200)
    enrollment = models.ForeignKey(
        Enrollment, null=True, on_delete=models.CASCADE, related_name="holds"
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="holds")
    sequence = models.ForeignKey(Sequence, null=True, on_delete=models.CASCADE, related_name="+")
    sender = models.ForeignKey(Sender, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "enrollment", "at"], name="hold_of_enrollment"),
            models.Index(fields=["organization", "message"], name="hold_of_message"),
            models.Index(fields=["organization", "sender", "at"], name="hold_of_sender"),
            models.Index(fields=["organization", "sequence", "at"], name="hold_of_sequence"),
        ]

    def __str__(self) -> str:
        return self.because
