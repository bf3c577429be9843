"""Where people worked and learned. Years and months as people give them: often a year is all there is."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.dates import MONTHS_3

from candidates.models.evidence import Evidenced
from candidates.models.people import Candidate, CandidateChild
from candidates.models.provenance import Sourced

YEARS = [MinValueValidator(1930), MaxValueValidator(2100)]
MONTHS = [(number, str(name).capitalize()) for number, name in MONTHS_3.items()]


class WorkExperience(Sourced, Evidenced, CandidateChild):
    """One position that a person held, or holds."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="experiences")
    title = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=120, blank=True)
    start_year = models.PositiveSmallIntegerField(null=True, blank=True, validators=YEARS)
    start_month = models.PositiveSmallIntegerField(null=True, blank=True, choices=MONTHS)
    end_year = models.PositiveSmallIntegerField(null=True, blank=True, validators=YEARS)
    end_month = models.PositiveSmallIntegerField(null=True, blank=True, choices=MONTHS)
    is_current = models.BooleanField("still there", default=False)
    description = models.TextField(blank=True, max_length=5000)

    class Meta(CandidateChild.Meta):
        # What goes on comes first, then what ended last.
        ordering = [
            "-is_current",
            F("end_year").desc(nulls_last=True),
            F("end_month").desc(nulls_last=True),
            F("start_year").desc(nulls_last=True),
            "-pk",
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_year=None) | Q(end_year=None) | Q(end_year__gte=F("start_year")),
                name="experience_ends_after_it_began",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="experience_of_candidate")
        ]

    def __str__(self) -> str:
        return " at ".join(filter(None, [self.title, self.company]))

    @property
    def period(self) -> str:
        """Such as “Mar 2019 to now”, “2015 to 2018”, or nothing."""
        end = "now" if self.is_current else _moment(self.end_year, self.end_month)
        return " to ".join(filter(None, [_moment(self.start_year, self.start_month), end]))


class Education(Sourced, Evidenced, CandidateChild):
    """One school, course or degree."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="educations")
    school = models.CharField(max_length=200)
    degree = models.CharField(max_length=200, blank=True)
    field = models.CharField("field of study", max_length=200, blank=True)
    start_year = models.PositiveSmallIntegerField(null=True, blank=True, validators=YEARS)
    end_year = models.PositiveSmallIntegerField(null=True, blank=True, validators=YEARS)
    description = models.TextField(blank=True, max_length=5000)

    class Meta(CandidateChild.Meta):
        verbose_name_plural = "educations"
        ordering = [
            F("end_year").desc(nulls_last=True),
            F("start_year").desc(nulls_last=True),
            "-pk",
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_year=None) | Q(end_year=None) | Q(end_year__gte=F("start_year")),
                name="education_ends_after_it_began",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="education_of_candidate")
        ]

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.degree, self.field, self.school]))

    @property
    def subject(self) -> str:
        """Degree and field, such as “MSc, Physics”."""
        return ", ".join(filter(None, [self.degree, self.field]))

    @property
    def period(self) -> str:
        return " to ".join(str(year) for year in (self.start_year, self.end_year) if year)


def _moment(year: int | None, month: int | None) -> str:
    if year is None:
        return ""
    return f"{dict(MONTHS)[month]} {year}" if month else str(year)
