"""Who is to be told that we have their data, because we have it from others (GDPR Art. 14)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild
from crm.tenancy.models import OwnedModel

# No month is shorter: a number of days never reaches beyond the calendar month of the law.
SHORTEST_MONTH = 28

DEFAULT_TEXT = """\
**Why you hear from us, and what we know of you**

{{ organization }} keeps your name, your contact details and what we know of your work, because you may \
fit a job with us now or later. We have them since {{ stored_on }}, from: {{ source }}.

Our basis is {{ basis }}, to find people for our teams (GDPR Art. 6 and 14). Our recruiters and the hiring \
managers of jobs that you may fit see your data; the providers that run our software and mail process them for us. \
We keep them as long as we are in touch and for a limited time after the last contact.

You may ask for a copy, have your data corrected, deleted or restricted, have them moved, object to their use, or \
complain to a data protection authority. Answer this mail or write to {{ sender_address }} or to \
{{ organization }}, {{ postal_address }}. The link below this text stops all further mail at once."""


class NoticeRules(OwnedModel):
    """What an organization tells people whose data it has from others, and by when. Without a row: these defaults."""

    is_enabled = models.BooleanField("tell people whose data came from others", default=True)
    days = models.PositiveSmallIntegerField(
        "days to tell them",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(SHORTEST_MONTH)],
        help_text="Empty: one calendar month, the longest that GDPR Art. 14(3) allows.",
    )
    text = models.TextField(
        "text of the notice", blank=True, max_length=5000, help_text="Empty: Rapport's own words."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "notice rules"
        constraints = [models.UniqueConstraint(fields=["organization"], name="one_notice_rules")]

    def __str__(self) -> str:
        return f"Tell within {self.days} days" if self.days else "Tell within a month"

    @property
    def wording(self) -> str:
        """What the notice says, with its merge fields."""
        return self.text or DEFAULT_TEXT


class PrivacyNotice(CandidateChild):
    """One person to be told where we have their data from, or who was told: at most one row a person.

    Without a row there is nobody to tell: the person gave us the data.
    """

    class How(models.TextChoices):
        FIRST_MAIL = "first_mail", "With the first mail"
        OWN_MAIL = "own_mail", "With a mail of its own"
        BY_HAND = "by_hand", "In another way"

    # One of these per imported person: the constraint's index is enough.
    candidate = models.ForeignKey(
        Candidate,
        on_delete=models.CASCADE,
        related_name="privacy_notices",
        db_index=False,
    )
    source = models.CharField(max_length=200, help_text="In words, as the person reads them")
    stored_at = models.DateTimeField(default=timezone.now, help_text="When the clock began")
    due_on = models.DateField(help_text="The last day to tell them")
    told_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=10, choices=How, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        # Users hardly ever go: an index would cost every import.
        db_index=False,
    )

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate"], name="one_privacy_notice_per_person"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_on", "id"],
                condition=Q(told_at=None),
                name="privacy_notice_due",
            )
        ]

    def __str__(self) -> str:
        return f"told on {self.told_at:%Y-%m-%d}" if self.told_at else f"due on {self.due_on}"
