"""What an organization sets about its people."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from crm.tenancy.models import OwnedModel
from crm.tenancy.roles import EDITORS, Role

COLD_DAYS = 60


def every_editor() -> list[str]:
    return sorted(role.value for role in EDITORS)


class PeopleSettings(OwnedModel):
    """At most one row; without it the defaults hold."""

    cold_after_days = models.PositiveSmallIntegerField(
        "going cold after",
        default=COLD_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="Days without contact; a pool may have its own number",
    )
    tag_makers = ArrayField(
        models.CharField(max_length=20, choices=Role),
        default=every_editor,
        blank=True,
        help_text="Who may make new tags; everybody who edits people may use those that exist",
    )
    shows_match = models.BooleanField(
        "match people with jobs",
        default=True,
        db_default=True,
        help_text="Scores say how well people fit a job, and why. Switched off, there is nothing of them anywhere.",
    )

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "people settings"
        constraints = [models.UniqueConstraint(fields=["organization"], name="one_people_settings")]

    def __str__(self) -> str:
        return f"cold after {self.cold_after_days} days"
