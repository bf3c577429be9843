"""The local mailbox: mail that would have left, kept on this machine. In local mode only."""

from django.db import models
from django.utils import timezone


class MailboxMessage(models.Model):
    """One mail as it would have left, word for word. Belongs to no organization: account mails are here too."""

    to_address = models.EmailField(max_length=254)
    from_address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=255, blank=True)
    raw = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="mailbox_newest"),
            models.Index(fields=["to_address"], name="mailbox_to"),
        ]

    def __str__(self) -> str:
        return self.subject
