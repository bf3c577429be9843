"""The content library: links and files to put into mails, with whom they were shared, and clicks where they are counted."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from campaigns.models.mails import Message
from candidates.models import Candidate, KeptFile
from crm.tenancy.models import OwnedModel


class ContentFile(KeptFile):
    """The file of an item of the library."""

    folder = "content-files"

    class Meta(KeptFile.Meta):
        verbose_name = "file of the content library"
        verbose_name_plural = "files of the content library"


class ContentItem(OwnedModel):
    """Something to show people: an address elsewhere, or a file. Mails name it by its key: {{ content.our_team }}."""

    class Kind(models.TextChoices):
        LINK = "link", "Link"
        FILE = "file", "File"

    kind = models.CharField(max_length=4, choices=Kind)
    key = models.CharField(max_length=40, editable=False)
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=1000, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    url = models.URLField("address", max_length=1000, blank=True)
    file = models.ForeignKey(ContentFile, null=True, on_delete=models.PROTECT, related_name="items")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="one_item_per_key"),
            models.CheckConstraint(
                condition=Q(kind="link", file=None) & ~Q(url="")
                | Q(kind="file", url="", file__isnull=False),
                name="item_is_a_link_or_a_file",
            ),
        ]
        indexes = [models.Index(fields=["organization", "title", "id"], name="content_shelf")]

    def __str__(self) -> str:
        return self.title


class SharedContent(OwnedModel):
    """That a mail shows an item to a person: one row however often it is tried. It was shared once the mail has gone."""

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="shares")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="shared")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="shared")
    shared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_tracked = models.BooleanField(
        default=False, help_text="The mail holds a link of its own, whose clicks are counted"
    )

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "message", "item"], name="shared_once_per_mail"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "item", "-created_at", "-id"], name="shares_of_item"
            ),
            models.Index(fields=["organization", "candidate"], name="shares_of_candidate"),
        ]

    def __str__(self) -> str:
        return f"item {self.item_id} in mail {self.message_id}"


class ContentClick(OwnedModel):
    """Somebody or something opened the link of one mail. Keeps neither address nor browser."""

    class Machine(models.TextChoices):
        """Why no person clicked."""

        HEAD = "head", "asked for the headers alone"
        PREFETCH = "prefetch", "loaded ahead of a click"
        AGENT = "agent", "a scanner of links"
        SOON = "soon", "within seconds of delivery"
        ALL = "all", "all links of the mail at once"

    shared = models.ForeignKey(SharedContent, on_delete=models.CASCADE, related_name="clicks")
    at = models.DateTimeField(default=timezone.now)
    machine = models.CharField(max_length=8, choices=Machine, blank=True)

    class Meta(OwnedModel.Meta):
        indexes = [models.Index(fields=["organization", "shared", "at"], name="clicks_of_share")]

    def __str__(self) -> str:
        return self.get_machine_display() or "clicked"
