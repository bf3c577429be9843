"""Acts on many people at once, done in the background."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone

from candidates.models.changes import ChangeSet
from crm.tenancy.models import OwnedModel


class BulkAct(OwnedModel):
    """One act on exactly those people who were counted when it was asked for: their ids are frozen in the row.

    A draft only holds a selection, until somebody says what is to be done with it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Not started"
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    action = models.CharField(max_length=20, blank=True, db_default="")
    title = models.CharField(max_length=200, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # What was chosen with the action, such as a tag's id.
    chosen = models.JSONField(default=dict, blank=True)
    # In the order in which they are worked on; forgotten when the act is over.
    candidate_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    total = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0, help_text="People gone through")
    changed_count = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict, blank=True, help_text="Reason to number of people")
    problem = models.CharField(max_length=300, blank=True, db_default="")
    change_set = models.ForeignKey(
        ChangeSet, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    beat_at = models.DateTimeField(null=True, editable=False)
    restarts = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="bulk_act_newest"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.total:,} people"

    def get_absolute_url(self) -> str:
        return reverse("candidates:bulk_act", args=[self.pk])

    @property
    def is_busy(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def result(self) -> str:
        """Such as "1,270 changed. 14 left out: already tagged." """
        told = [f"{self.changed_count:,} changed."]
        for reason, count in sorted(self.left_out.items(), key=lambda pair: -pair[1]):
            told.append(f"{count:,} left out: {reason}.")
        return " ".join(told)
