"""What somebody owes a candidate."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from candidates.models.people import Candidate
from crm.tenancy.models import OwnedModel


class Task(OwnedModel):
    """Something somebody owes, by a day: about a candidate, or about what `about` names.

    One that repeats makes the next one when it is done (`follows` leads back).
    """

    class Origin(models.TextChoices):
        MANUAL = "manual", "Added by hand"
        SEQUENCE = "sequence", "From a sequence"
        REPLY = "reply", "A reply came"
        SNOOZE = "snooze", "Back from snooze"

    class Unit(models.TextChoices):
        NEVER = "", "Does not repeat"
        DAY = "day", "Days"
        WEEK = "week", "Weeks"
        MONTH = "month", "Months"

    candidate = models.ForeignKey(
        Candidate, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks"
    )
    title = models.CharField(max_length=200)
    # What it is about where that is no candidate: a pool, a stage; and the path that leads there.
    about = models.CharField(max_length=200, blank=True)
    link = models.CharField(max_length=200, blank=True)
    due_on = models.DateField("due", null=True, blank=True)
    due_time = models.TimeField(
        "at", null=True, blank=True, help_text="In the time zone of whose task it is"
    )
    repeat_unit = models.CharField("repeats", max_length=5, choices=Unit, blank=True)
    repeat_every = models.PositiveSmallIntegerField(
        "every", default=1, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    # The rhythm counts from here, also while one of its tasks is snoozed.
    repeat_from = models.DateField(null=True, editable=False)
    repeat_until = models.DateField("until", null=True, blank=True)
    follows = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="followers", editable=False
    )
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
        constraints = [
            models.CheckConstraint(
                condition=Q(repeat_unit="") | Q(due_on__isnull=False), name="repeating_task_is_due"
            ),
            models.CheckConstraint(
                condition=Q(due_time=None) | Q(due_on__isnull=False), name="task_at_a_time_is_due"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="task_of_candidate"),
            models.Index(fields=["organization", "follows"], name="task_follows"),
            models.Index(
                fields=["organization", "assignee", "due_on"],
                condition=Q(done_at=None),
                name="task_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def repeats(self) -> str:
        """Such as “every 2 weeks until 1 Mar 2027”, or nothing."""
        if not self.repeat_unit:
            return ""
        unit = self.Unit(self.repeat_unit).value
        often = f"every {unit}" if self.repeat_every == 1 else f"every {self.repeat_every} {unit}s"
        return f"{often} until {self.repeat_until:%-d %b %Y}" if self.repeat_until else often
