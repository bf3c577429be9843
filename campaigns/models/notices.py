"""Mails that tell people where their data came from."""

from django.db import models

from campaigns.models.mails import Message
from crm.tenancy.models import OwnedModel


class CarriedNotice(OwnedModel):
    """One mail of the outbox that carries the notice of GDPR Art. 14, and the words that it carries.

    Written with the last check, before the mail is handed over; the person counts as told once it has gone.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="notices")
    text = models.TextField()
    is_own = models.BooleanField(default=False, help_text="The mail is the notice and nothing else")

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "message"], name="one_notice_per_mail")
        ]

    def __str__(self) -> str:
        return f"notice in mail {self.message_id}"
