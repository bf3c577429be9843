"""Where a person is reached and recognized: addresses, numbers, profiles."""

from django.db import models
from django.db.models import Q

from candidates.models.people import Candidate, CandidateChild
from candidates.models.provenance import Sourced


class Use(models.TextChoices):
    """What an address or a number is for."""

    UNKNOWN = "", "Not said"
    PRIVATE = "private", "Private"
    WORK = "work", "Work"
    OTHER = "other", "Other"


class EmailAddress(Sourced, CandidateChild):
    """An address of a candidate. One address belongs to one person per organization."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Not tried yet"
        VALID = "valid", "Valid"
        BOUNCED = "bounced", "Bounced"
        WRONG = "wrong", "Somebody else's"

    # Mail does not go there, for all we know.
    UNUSABLE = frozenset({State.BOUNCED, State.WRONG})

    # Millions of rows: the index that begins with the organization is enough.
    candidate = models.ForeignKey(
        Candidate,
        on_delete=models.CASCADE,
        related_name="emails",
        db_index=False,
    )
    address = models.EmailField(max_length=254)
    normalized = models.CharField(
        max_length=254, editable=False, help_text="Lower case, for comparing"
    )
    is_primary = models.BooleanField(default=False)
    use = models.CharField(
        max_length=10, choices=Use, default=Use.UNKNOWN, db_default="", blank=True
    )
    state = models.CharField(max_length=10, choices=State, default=State.UNKNOWN)

    class Meta(CandidateChild.Meta):
        verbose_name = "e-mail address"
        verbose_name_plural = "e-mail addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "normalized"], name="one_person_per_address"
            ),
            models.UniqueConstraint(
                fields=["organization", "candidate"],
                condition=Q(is_primary=True),
                name="one_primary_address",
            ),
        ]
        indexes = [models.Index(fields=["organization", "candidate"], name="email_of_candidate")]

    def __str__(self) -> str:
        return self.address

    @property
    def is_usable(self) -> bool:
        return self.state not in self.UNUSABLE


class PhoneNumber(Sourced, CandidateChild):
    """A phone number as it was given, and in E.164 where it could be read."""

    class State(models.TextChoices):
        UNKNOWN = "", "Not tried yet"
        VALID = "valid", "Reached"
        WRONG = "wrong", "Wrong number"

    class Use(models.TextChoices):
        UNKNOWN = "", "Not said"
        MOBILE = "mobile", "Mobile"
        PRIVATE = "private", "Private"
        WORK = "work", "Work"
        OTHER = "other", "Other"

    # Millions of rows: the index that begins with the organization is enough.
    candidate = models.ForeignKey(
        Candidate,
        on_delete=models.CASCADE,
        related_name="phones",
        db_index=False,
    )
    number = models.CharField(max_length=60)
    normalized = models.CharField(
        max_length=20, blank=True, editable=False, help_text="E.164, empty if unreadable"
    )
    is_primary = models.BooleanField(default=False, db_default=False)
    use = models.CharField(
        max_length=10, choices=Use, default=Use.UNKNOWN, db_default="", blank=True
    )
    state = models.CharField(
        max_length=10, choices=State, default=State.UNKNOWN, db_default="", blank=True
    )

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate"],
                condition=Q(is_primary=True),
                name="one_primary_number",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="phone_of_candidate"),
            models.Index(fields=["organization", "normalized"], name="phone_normalized"),
        ]

    def __str__(self) -> str:
        return self.number


class ProfileLink(Sourced, CandidateChild):
    """A public profile of a candidate."""

    class State(models.TextChoices):
        UNKNOWN = "", "Not tried yet"
        VALID = "valid", "Works"
        DEAD = "dead", "Leads nowhere"

    class Use(models.TextChoices):
        UNKNOWN = "", "Not said"
        PROFILE = "profile", "Profile"
        CODE = "code", "Code"
        PORTFOLIO = "portfolio", "Portfolio"
        WEBSITE = "website", "Website"
        OTHER = "other", "Other"

    # Millions of rows: the index that begins with the organization is enough.
    candidate = models.ForeignKey(
        Candidate,
        on_delete=models.CASCADE,
        related_name="links",
        db_index=False,
    )
    url = models.URLField(max_length=500)
    normalized = models.CharField(
        max_length=500, editable=False, help_text="Host and path, for comparing"
    )
    use = models.CharField(
        max_length=10, choices=Use, default=Use.UNKNOWN, db_default="", blank=True
    )
    state = models.CharField(
        max_length=10, choices=State, default=State.UNKNOWN, db_default="", blank=True
    )

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(fields=["organization", "candidate"], name="link_of_candidate"),
            models.Index(fields=["organization", "normalized"], name="link_normalized"),
        ]

    def __str__(self) -> str:
        return self.url
