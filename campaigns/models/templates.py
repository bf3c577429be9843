"""Texts to begin with: templates in folders, with versions and languages; snippets; signatures."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from crm.tenancy.models import OwnedModel


class Visibility(models.TextChoices):
    PERSONAL = "personal", "Only me"
    TEAM = "team", "Everybody uses it, I edit it"
    SHARED = "shared", "Everybody uses and edits it"


class Template(OwnedModel):
    """A mail to begin with. Its texts are versions: one row each time that somebody saves it."""

    name = models.CharField(max_length=120)
    folder = models.CharField(max_length=60, blank=True)
    visibility = models.CharField(
        max_length=8, choices=Visibility, default=Visibility.SHARED, verbose_name="for"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["folder", "name"]
        indexes = [models.Index(fields=["organization", "folder", "name"], name="template_shelf")]

    def __str__(self) -> str:
        return self.name


class TemplateText(OwnedModel):
    """What a template says in one language, as of one save. The newest of a language counts."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(
        max_length=2, blank=True, help_text="ISO 639-1; empty: for everybody else"
    )
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "template", "language", "version"],
                name="one_text_per_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.language or 'default'}, version {self.version}"


class Snippet(OwnedModel):
    """A few sentences to drop into a mail, such as an answer that one gives often."""

    name = models.CharField(max_length=60)
    body = models.TextField(max_length=4000)
    # Empty: everybody's.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "owner", "name"],
                name="one_snippet_per_name",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name


class Signature(OwnedModel):
    """How a member signs, wherever a mail says {{ signature }} and goes out from their sender."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    body = models.TextField(max_length=1000)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="one_signature_per_user")
        ]

    def __str__(self) -> str:
        return self.body.partition("\n")[0]
