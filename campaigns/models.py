"""Sequences, the people on them, and the outbox."""

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate
from crm.tenancy.models import OwnedModel


def weekdays() -> list[int]:
    """Monday to Friday, as `date.weekday()` counts them."""
    return [0, 1, 2, 3, 4]


def usual_gap() -> int:
    """Seconds between two mails of one sender: none where mail stays on this machine."""
    return 0 if settings.DEMO_MAILBOX else 45


class Sender(OwnedModel):
    """An address that mail goes out from, with its cap and its window."""

    name = models.CharField(max_length=120, help_text="Shown to the candidate as the writer")
    address = models.EmailField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    daily_cap = models.PositiveIntegerField(default=80, help_text="Mails in any 24 hours")
    gap_seconds = models.PositiveSmallIntegerField(
        default=usual_gap, help_text="Seconds between two mails, at least"
    )
    window_days = ArrayField(models.PositiveSmallIntegerField(), default=weekdays)
    window_start = models.TimeField(default=time(9))
    window_end = models.TimeField(default=time(18))
    time_zone = models.CharField(max_length=64, default="UTC")
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_because = models.CharField(max_length=200, blank=True, editable=False)
    # The sender's next free moment after its cap, window and gap; kept here so that it outlives the broker.
    blocked_until = models.DateTimeField(null=True, blank=True, editable=False)
    blocked_because = models.CharField(max_length=200, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address"], name="one_sender_per_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


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


class Message(OwnedModel):
    """One mail, out or in. Outgoing ones are the outbox: a row per enrollment and step, at most one copy."""

    class Direction(models.TextChoices):
        OUT = "out", "Sent"
        IN = "in", "Received"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        # Whether the provider has it is unknown: counted as sent, shown under "Needs a look", never resent by itself.
        AMBIGUOUS = "ambiguous", "Needs a look"
        FAILED = "failed", "Refused"
        CANCELLED = "cancelled", "Cancelled"
        RECEIVED = "received", "Received"

    direction = models.CharField(max_length=3, choices=Direction)
    state = models.CharField(max_length=10, choices=State)
    candidate = models.ForeignKey(
        Candidate,
        null=True,
        on_delete=models.CASCADE,
        related_name="messages",
        help_text="Empty: not matched yet",
    )
    enrollment = models.ForeignKey(
        Enrollment, null=True, on_delete=models.CASCADE, related_name="messages"
    )
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="messages")
    sender = models.ForeignKey(Sender, null=True, on_delete=models.PROTECT, related_name="messages")
    from_address = models.EmailField(blank=True)
    to_address = models.EmailField(blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    message_id = models.CharField(
        max_length=255, blank=True, help_text="The Message-ID header, with brackets"
    )
    in_reply_to = models.CharField(max_length=255, blank=True)
    references = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(null=True, help_text="Not before")
    claimed_at = models.DateTimeField(null=True, help_text="When the worker took it")
    handed_at = models.DateTimeField(
        null=True, help_text="When it was handed to the provider; counts against the sender's cap"
    )
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(
        default=0, help_text="Workers that stopped before handing it over"
    )
    waits_for = models.CharField(max_length=200, blank=True, help_text="Why it has not gone yet")
    problem = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    is_automatic = models.BooleanField(
        default=False, help_text="An out-of-office or other automatic answer"
    )
    matched_by = models.CharField(
        max_length=20, blank=True, help_text="How a received mail found its candidate"
    )

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "enrollment", "step"],
                condition=Q(direction="out"),
                name="one_message_per_step",
            ),
            models.UniqueConstraint(
                fields=["organization", "message_id"],
                condition=Q(direction="in") & ~Q(message_id=""),
                name="received_once",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="queued"), name="message_due"),
            models.Index(
                fields=["claimed_at"], condition=Q(state="sending"), name="message_in_flight"
            ),
            models.Index(
                fields=["organization", "state", "-created_at", "-id"], name="message_state"
            ),
            models.Index(
                fields=["organization", "candidate", "-created_at"], name="message_of_candidate"
            ),
            models.Index(fields=["organization", "message_id"], name="message_by_id"),
            models.Index(fields=["organization", "sender", "handed_at"], name="message_of_sender"),
            models.Index(fields=["organization", "enrollment"], name="message_of_enrollment"),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()}: {self.get_state_display()}"


class MessageEvent(OwnedModel):
    """What the provider said of one mail."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", "Delivered"
        BOUNCED = "bounced", "Bounced"
        COMPLAINED = "complained", "Marked as spam"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=15, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    event_id = models.CharField(
        max_length=200, help_text="The provider's id, or a hash of the event"
    )
    description = models.CharField(max_length=300, blank=True)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "event_id"], name="event_once")
        ]
        indexes = [models.Index(fields=["organization", "message"], name="event_of_message")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}"
