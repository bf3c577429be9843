"""What a job asks for beside skills, and how much each thing counts when people are matched with it."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from crm.tenancy.models import OwnedModel
from pipelines.models.jobs import Job

WEIGHTS = [MinValueValidator(0), MaxValueValidator(10)]


def weight(name: str, default: int) -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(name, default=default, validators=WEIGHTS)


class MatchCriteria(OwnedModel):
    """How people are matched with a job. At most one row a job; without it the defaults hold.

    Weights are from 0 (does not count) to 10. Those of skills are for each skill.
    """

    class Seniority(models.IntegerChoices):
        JUNIOR = 1, "Junior"
        REGULAR = 2, "Regular"
        SENIOR = 3, "Senior"
        LEAD = 4, "Lead or principal"
        HEAD = 5, "Head or director"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="match_criteria")
    seniority = models.PositiveSmallIntegerField(choices=Seniority, null=True, blank=True)
    languages = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Such as German, English",
    )
    within_km = models.PositiveSmallIntegerField(
        "near is within", default=50, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    starts_by = models.DateField("should start by", null=True, blank=True)
    must_weight = weight("each must-have skill", 6)
    nice_weight = weight("each nice-to-have skill", 2)
    seniority_weight = weight("seniority", 4)
    place_weight = weight("place", 4)
    working_weight = weight("way of working", 2)
    language_weight = weight("each language", 4)
    start_weight = weight("availability", 2)
    past_weight = weight("past processes", 3)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "match criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "job"], name="one_match_criteria_per_job"
            )
        ]

    def __str__(self) -> str:
        return f"criteria of {self.job_id}"
