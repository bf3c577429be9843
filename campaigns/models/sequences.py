"""Planned follow-ups, their steps, and the people on them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from campaigns.models.senders import Sender
from campaigns.models.templates import Template
from candidates.models import Candidate, SearchRow
from crm.tenancy.models import OwnedModel


class Sequence(OwnedModel):
    """Planned follow-ups, sent one after the other until a human answers."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=120)
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="sequences")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_sequence_per_name")
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="sequence_newest")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:sequence", args=[self.pk])


class Step(OwnedModel):
    """One planned touch: a mail, or a task for the sequence's owner."""

    class Kind(models.TextChoices):
        MAIL = "mail", "Mail"
        TASK = "task", "Task"

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.MAIL)
    wait_business_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(260)],
        help_text="Business days after the step before; 0 is at once",
    )
    template = models.ForeignKey(
        Template,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The template that its text began as",
    )
    subject = models.CharField(
        max_length=200, blank=True, help_text="Empty: a reply in the same thread"
    )
    body = models.TextField(blank=True)
    task_title = models.CharField(max_length=200, blank=True)

    class Meta(OwnedModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sequence", "position"],
                name="one_step_per_position",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return f"Step {self.position}"


class Enrollment(OwnedModel):
    """A candidate on a sequence. `next_at` is the schedule: it lives here, not in the broker."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    class StopReason(models.TextChoices):
        REPLIED = "replied", "Replied"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        BOUNCED = "bounced", "Address does not exist"
        SUPPRESSED = "suppressed", "Must not be written to"
        MISSING_DATA = "missing_data", "A merge field has no value"
        NO_ADDRESS = "no_address", "No e-mail address"
        MANUAL = "manual", "Stopped by hand"
        MERGED = "merged", "Merged with a record on a sequence"
        INTERVIEW = "interview", "An interview was booked"

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="enrollments")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="enrollments")
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    stop_reason = models.CharField(max_length=15, choices=StopReason, blank=True)
    next_step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="+")
    # Empty while the mail of the step before has not gone: the wait counts from when it does.
    next_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=200, blank=True, help_text="Why it does not go on")
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    enrolled_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sequence", "candidate"], name="enrolled_once"
            )
        ]
        indexes = [
            # The dispatcher's poll: a partial index on the time alone was measured smallest and fastest.
            models.Index(fields=["next_at"], condition=Q(state="active"), name="enrollment_due"),
            models.Index(fields=["organization", "candidate"], name="enrollment_of_candidate"),
            models.Index(
                fields=["organization", "sequence", "-enrolled_at", "-id"], name="enrollment_newest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} on {self.sequence_id}"


class EnrollmentSearch(SearchRow):
    """Enrollments, through the fence that people are found in."""

    sequence = models.BigIntegerField(db_column="sequence_id")
    state = models.CharField(max_length=10)
    enrolled_at = models.DateTimeField()

    class Meta(SearchRow.Meta):
        db_table = "enrollment_search"
