"""The pulse of the parts that no request passes through, and the mail that local mode keeps."""

from django.db import models
from django.utils import timezone


class MailboxMessage(models.Model):
    """One mail as it would have left, word for word. Belongs to no organization: account mails are here too."""

    to_address = models.EmailField(max_length=254)
    from_address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=255, blank=True)
    organization_slug = models.SlugField(
        max_length=40, blank=True, help_text="Whose sequence wrote it; empty: Rapport itself"
    )
    raw = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)
    answered_with = models.CharField(
        max_length=40, blank=True, help_text="Which answer was given as the recipient"
    )

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="mailbox_newest"),
            models.Index(fields=["to_address"], name="mailbox_to"),
        ]

    def __str__(self) -> str:
        return self.subject


class Heartbeat(models.Model):
    """When a part was last known to work. Belongs to the installation, not to an organization."""

    class Part(models.TextChoices):
        BEAT = "beat"
        WORKER = "worker"
        # Who looks into members' mailboxes.
        INBOUND = "inbound"

    part = models.CharField(max_length=20, choices=Part, primary_key=True)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} at {self.beaten_at:%Y-%m-%d %H:%M:%S}"
