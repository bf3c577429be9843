"""What somebody owes a candidate."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from candidates.models.people import Candidate
from crm.tenancy.models import OwnedModel


class Task(OwnedModel):
    """Something somebody owes a candidate, by a day."""

    class Origin(models.TextChoices):
        MANUAL = "manual", "Added by hand"
        SEQUENCE = "sequence", "From a sequence"
        REPLY = "reply", "A reply came"

    candidate = models.ForeignKey(
        Candidate, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks"
    )
    title = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.MANUAL, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "candidate"], name="task_of_candidate"),
            models.Index(
                fields=["organization", "assignee", "due_on"],
                condition=Q(done_at=None),
                name="task_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title
