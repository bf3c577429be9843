"""What a member is told of, and what a member wants to be told of."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from candidates.models.people import Candidate
from crm.tenancy.models import OwnedModel


class NotificationKind(models.TextChoices):
    """What may be told; the labels stand on the page where each is chosen."""

    REPLY = "reply", "A candidate replied"
    MENTION = "mention", "A colleague mentioned me"
    TASK_ASSIGNED = "task_assigned", "A task was given to me"
    TASK_DUE = "task_due", "My tasks are due"
    RETURNED = "returned", "A snoozed candidate is back"
    COLD = "cold", "People of mine go cold"
    IMPORT = "import", "An import of mine ended"
    RESUMES = "resumes", "My résumés were read"
    SENDER = "sender", "A sender of mine stopped"
    RETENTION = "retention", "A retention run ended"
    DECISION = "decision", "A hiring manager answered"
    INTERVIEW = "interview", "An interview of mine was booked or changed"
    REFERRAL = "referral", "Somebody was referred"
    REVIEW = "review", "People wait for my answer"
    SEARCH = "search", "A saved search of mine found new people"
    WATCHED = "watched", "Something I watch moved"
    OPERATOR = "operator", "Rapport's operators changed who signs in"


class Notification(OwnedModel):
    """One line for one member. What names a candidate points to them, and goes with them."""

    Kind = NotificationKind
    # It only tells of what left rows of its own.
    by_itself: ClassVar = Q(pk__isnull=False)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=15, choices=NotificationKind)
    candidate = models.ForeignKey(
        Candidate, null=True, on_delete=models.CASCADE, related_name="notifications"
    )
    text = models.CharField(max_length=300)
    # Where it leads: a path inside the organization, such as candidates/3/.
    link = models.CharField(max_length=200, blank=True)
    # Sweeps that run twice tell it once.
    key = models.CharField(max_length=80, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    # When it is to be mailed, unless it was read by then. Empty: never, or it was.
    mail_due_at = models.DateTimeField(null=True, editable=False)
    mailed_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "key"], condition=~Q(key=""), name="told_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "user", "-created_at", "-id"], name="notification_newest"
            ),
            models.Index(
                fields=["organization", "user"],
                condition=Q(read_at=None),
                name="notification_unread",
            ),
            models.Index(fields=["organization", "candidate"], name="notification_of_candidate"),
            models.Index(fields=["organization", "created_at"], name="notification_age"),
            models.Index(
                fields=["organization", "mail_due_at"],
                condition=Q(mail_due_at__isnull=False),
                name="notification_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class NotificationChoice(OwnedModel):
    """How one member wants one kind to be told. Without a row it is told as `usual_delivery` says."""

    class Delivery(models.TextChoices):
        NOW = "now", "Here, and by mail at once"
        DIGEST = "digest", "Here, and in the mail of the morning"
        APP = "app", "Here only"
        OFF = "off", "Not at all"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=15, choices=NotificationKind)
    delivery = models.CharField(max_length=10, choices=Delivery, default=Delivery.APP)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "kind"], name="one_choice_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_delivery_display()}"


# What somebody waits for is mailed at once; what a day brings, in the morning; what one has just
# done oneself, not at all.
_MAILED_AT_ONCE = frozenset(
    {
        *(NotificationKind.REPLY, NotificationKind.MENTION, NotificationKind.SENDER),
        *(NotificationKind.DECISION, NotificationKind.INTERVIEW, NotificationKind.OPERATOR),
        # Its own rhythm, daily or weekly, was chosen with the search.
        NotificationKind.SEARCH,
    }
)
_NOT_MAILED = frozenset(
    {NotificationKind.IMPORT, NotificationKind.RESUMES, NotificationKind.RETENTION}
)


def usual_delivery(kind: str) -> NotificationChoice.Delivery:
    """How a kind is told to whoever has not chosen."""
    if kind in _MAILED_AT_ONCE:
        return NotificationChoice.Delivery.NOW
    if kind in _NOT_MAILED:
        return NotificationChoice.Delivery.APP
    return NotificationChoice.Delivery.DIGEST
