"""What a mail step says otherwise: its variants, and the words that one person gets."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from campaigns.models.sequences import Step
from candidates.models import Candidate
from crm.tenancy.models import OwnedModel


class StepVariant(OwnedModel):
    """Another wording of a mail step: tried beside the step's own, which is A, or for who speaks a language."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="variants")
    letter = models.CharField(max_length=1, blank=True, help_text="B, C or D")
    language = models.CharField(
        max_length=2, blank=True, help_text="ISO 639-1, instead of a letter"
    )
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()

    class Meta(OwnedModel.Meta):
        ordering = ["letter", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "step", "letter", "language"],
                name="one_variant_per_letter_or_language",
            ),
            models.CheckConstraint(
                condition=Q(letter="") ^ Q(language=""), name="variant_of_a_letter_or_a_language"
            ),
        ]

    def __str__(self) -> str:
        return f"Variant {self.letter or self.language}"


class PersonalMail(OwnedModel):
    """What one candidate gets instead of a step's text: written by hand, before it goes."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="personal_mails")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "step", "candidate"], name="one_personal_mail_per_step"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="personal_mail_of_candidate")
        ]

    def __str__(self) -> str:
        return f"For {self.candidate_id}"
