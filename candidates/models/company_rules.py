"""Companies whose people are not written to, or only after a warning: customers, partners, former employers."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from candidates.models.search_views import SearchRow, SearchView
from crm.tenancy.models import OwnedModel


class CompanyRule(OwnedModel):
    """One company of the do-not-contact list: whom it concerns, what it does, and until when."""

    class Scope(models.TextChoices):
        NOW = "now", "Works there now"
        RECENT = "recent", "Works there, or left in the last years"
        EVER = "ever", "Works there, or ever has"

    class Effect(models.TextChoices):
        BLOCK = "block", "Block: nobody writes to them"
        WARN = "warn", "Warn: say so before writing"

    name = models.CharField(
        "company",
        max_length=120,
        help_text="However it is spelled in the records: case, accents and GmbH, Ltd or Inc. do not matter.",
    )
    # The database's own `candidates_company_key(name)`: what is compared.
    key = models.CharField(max_length=200, editable=False)
    domain = models.CharField(
        "mail domain",
        max_length=120,
        blank=True,
        help_text="Such as acme.com: whoever has an address there works there.",
    )
    scope = models.CharField("whom", max_length=10, choices=Scope, default=Scope.NOW)
    years = models.PositiveSmallIntegerField(
        "years since they left",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text="Only with “left in the last years”. A position without an end counts as one that just ended.",
    )
    effect = models.CharField("what happens", max_length=10, choices=Effect, default=Effect.BLOCK)
    expires_on = models.DateField(
        "expires on",
        null=True,
        blank=True,
        help_text="The last day on which it holds; empty: always.",
    )
    note = models.CharField(max_length=200, blank=True, help_text="Why, for your colleagues.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="one_rule_of_company"),
            models.CheckConstraint(
                condition=Q(scope="recent", years__isnull=False)
                | (~Q(scope="recent") & Q(years=None)),
                name="years_of_recent_alone",
            ),
        ]
        indexes = [models.Index(fields=["organization", "domain"], name="company_rule_of_domain")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return self.expires_on is not None and self.expires_on < timezone.localdate()

    @property
    def whom(self) -> str:
        """In words, as the list shows it."""
        if self.scope != self.Scope.RECENT:
            return str(self.get_scope_display())
        years = "year" if self.years == 1 else f"{self.years} years"
        return f"Works there, or left in the last {years}"


class CompanyRuleMatch(SearchRow):
    """A person whom a rule concerns that holds today: one row for each position or address that says so.

    For questions about some people. Who is concerned at all: `CompanyRulePerson`, which agrees with this.
    """

    class Cause(models.TextChoices):
        # In the order in which they are said.
        NOW = "1 now", "Works at"
        MAIL = "2 mail", "Has a mail address of"
        PAST = "3 past", "Worked at"

    rule = models.BigIntegerField(db_column="rule_id")
    name = models.CharField(max_length=120)
    effect = models.CharField(max_length=10, choices=CompanyRule.Effect)
    cause = models.CharField(max_length=10, choices=Cause)

    class Meta(SearchView.Meta):
        db_table = "company_rule_match"


class CompanyRulePerson(SearchRow):
    """The same, rule by rule, for the question of who is concerned at all: `id` is the rule's, and people come repeatedly."""

    effect = models.CharField(max_length=10, choices=CompanyRule.Effect)

    class Meta(SearchView.Meta):
        db_table = "company_rule_person"
