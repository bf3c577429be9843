"""The audit table. It names objects by kind and id and fields by name: never a personal value."""

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone

from crm.tenancy.models import OwnedModel


def action_in_words(action: str) -> str:
    """`interview_times.offered` is “Interview times offered”."""
    return action.replace(".", " ").replace("_", " ").capitalize()


class AuditEntry(OwnedModel):
    """One act. The application role may insert and read; a trigger refuses everything else to everyone."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty for what Rapport did by itself.",
    )
    action = models.CharField(max_length=60, help_text="What was done, such as candidate.erased")
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)
    ip_address = models.GenericIPAddressField(null=True)

    # The details in words, where `put_in_words` was asked for them.
    facts: list[tuple[str, str]]

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["organization", "-at", "-id"], name="audit_newest"),
            models.Index(fields=["organization", "object_type", "object_id"], name="audit_object"),
            models.Index(fields=["organization", "action", "-at", "-id"], name="audit_action"),
            models.Index(fields=["organization", "actor", "-at", "-id"], name="audit_actor"),
        ]

    @property
    def what(self) -> str:
        """The action in words."""
        return action_in_words(self.action)

    @property
    def subject(self) -> str:
        """What it was done to, by the name of its kind and its number; never by a personal value."""
        try:
            kind = apps.get_model(self.object_type)._meta.verbose_name.capitalize()
        except (LookupError, ValueError):
            # Nothing, or of a kind that there was once.
            kind = self.object_type
        return f"{kind} {self.object_id or ''}".strip()

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id or ''}".strip()
