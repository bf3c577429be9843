"""What happens by itself when somebody enters a stage, and the log of what did."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.tenancy.models import OwnedModel
from pipelines.models.candidacies import Candidacy, StageChange
from pipelines.models.stages import Stage

LONGEST_WAIT_HOURS = 24 * 90


class StageRule(OwnedModel):
    """On entering `stage`, and if the card is still there after a while: one thing is done.

    Rules never hire and never reject: that is a person's decision (GDPR Art. 22).
    """

    class Action(models.TextChoices):
        TASK = "task", "Add a task"
        MAIL = "mail", "Write to the candidate"
        NOTIFY = "notify", "Tell somebody"
        MOVE = "move", "Move the card on"

    class Whom(models.TextChoices):
        OWNER = "owner", "The candidate's owner"
        JOB_OWNER = "job_owner", "The job's owner"
        MANAGERS = "managers", "The hiring managers"
        MEMBER = "member", "This member"

    # What is copied with a template, beside the stages and the member it names.
    SETTINGS: ClassVar = ("action", "after_hours", "title", "body", "due_in_days", "whom")

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="rules")
    action = models.CharField(max_length=10, choices=Action)
    after_hours = models.PositiveSmallIntegerField(
        "after hours",
        default=0,
        validators=[MaxValueValidator(LONGEST_WAIT_HOURS)],
        help_text="0 is at once. It happens only to those who are still in the stage.",
    )
    title = models.CharField(
        "task, subject or words",
        max_length=200,
        blank=True,
        help_text="Of a task its title, of a mail its subject, else what is told",
    )
    body = models.TextField("mail", blank=True, max_length=5000)
    due_in_days = models.PositiveSmallIntegerField(
        default=1, validators=[MaxValueValidator(365)], help_text="Of a task"
    )
    whom = models.CharField(max_length=10, choices=Whom, default=Whom.OWNER)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    to = models.ForeignKey(
        Stage,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name="to stage",
    )
    paused_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["pk"]
        indexes = [models.Index(fields=["organization", "stage"], name="rules_of_stage")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} after {self.after_hours} h"

    @property
    def words(self) -> str:
        """What the rule does, such as “After 48 hours: write “Next steps””."""
        if self.after_hours % 24 == 0 and self.after_hours:
            days = self.after_hours // 24
            when = f"After {days} {'day' if days == 1 else 'days'}"
        else:
            when = f"After {self.after_hours} hours" if self.after_hours else "At once"
        what = {
            self.Action.TASK: f"task “{self.title}” for {self._whom}",
            self.Action.MAIL: f"mail “{self.title}” to the candidate",
            self.Action.NOTIFY: f"tell {self._whom}: {self.title}",
            self.Action.MOVE: f"move on to {self.to}",
        }[self.Action(self.action)]
        return f"{when}: {what}"

    @property
    def _whom(self) -> str:
        if self.whom == self.Whom.MEMBER:
            return str(self.member or "nobody")
        return str(self.Whom(self.whom).label).lower()


class RuleRun(OwnedModel):
    """One rule for one entry into its stage: planned in the move's transaction, done once."""

    # What has done nothing yet, when the candidacy is taken back.
    goes_along: ClassVar = models.Q(state="waiting")

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Not needed"
        REFUSED = "refused", "Not possible"
        FAILED = "failed", "Failed"

    rule = models.ForeignKey(StageRule, on_delete=models.CASCADE, related_name="runs")
    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="rule_runs")
    change = models.ForeignKey(StageChange, on_delete=models.CASCADE, related_name="rule_runs")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    outcome = models.CharField(max_length=300, blank=True)
    # How often an error has broken it off so far.
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "rule", "change"], name="one_run_per_entry"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_at"], condition=Q(state="waiting"), name="rule_run_due"
            ),
            models.Index(fields=["organization", "candidacy"], name="rule_runs_of_candidacy"),
            models.Index(fields=["organization", "change"], name="rule_runs_of_change"),
            models.Index(fields=["organization", "rule", "-due_at", "-id"], name="rule_run_log"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} for {self.candidacy_id}: {self.state}"
