"""The doors that mail goes out through and is read from, with the credentials that they ask for."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from crm.tenancy.models import OwnedModel
from crm.tenancy.sealing import seal, unseal


class Security(models.TextChoices):
    TLS = "tls", "TLS from the start"
    STARTTLS = "starttls", "STARTTLS"
    NONE = "none", "None (only on the same machine)"


def inbox_only() -> list[str]:
    return ["INBOX"]


class MailAccount(OwnedModel):
    """A provider, or the mail server of somebody's mailbox, that senders go out through."""

    class Kind(models.TextChoices):
        SMTP = "smtp", "Mail server (SMTP)"
        BREVO = "brevo", "Brevo"
        MAILGUN = "mailgun", "Mailgun"
        MAILJET = "mailjet", "Mailjet"
        POSTMARK = "postmark", "Postmark"
        RESEND = "resend", "Resend"
        SPARKPOST = "sparkpost", "SparkPost"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SMTP)
    host = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(default=465)
    security = models.CharField(max_length=8, choices=Security, default=Security.TLS)
    username = models.CharField(
        max_length=254, blank=True, help_text="Of Mailjet the API key, of others the user's name"
    )
    domain = models.CharField(max_length=253, blank=True, help_text="Mailgun's sending domain")
    # See crm/tenancy/sealing.py: a password or an API key, never in the clear.
    secret = models.TextField(blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="one_mail_account_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def keep_secret(self, text: str) -> None:
        """Take a new password or key into the saved row; the caller saves it again."""
        self.secret = seal(text, row=self, field="secret")

    def open_secret(self) -> str:
        return unseal(self.secret, row=self, field="secret")


class Mailbox(OwnedModel):
    """A member's own mailbox, read for mail of people who are candidates here. Nothing in it is ever changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    address = models.EmailField()
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, choices=Security, default=Security.TLS)
    username = models.CharField(max_length=254)
    secret = models.TextField(blank=True, editable=False)
    folders = ArrayField(
        models.CharField(max_length=200), default=inbox_only, help_text="Only these are looked into"
    )
    ignored = models.TextField(
        blank=True, help_text="Addresses and domains whose mail is never kept, one a line"
    )
    begins_private = models.BooleanField(
        default=False, help_text="Threads that begin in it are private until they are shared"
    )
    since = models.DateTimeField(default=timezone.now, help_text="Older mail is not looked at")
    # {folder: [UIDVALIDITY, the last UID that was looked at]}
    positions = models.JSONField(default=dict, editable=False)
    next_sync_at = models.DateTimeField(null=True, default=timezone.now, editable=False)
    tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    synced_at = models.DateTimeField(null=True, blank=True, editable=False)
    behind = models.PositiveIntegerField(default=0, editable=False, help_text="Mails not looked at")
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)
    seen_count = models.PositiveIntegerField(default=0, editable=False)
    kept_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["address"]
        verbose_name_plural = "mailboxes"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address"], name="one_mailbox_per_address"
            )
        ]

    def __str__(self) -> str:
        return self.address

    def keep_secret(self, text: str) -> None:
        self.secret = seal(text, row=self, field="secret")

    def open_secret(self) -> str:
        return unseal(self.secret, row=self, field="secret")

    @property
    def is_on(self) -> bool:
        return self.next_sync_at is not None

    def lag_at(self, moment: datetime) -> int | None:
        """Whole minutes since everything was seen; None if it never was."""
        return int((moment - self.synced_at).total_seconds() // 60) if self.synced_at else None


class SendPermission(OwnedModel):
    """That one member may send in another's name, from the other's sender, until it is taken back."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        GRANTED = "granted", "Granted"
        REVOKED = "revoked", "Taken back"

    sender = models.ForeignKey(
        "campaigns.Sender", on_delete=models.CASCADE, related_name="permissions"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sender", "user"], name="one_permission_per_pair"
            )
        ]

    def __str__(self) -> str:
        return self.get_state_display()
