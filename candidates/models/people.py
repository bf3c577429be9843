"""People we may hire, one record each."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from crm.tenancy.models import OwnedModel


class Source(OwnedModel):
    """Where candidates come from: a job board, a referral, an import."""

    name = models.CharField(max_length=80)
    gives_own_data = models.BooleanField(
        "people come from here by themselves",
        default=False,
        help_text="They gave you their data, as on a careers page: they need not be told where it came from.",
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_source_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Candidate(OwnedModel):
    """A person we may hire. Not an application: one candidate may have many candidacies."""

    class Status(models.TextChoices):
        NEW = "new", "New"
        NURTURING = "nurturing", "Nurturing"
        IN_PROCESS = "in_process", "In process"
        NOT_NOW = "not_now", "Not now"
        DO_NOT_CONTACT = "do_not_contact", "Do not contact"
        HIRED = "hired", "Hired"
        ALUMNI = "alumni", "Alumni"

    class LawfulBasis(models.TextChoices):
        LEGITIMATE_INTEREST = "legitimate_interest", "Legitimate interest"
        CONSENT = "consent", "Consent"
        CONTRACT = "contract", "Steps before a contract"

    full_name = models.CharField(max_length=200)
    preferred_name = models.CharField(
        max_length=100, blank=True, help_text="How to address the person"
    )
    headline = models.CharField("current title", max_length=200, blank=True)
    company = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2 code")
    salary_expectation = models.CharField(max_length=100, blank=True)
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="candidates"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        # The indexes below begin with the organization.
        db_index=False,
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.NEW)
    lawful_basis = models.CharField(
        max_length=30, choices=LawfulBasis, default=LawfulBasis.LEGITIMATE_INTEREST
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        # Users hardly ever go: an index would cost every import.
        db_index=False,
    )
    updated_at = models.DateTimeField(auto_now=True)
    last_contacted_at = models.DateTimeField(
        null=True, editable=False, help_text="We last wrote, called or met"
    )
    # Such a contact has no entry on the timeline: it is what is left when all entries are gone.
    imported_contact_at = models.DateTimeField(
        null=True, editable=False, help_text="The last contact that a file told of"
    )
    last_replied_at = models.DateTimeField(
        null=True, editable=False, help_text="The person last answered"
    )
    # How alive the contact is, written by triggers: see `candidates.queries.warmth`.
    heat = models.FloatField(default=0, db_default=0, editable=False)
    # What the search box looks through: name, addresses, company and title, folded to lower case
    # without accents. Kept by `candidates.services.searching`.
    search_text = models.TextField(blank=True, editable=False)
    # Where each column's value comes from: column (or "*" for all others) to kind, label, by, at.
    # Set and read by `candidates.services.provenance`.
    provenance = models.JSONField(default=dict, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="candidate_newest"),
            models.Index(
                fields=["organization", "owner", "-created_at", "-id"], name="candidate_of_owner"
            ),
            models.Index(
                F("organization"),
                models.functions.Coalesce("last_contacted_at", "created_at"),
                F("id"),
                name="candidate_last_touched",
            ),
            models.Index(
                F("organization"),
                F("owner"),
                models.functions.Coalesce("last_contacted_at", "created_at"),
                F("id"),
                name="candidate_owner_touched",
            ),
            models.Index(fields=["organization", "-heat", "-id"], name="candidate_warmest"),
            GinIndex(
                "organization",
                OpClass(F("search_text"), name="gin_trgm_ops"),
                name="candidate_search_text",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("candidates:detail", args=[self.pk])

    @property
    def called(self) -> str:
        """How to address the person: the preferred name, else the first word of the full name."""
        return self.preferred_name or self.full_name.split(" ", 1)[0].rstrip(",")

    @property
    def occupation(self) -> str:
        """Title and company, as a line below the name."""
        return " · ".join(filter(None, [self.headline, self.company]))

    @property
    def place(self) -> str:
        """City and country, such as Lisbon, PT."""
        return ", ".join(filter(None, [self.city, self.country]))


class CandidateChild(OwnedModel):
    """A row that belongs to one candidate and goes with it."""

    class Meta(OwnedModel.Meta):
        abstract = True
