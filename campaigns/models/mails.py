"""Mail out and in: the outbox, and what the provider said."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from campaigns.models.accounts import MailAccount
from campaigns.models.senders import Sender
from campaigns.models.sequences import Enrollment, Step
from campaigns.models.templates import Template
from candidates.models import Candidate
from crm.tenancy.models import OwnedModel


class Message(OwnedModel):
    """One mail, out or in. Outgoing ones are the outbox: a row per enrollment and step, at most one copy."""

    class Direction(models.TextChoices):
        OUT = "out", "Sent"
        IN = "in", "Received"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        # Whether the provider has it is unknown: counted as sent, shown under "Needs a look", never sent a second time by itself.
        AMBIGUOUS = "ambiguous", "Needs a look"
        FAILED = "failed", "Refused"
        CANCELLED = "cancelled", "Cancelled"
        RECEIVED = "received", "Received"

    class Intent(models.TextChoices):
        """What an answer wants; `campaigns.inbound.intents` suggests one, a person decides."""

        INTERESTED = "interested", "Interested"
        NOT_NOW = "not_now", "Not now"
        NO_THANKS = "no_thanks", "No, thanks"
        WRONG_PERSON = "wrong_person", "Wrong person"
        REFERRAL = "referral", "Names somebody else"
        REMOVE_ME = "remove_me", "Wants no more mail"
        ERASE_ME = "erase_me", "Wants their data deleted"

    # Nobody has it yet: whoever takes back what asked for it takes it back too.
    goes_along: ClassVar = Q(direction="out", state="queued")
    # Nor a provider: a worker that has taken it, and may have died since, has not come to the last check yet.
    can_be_called_back: ClassVar = Q(state="queued") | Q(state="sending", handed_at=None)

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
    # Of the address, for the cap of a company's domain.
    to_domain = models.CharField(max_length=255, blank=True)
    variant = models.CharField(max_length=1, blank=True, help_text="Which wording of the step")
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
    handed_through = models.ForeignKey(
        MailAccount,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        # Accounts hardly ever go: an index would cost every mail.
        db_index=False,
        help_text="The account that knows it again, if it is handed over twice",
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

    template = models.ForeignKey(
        Template,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What a mail that was written by hand began as",
    )
    suggested_intent = models.CharField(max_length=12, choices=Intent, blank=True)
    intent = models.CharField(max_length=12, choices=Intent, blank=True)
    sorted_at = models.DateTimeField(null=True, help_text="When somebody said what it wants")
    sorted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Who reads the words is decided in `campaigns.reading` alone.
    is_private = models.BooleanField(default=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        # Accounts of people hardly ever go: an index would cost every mail.
        db_index=False,
        help_text="Who wrote it, whose mailbox it came through, or who keeps it private; empty: the sequence's",
    )

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "enrollment", "step"],
                condition=Q(direction="out"),
                name="one_message_per_step",
            ),
            models.UniqueConstraint(
                # One mail may answer several people's.
                fields=["organization", "message_id", "candidate"],
                condition=Q(direction="in") & ~Q(message_id=""),
                nulls_distinct=False,
                name="received_once_a_person",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="queued"), name="message_due"),
            models.Index(
                fields=["claimed_at"], condition=Q(state="sending"), name="message_in_flight"
            ),
            models.Index(
                fields=["due_at"], condition=Q(state="ambiguous"), name="message_in_doubt"
            ),
            models.Index(
                fields=["organization", "state", "-created_at", "-id"], name="message_state"
            ),
            models.Index(
                fields=["organization", "candidate", "-created_at"], name="message_of_candidate"
            ),
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=Q(direction="in", is_automatic=False, sorted_at=None),
                name="message_to_sort",
            ),
            models.Index(fields=["organization", "message_id"], name="message_by_id"),
            models.Index(
                fields=["organization", "provider_id"],
                condition=~Q(provider_id=""),
                name="message_by_provider_id",
            ),
            models.Index(fields=["organization", "sender", "handed_at"], name="message_of_sender"),
            models.Index(fields=["organization", "enrollment"], name="message_of_enrollment"),
            models.Index(
                fields=["organization", "to_domain", "handed_at"],
                condition=Q(handed_at__isnull=False),
                name="message_of_domain",
            ),
            models.Index(
                fields=["organization", "handed_at"],
                condition=Q(handed_at__isnull=False),
                name="message_handed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()}: {self.get_state_display()}"


class MailReader(OwnedModel):
    """A colleague who also reads a private mail."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "message", "user"], name="mail_reader_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} reads {self.message_id}"


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
