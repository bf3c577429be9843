"""Openings being filled: who works on one, what it asks for, and when it was what."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from candidates.models import CandidatePreference, Skill, TalentPool
from candidates.models.preferences import pay_in_words
from crm.tenancy.models import OwnedModel
from pipelines.models.stages import Pipeline, Stage


class Job(OwnedModel):
    """An opening being filled (a requisition)."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        ON_HOLD = "on_hold", "On hold"
        FILLED = "filled", "Filled"
        CANCELLED = "cancelled", "Cancelled"

    # Nobody joins a job in one of these.
    CLOSED: ClassVar = (Status.FILLED, Status.CANCELLED)

    class SalaryVisibility(models.TextChoices):
        """Who reads what the job pays."""

        ADMINS = "admins", "Admins, owners and the job's owner"
        RECRUITERS = "recruiters", "Recruiters, admins and owners"
        TEAM = "team", "Recruiters, and everyone in the job's team"

    Working = CandidatePreference.Remote
    PayPeriod = CandidatePreference.PayPeriod

    title = models.CharField(max_length=160)
    code = models.CharField(
        "number", max_length=40, blank=True, help_text="The requisition's number, if it has one"
    )
    place = models.CharField(max_length=120, blank=True)
    remote = models.CharField("working", max_length=10, choices=Working, blank=True)
    description = models.TextField(blank=True)
    openings = models.PositiveSmallIntegerField(default=1)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="jobs")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_confidential = models.BooleanField(
        "confidential",
        default=False,
        help_text="Only its owner, its team, admins and owners know of it",
    )
    salary_min = models.DecimalField(
        "salary from",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    salary_max = models.DecimalField(
        "salary to",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    salary_currency = models.CharField(
        "currency",
        max_length=3,
        blank=True,
        help_text="Three letters, such as EUR",
        validators=[RegexValidator("^[A-Za-z]{3}$", "A currency has three letters, such as EUR.")],
    )
    salary_period = models.CharField(
        "per", max_length=10, choices=PayPeriod, default=PayPeriod.YEAR
    )
    salary_seen_by = models.CharField(
        max_length=12, choices=SalaryVisibility, default=SalaryVisibility.RECRUITERS
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_on = models.DateField(null=True, blank=True)
    on_hold_on = models.DateField("on hold since", null=True, blank=True)
    closed_on = models.DateField(
        null=True, blank=True, help_text="The day it was filled or cancelled"
    )

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pipeline"], name="one_job_per_pipeline"
            ),
            models.CheckConstraint(
                condition=Q(salary_min=None)
                | Q(salary_max=None)
                | Q(salary_max__gte=F("salary_min")),
                name="salary_range_goes_up",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-created_at", "-id"], name="job_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("pipelines:board", args=[self.pk])

    @property
    def path(self) -> str:
        """Where it is, inside the organization: for links of timelines and notifications."""
        return f"jobs/{self.pk}/"

    @property
    def is_closed(self) -> bool:
        return self.status in self.CLOSED

    @property
    def told_as(self) -> str:
        """What timelines call it, which more people read than the job itself."""
        return "a confidential job" if self.is_confidential else self.title

    @property
    def salary(self) -> str:
        """Such as “80,000 to 95,000 EUR a year”, or nothing. Ask `may_see_salary` before showing it."""
        return pay_in_words(
            self.salary_min, self.salary_max, self.salary_currency, self.get_salary_period_display()
        )

    @property
    def first_stage(self) -> Stage:
        """Where new candidacies start."""
        return self.pipeline.stages.order_by("position")[0]


class JobStatusChange(OwnedModel):
    """From when on a job was open, on hold, filled: what time to fill is counted from."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="status_changes")
    status = models.CharField(max_length=10, choices=Job.Status)
    since_on = models.DateField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        indexes = [models.Index(fields=["organization", "job", "at", "id"], name="job_statuses")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.status} on {self.since_on}"


class JobMember(OwnedModel):
    """Somebody of a job's team. Hiring managers of the organization see the jobs whose team they are in."""

    class Role(models.TextChoices):
        HIRING_MANAGER = "hiring_manager", "Hiring manager"
        RECRUITER = "recruiter", "Recruiter"
        SOURCER = "sourcer", "Sourcer"
        COORDINATOR = "coordinator", "Coordinator"
        INTERVIEWER = "interviewer", "Interviewer"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=15, choices=Role, default=Role.HIRING_MANAGER)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "job", "user"], name="job_member_once")
        ]
        indexes = [models.Index(fields=["organization", "user", "job"], name="jobs_of_member")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.job_id}"


class JobSkill(OwnedModel):
    """A skill that a job asks for."""

    class Need(models.TextChoices):
        MUST = "must", "Must have"
        NICE = "nice", "Nice to have"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="job_skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="job_skills")
    need = models.CharField(max_length=4, choices=Need, default=Need.MUST)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "job", "skill"], name="job_skill_once")
        ]
        indexes = [models.Index(fields=["organization", "skill", "job"], name="jobs_of_skill")]

    def __str__(self) -> str:
        return f"{self.skill_id} for {self.job_id}"


class JobPool(OwnedModel):
    """A pool whose people are looked at when the job opens."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="job_pools")
    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="job_pools")

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "job", "pool"], name="job_pool_once")
        ]
        indexes = [models.Index(fields=["organization", "pool", "job"], name="jobs_of_pool")]

    def __str__(self) -> str:
        return f"{self.pool_id} for {self.job_id}"
