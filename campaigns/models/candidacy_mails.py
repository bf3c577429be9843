"""Mails that a candidacy asked for: a rejection told some days later, what a stage rule writes."""

from django.db import models

from campaigns.models.mails import Message
from crm.tenancy.models import OwnedModel
from pipelines.models import Candidacy


class CandidacyMail(OwnedModel):
    """One mail of the outbox, and the candidacy it is about. The same `key` is written once a candidacy."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="candidacy_mails")
    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="mails")
    key = models.CharField(max_length=80)
    # An entry for calendars (RFC 5545) that goes with it, and what it does there (RFC 5546).
    calendar = models.TextField(blank=True)
    calendar_method = models.CharField(max_length=10, blank=True)
    is_expected = models.BooleanField(
        default=False, help_text="Goes also to who wants no other mail of ours"
    )

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidacy", "key"], name="one_mail_per_wish"
            ),
            models.UniqueConstraint(
                fields=["organization", "message"], name="one_candidacy_per_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.candidacy_id}"
