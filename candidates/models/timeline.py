"""What happened between us and a person."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models.notes import Note
from candidates.models.people import Candidate, CandidateChild


class Touchpoint(CandidateChild):
    """One thing that happened between us and a candidate: the timeline entry."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        IMPORTED = "imported", "Imported"
        EDITED = "edited", "Edited"
        NOTE = "note", "Note"
        CALL = "call", "Call"
        TEXT = "text", "Text message"
        MEETING = "meeting", "Meeting"
        SOCIAL = "social", "LinkedIn message"
        TASK = "task", "Task"
        POOL = "pool", "Pool"
        TAG = "tag", "Tag"
        MAIL_SENT = "mail_sent", "Mail sent"
        MAIL_RECEIVED = "mail_received", "Reply"
        AUTO_REPLY = "auto_reply", "Automatic reply"
        BOUNCE = "bounce", "Bounce"
        UNSUBSCRIBE = "unsubscribe", "Unsubscribed"
        MAIL_AGAIN = "mail_again", "May be written to again"
        SEQUENCE = "sequence", "Sequence"
        STAGE = "stage", "Stage"
        STATUS = "status", "Status"
        UNDONE = "undone", "Undone"
        MERGED = "merged", "Merged"
        INTERVIEW = "interview", "Interview"
        REVIEW = "review", "Hiring manager's answer"
        REFERRAL = "referral", "Referral"

    # Millions of rows: the index that begins with the organization is enough.
    candidate = models.ForeignKey(
        Candidate,
        on_delete=models.CASCADE,
        related_name="touchpoints",
        db_index=False,
    )
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty for the candidate's own doing, or Rapport's",
    )
    summary = models.CharField(max_length=300, help_text="One line, in the words of the timeline")
    body = models.TextField(blank=True)
    note = models.ForeignKey(Note, null=True, on_delete=models.CASCADE, related_name="+")
    # Where the entry's link leads: a path inside the organization, such as jobs/3/.
    link = models.CharField(max_length=200, blank=True)
    # Whether words that only some may read were filled in, for showing: see `panels.register_words`.
    is_revealed = False
    # Of an edit: [label, value before, value after] for each field.
    changes = models.JSONField(null=True)

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(
                fields=["organization", "candidate", "-at", "-id"], name="touchpoint_timeline"
            ),
            # Who of us spoke with the person last: one look for each colleague, however long the timeline.
            models.Index(
                fields=["organization", "candidate", "actor", "-at"],
                condition=models.Q(
                    kind__in=["call", "text", "social", "meeting", "mail_sent"], actor__isnull=False
                ),
                name="touchpoint_contact",
            ),
            # What people did, for searching by engagement.
            models.Index(
                fields=["organization", "kind", "candidate"],
                condition=models.Q(
                    kind__in=["mail_received", "auto_reply", "bounce", "unsubscribe"]
                ),
                name="touchpoint_engagement",
            ),
        ]

    def __str__(self) -> str:
        return self.summary
