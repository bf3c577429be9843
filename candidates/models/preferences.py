"""What people want next: kept as data, so that it can be searched and compared."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from candidates.models.people import Candidate, CandidateChild
from candidates.models.provenance import Sourced


def pay_in_words(low: Decimal | None, high: Decimal | None, currency: str, period: str) -> str:
    """Such as “80,000 to 95,000 EUR a year”; nothing where neither amount is known."""
    amounts = [f"{value:,.0f}" for value in (low, high) if value is not None]
    if not amounts:
        return ""
    shown = " to ".join(dict.fromkeys(amounts))
    if high is None:
        shown = f"from {shown}"
    elif low is None:
        shown = f"up to {shown}"
    return " ".join(filter(None, [shown, currency, period]))


class CandidatePreference(Sourced, CandidateChild):
    """What one candidate wants of the next job. At most one row a person."""

    class Remote(models.TextChoices):
        UNKNOWN = "", "Not said"
        ONSITE = "onsite", "On site"
        HYBRID = "hybrid", "Hybrid"
        REMOTE = "remote", "Remote only"
        ANY = "any", "Any of these"

    class PayPeriod(models.TextChoices):
        YEAR = "year", "a year"
        MONTH = "month", "a month"
        DAY = "day", "a day"
        HOUR = "hour", "an hour"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="preferences")
    wanted_role = models.CharField("role", max_length=200, blank=True)
    wanted_place = models.CharField("place", max_length=200, blank=True)
    remote = models.CharField("working", max_length=10, choices=Remote, blank=True)
    pay_min = models.DecimalField(
        "pay from",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    pay_max = models.DecimalField(
        "pay to",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    pay_currency = models.CharField("currency", max_length=3, blank=True, help_text="ISO 4217 code")
    pay_period = models.CharField("per", max_length=10, choices=PayPeriod, default=PayPeriod.YEAR)
    starts_on = models.DateField("could start", null=True, blank=True)
    notice = models.CharField("notice period", max_length=100, blank=True)
    time_zone = models.CharField(max_length=60, blank=True, help_text="Such as Europe/Lisbon")

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate"], name="one_preference_per_candidate"
            ),
            models.CheckConstraint(
                condition=Q(pay_min=None) | Q(pay_max=None) | Q(pay_max__gte=F("pay_min")),
                name="pay_range_goes_up",
            ),
        ]

    def __str__(self) -> str:
        return self.wanted_role or f"preferences of {self.candidate_id}"

    @property
    def pay(self) -> str:
        """Such as “80,000 to 95,000 EUR a year”, or nothing."""
        return pay_in_words(
            self.pay_min, self.pay_max, self.pay_currency, self.get_pay_period_display()
        )


class SpokenLanguage(Sourced, CandidateChild):
    """A language that a person speaks, and how well."""

    class Level(models.TextChoices):
        UNKNOWN = "", "Level unknown"
        A1 = "a1", "A1 · first words"
        A2 = "a2", "A2 · everyday matters"
        B1 = "b1", "B1 · gets along"
        B2 = "b2", "B2 · fluent in the field"
        C1 = "c1", "C1 · fluent"
        C2 = "c2", "C2 · near native"
        NATIVE = "native", "Native"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="languages")
    name = models.CharField("language", max_length=60)
    normalized = models.CharField(max_length=60, editable=False, help_text="Folded, for comparing")
    level = models.CharField(max_length=10, choices=Level, blank=True)

    class Meta(CandidateChild.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate", "normalized"], name="language_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def short_level(self) -> str:
        """Such as “B2” or “Native”, or nothing."""
        return self.get_level_display().partition(" ")[0] if self.level else ""
