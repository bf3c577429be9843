"""Interviews: when members have time, who speaks with whom when, and calendars that show it elsewhere."""

import uuid
from datetime import time
from typing import TypeAlias

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from crm.tenancy.models import OwnedModel
from crm.web.time_zones import refuse_unknown_zone
from pipelines.models.candidacies import Candidacy
from pipelines.models.jobs import Job
from pipelines.models.stages import Stage


def new_uid() -> str:
    """A name for a calendar entry that no other one in the world has (RFC 7986, 5.3)."""
    return str(uuid.uuid4())


class InvitationAnswer(models.TextChoices):
    """What somebody says to an invitation."""

    NONE = "", "Has not answered"
    ACCEPTED = "accepted", "Accepted"
    TENTATIVE = "tentative", "Maybe"
    DECLINED = "declined", "Declined"


class OfferedTime(OwnedModel):
    """A stretch of time in which a member can interview."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta(OwnedModel.Meta):
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="offered_time_goes_forward"
            ),
            models.UniqueConstraint(
                fields=["organization", "user", "starts_at"], name="offered_once"
            ),
        ]
        indexes = [models.Index(fields=["organization", "ends_at"], name="offered_time_age")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.starts_at} to {self.ends_at}"


class Interview(OwnedModel):
    """One talk of some members with a candidate about a job. Its time is chosen by us, or by the candidate."""

    class State(models.TextChoices):
        OFFERED = "offered", "Waits for the candidate"
        BOOKED = "booked", "Booked"
        NO_SHOW = "no_show", "Did not come"
        CANCELLED = "cancelled", "Cancelled"

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="interviews")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="interviews")
    title = models.CharField(max_length=120)
    minutes = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(10), MaxValueValidator(480)]
    )
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[refuse_unknown_zone],
        help_text="The candidate's: what mails and the booking page show",
    )
    place = models.CharField(
        max_length=300, blank=True, help_text="A link to the video call, or an address"
    )
    kit = models.TextField(
        blank=True, max_length=4000, help_text="For the interviewers: what to find out, what to ask"
    )
    message = models.TextField(blank=True, max_length=2000, help_text="For the candidate")
    organizer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # What the candidate may choose from.
    days_ahead = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    from_time = models.TimeField(default=time(8))
    to_time = models.TimeField(default=time(19))
    # Raised when the link to book is to work no longer.
    link_version = models.PositiveIntegerField(default=0, editable=False)
    link_expires_at = models.DateTimeField(default=timezone.now, editable=False)
    # The name of the calendar entry, and how often it has changed since it went out first (RFC 5545, 3.8.7.4).
    uid = models.CharField(max_length=80, default=new_uid, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    booked_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    is_cancelled_by_candidate = models.BooleanField(default=False, editable=False)
    mail_problem = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why the candidate was not mailed"
    )
    # The state of the entry that the candidate has: who takes part changes without a mail to them.
    candidate_sequence = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # What the candidate's calendar answered to the time that stands now, and the stamp of that answer.
    candidate_answer = models.CharField(
        max_length=10,
        choices=InvitationAnswer,
        blank=True,
        default=InvitationAnswer.NONE,
        db_default="",
        editable=False,
    )
    candidate_answer_stamp = models.CharField(
        max_length=20, blank=True, default="", db_default="", editable=False
    )
    # When the candidate was reminded of the time that stands now.
    reminded_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "uid"], name="interview_uid_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["booked", "no_show"])
                | Q(starts_at__isnull=False, ends_at__gt=F("starts_at")),
                name="booked_with_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "candidacy"], name="interviews_of_candidacy"),
            models.Index(
                fields=["organization", "starts_at", "id"],
                condition=Q(state="booked"),
                name="interview_booked",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("interviews:detail", args=[self.pk])

    @property
    def path(self) -> str:
        """Where it is, inside the organization: for links of timelines and notifications."""
        return f"interviews/{self.pk}/"

    @property
    def edition(self) -> str:
        """Another one after each booking, move and change that calendars show: to notice that a page is stale.

        The sequence alone does not tell: the first booking leaves it as it is.
        """
        return f"{self.state}-{self.sequence}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to come, or to be booked."""
        return self.state == self.State.OFFERED or (
            self.state == self.State.BOOKED and not self.is_over
        )

    @property
    def is_over(self) -> bool:
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def has_begun(self) -> bool:
        return self.starts_at is not None and self.starts_at <= timezone.now()


class Interviewer(OwnedModel):
    """A member who takes part, what they answered, and how far their mails and reminders got."""

    Answer: TypeAlias = InvitationAnswer

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="interviewers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default=Answer.NONE)
    removed_at = models.DateTimeField(null=True, editable=False)
    # When the calendar mail is to go, and the state of the entry that the last one told.
    mail_due_at = models.DateTimeField(null=True, editable=False)
    mailed_sequence = models.PositiveIntegerField(null=True, editable=False)
    # Asked for the scorecard after the end; how often so far.
    asked_at = models.DateTimeField(null=True, editable=False)
    times_asked = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "interview", "user"], name="interviewer_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "user"], name="interviews_of_member"),
            models.Index(
                fields=["organization", "mail_due_at"],
                condition=Q(mail_due_at__isnull=False),
                name="interviewer_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in interview {self.interview_id}"


class CalendarFeed(OwnedModel):
    """An address that a member's calendar reads interviews from: all of theirs, or those of a job.

    Whoever has the address reads it, so it can be taken back; only its hash is kept.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    token_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "token_hash"], name="feed_token_once")
        ]
        indexes = [models.Index(fields=["organization", "user"], name="feeds_of_member")]

    def __str__(self) -> str:
        return f"Calendar of {self.user_id}"
