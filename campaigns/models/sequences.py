"""Planned follow-ups, their steps, and the people on them."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from campaigns.models.senders import Sender
from campaigns.models.templates import Template
from candidates.folding import fold
from candidates.models import Candidate, SearchRow, TalentPool
from crm.tenancy.models import OwnedModel
from pipelines.models import Job, Stage


def hired_alone() -> list[str]:
    """The stages that end a new sequence: who is hired is not asked any more, who is rejected for one job may be for another."""
    return [Stage.Kind.HIRED]


class Sequence(OwnedModel):
    """Planned follow-ups, sent one after the other until a human answers, or what else it stops on happens."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    class ZoneOf(models.TextChoices):
        SENDER = "sender", "The sender's time zone"
        RECIPIENT = "recipient", "The recipient's time zone"

    class Entry(models.TextChoices):
        ONCE = "once", "Once only"
        AGAIN = "again", "Again, once they have finished"
        ALWAYS = "always", "Again, however it ended"

    name = models.CharField(max_length=120)
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="sequences")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # The version that people join now. Whoever is on it already keeps the version they joined.
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    zone_of = models.CharField(
        "hours count in", max_length=10, choices=ZoneOf, default=ZoneOf.SENDER
    )
    # Empty: the sender's own.
    window_days = ArrayField(models.PositiveSmallIntegerField(), null=True, blank=True)
    window_start = models.TimeField(null=True, blank=True)
    window_end = models.TimeField(null=True, blank=True)
    holidays = models.CharField(
        max_length=9, blank=True, help_text="A country's code, or “recipient”; empty: none"
    )
    starts_per_day = models.PositiveIntegerField(
        null=True, blank=True, help_text="People who get their first step in any 24 hours"
    )
    entry = models.CharField(max_length=6, choices=Entry, default=Entry.ONCE)
    is_exclusive = models.BooleanField(
        default=True, help_text="Nobody joins who is on another sequence"
    )
    quiet_days = models.PositiveSmallIntegerField(
        default=14, help_text="Days since anybody of the team last wrote or spoke to the person"
    )
    # What ends it for a person, in every version and for who is on it already. What the person or the law decides,
    # such as unsubscribing, is no choice of a sequence.
    stops_on_reply = models.BooleanField(default=True, help_text="A human answers one of its mails")
    stops_on_other_mail = models.BooleanField(
        default=True, help_text="The person writes a mail that answers none of its own"
    )
    stops_on_interview = models.BooleanField(
        default=True, help_text="An interview with the person is booked"
    )
    stops_on_bounce = models.BooleanField(
        default=True, help_text="Mail came back; else it goes on with another address"
    )
    stop_kinds = ArrayField(
        models.CharField(max_length=10, choices=Stage.Kind),
        default=hired_alone,
        blank=True,
        help_text="Kinds of stages: a candidacy of the person comes into one",
    )
    stop_names = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Names of stages, in whatever job",
    )
    # Offered beside such an answer; who takes it is on that one from the day on that they are not left alone any more.
    after_not_now = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The sequence for who answers “not now”",
    )
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

    def current_steps(self) -> "models.QuerySet[Step]":
        """The steps of the version that people join now, in their order."""
        steps: models.QuerySet[Step] = self.steps.filter(version=self.version)
        return steps.order_by("position")

    def stops_at(self, stage: Stage) -> bool:
        """Whether it ends for who comes into the stage: by the stage's kind or name, for each job has stages of its own."""
        return stage.kind in self.stop_kinds or fold(stage.name) in map(fold, self.stop_names)

    def paused_steps(self) -> "models.QuerySet[Step]":
        """Those of them at which people wait."""
        return self.current_steps().exclude(paused_at=None)


class Step(OwnedModel):
    """One planned touch of one version of a sequence."""

    class Kind(models.TextChoices):
        MAIL = "mail", "Mail"
        TASK = "task", "Task"
        CALL = "call", "Call"
        TEXT = "text", "Text message, by hand"
        WAIT = "wait", "Wait"
        POOL = "pool", "Talent pool"

    class PoolAct(models.TextChoices):
        ADD = "add", "Add to"
        REMOVE = "remove", "Take out of"

    # What a person of the team does: the step makes a task.
    BY_HAND: ClassVar = frozenset({Kind.TASK, Kind.CALL, Kind.TEXT})

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="steps")
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    # The same step in every version, however it was reworded: what somebody got of it, they got.
    lineage = models.UUIDField(default=uuid4, editable=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.MAIL)
    wait_business_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(260)],
        help_text="Business days after the step before; 0 is at once",
    )
    on_date = models.DateField(
        null=True, blank=True, help_text="On this day instead of after a wait"
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
    pool = models.ForeignKey(
        TalentPool, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    pool_act = models.CharField(max_length=6, choices=PoolAct, blank=True)
    paused_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when people wait at it"
    )

    class Meta(OwnedModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sequence", "version", "position"],
                name="one_step_per_position",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return f"Step {self.position}"


class AutoEnrollment(OwnedModel):
    """People who come into a pool or a stage, or to whom something happens, join a sequence by themselves."""

    class Event(models.TextChoices):
        """What happens once: it cannot be left. `auto_enrolling.EVENTS` says where each is written down."""

        APPLIED = "applied", "applies for a job"
        REFERRED = "referred", "is referred by a colleague with the form"
        BOOKED = "booked", "has an interview booked"

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="auto")
    pool = models.ForeignKey(
        TalentPool, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    event = models.CharField(max_length=10, choices=Event, blank=True, default="")
    job = models.ForeignKey(
        Job,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Of an event: for this job alone",
    )
    ends_on_leaving = models.BooleanField(
        default=False, help_text="Whoever leaves the pool or stage is taken off the sequence"
    )
    # Whoever came in before is not enrolled: nobody is written to because a rule was made.
    since = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sequence", "pool"], name="one_rule_per_pool"
            ),
            models.UniqueConstraint(
                fields=["organization", "sequence", "stage"], name="one_rule_per_stage"
            ),
            models.UniqueConstraint(
                fields=["organization", "sequence", "event", "job"],
                condition=~Q(event=""),
                nulls_distinct=False,
                name="one_rule_per_event",
            ),
            models.CheckConstraint(
                condition=Q(pool__isnull=False, stage=None, event="")
                | Q(pool=None, stage__isnull=False, event="")
                | (Q(pool=None, stage=None) & ~Q(event="")),
                name="rule_of_a_pool_a_stage_or_an_event",
            ),
            models.CheckConstraint(
                condition=Q(event="", job=None) | Q(~Q(event=""), ends_on_leaving=False),
                name="rule_of_an_event_has_a_job_and_no_end",
            ),
        ]

    def __str__(self) -> str:
        """Who joins, as in “Whoever …”."""
        if self.pool:
            return f"comes into the pool “{self.pool}”"
        if self.stage:
            return f"comes into the stage “{self.stage}” of {self.stage.pipeline}"
        what = self.Event(self.event).label
        return f"{what}: {self.job}" if self.job else what


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
        LEFT = "left", "Left the pool or stage"
        LEFT_COMPANY = "left_company", "Has left the company"
        NOT_TOLD = "not_told", "Was not told in time where the data came from"
        COMPANY = "company", "Of a company that is not contacted"
        STEP_PAUSED = "step_paused", "The step is paused"
        STAGE = "stage", "Reached a stage"

    # In the words of one whose start was put off, because there is no place yet.
    STARTS: ClassVar = ": starts "

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="enrollments")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="enrollments")
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    stop_reason = models.CharField(max_length=15, choices=StopReason, blank=True)
    reached = models.CharField(
        max_length=60,
        blank=True,
        editable=False,
        help_text="The stage that ended it, as it was called",
    )
    next_step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="+")
    # Empty while the mail of the step before has not gone: the wait counts from when it does.
    next_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=200, blank=True, help_text="Why it does not go on")
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    started_at = models.DateTimeField(
        null=True, editable=False, help_text="When the first step was taken"
    )
    # How many dispatchers died over it: see `dispatching`.
    crashes = models.PositiveSmallIntegerField(default=0, editable=False)
    auto = models.ForeignKey(
        AutoEnrollment, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    takes_up = models.ForeignKey(
        "campaigns.Message",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        # Few do: a partial index is enough.
        db_index=False,
        help_text="What the person wrote: its first mail answers that",
    )
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    enrolled_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sequence", "candidate"],
                condition=Q(state__in=["active", "paused"]),
                name="enrolled_once",
            )
        ]
        indexes = [
            # The dispatcher's poll: a partial index on the time alone was measured smallest and fastest.
            models.Index(fields=["next_at"], condition=Q(state="active"), name="enrollment_due"),
            # Looked through every minute: those few who wait for a value.
            models.Index(
                fields=["organization", "id"],
                condition=Q(state="paused", stop_reason="missing_data"),
                name="enrollment_lacking",
            ),
            models.Index(fields=["organization", "candidate"], name="enrollment_of_candidate"),
            models.Index(
                fields=["organization", "takes_up"],
                condition=Q(takes_up__isnull=False),
                name="enrollment_taking_up",
            ),
            models.Index(
                fields=["organization", "sequence", "started_at"], name="enrollment_started"
            ),
            models.Index(
                fields=["organization", "sequence", "-enrolled_at", "-id"], name="enrollment_newest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} on {self.sequence_id}"

    @property
    def is_put_off(self) -> bool:
        """Whether it rests until a day for the person's sake, and would go on earlier if somebody said so."""
        return (
            self.state == self.State.ACTIVE
            and bool(self.waits_for)
            and self.STARTS not in self.waits_for
        )

    @property
    def ended_because(self) -> str:
        """Why it was stopped; the stage that ended it by its name."""
        return (
            f"Reached the stage “{self.reached}”"
            if self.reached
            else self.get_stop_reason_display()
        )

    @classmethod
    def untouched(cls) -> Q:
        """Nothing has come of them but mail, of which its own rows tell: that they were put off, or wait, is no change."""
        done = Step.objects.exclude(kind__in=(Step.Kind.MAIL, Step.Kind.WAIT)).filter(
            sequence=OuterRef("sequence"),
            version=OuterRef("version"),
            # Without a next step all are behind them.
            position__lt=Coalesce(OuterRef("next_step__position"), F("position") + 1),
        )
        return Q(~Exists(done), state__in=(cls.State.ACTIVE, cls.State.PAUSED))


class EnrollmentSearch(SearchRow):
    """Enrollments, through the fence that people are found in."""

    sequence = models.BigIntegerField(db_column="sequence_id")
    state = models.CharField(max_length=10)
    enrolled_at = models.DateTimeField()

    class Meta(SearchRow.Meta):
        db_table = "enrollment_search"
