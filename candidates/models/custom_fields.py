"""What an organization writes down beyond the columns that everybody has.

Values are rows with typed columns, not one JSON document a person, for four reasons: a range over dates or
amounts is a btree scan (`custom_value_number` and its kind) where JSON would be read person by person; each
value has its own provenance, so that the rule about what was typed by hand holds for it; change sets put
rows back one by one; and an import of a million people inserts only the values it brings. The price is a
row per value. Several choices of one field are several rows.

Each subject of fields has a table of values of its own, in the app that the subject is in: only so the database
can hold a value to its owner. All are made of `CustomValue`; everything else finds them by `value_model`.
"""

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.formats import date_format, number_format

from candidates.models.files import CandidateFile, KeptFile, OrganizationFile
from candidates.models.people import Candidate, CandidateChild
from candidates.models.pools import TalentPool
from candidates.models.provenance import Sourced
from crm.tenancy.models import OwnedModel
from crm.tenancy.roles import ADMINS, READERS, RECRUITERS, Role

if TYPE_CHECKING:
    from crm.accounts.models import User


class CustomField(OwnedModel):
    """A field of an organization's own."""

    class Subject(models.TextChoices):
        """What has values in it: the name of the key to it in the table of the values."""

        CANDIDATE = "candidate", "Candidates"
        CANDIDACY = "candidacy", "Candidacies"
        JOB = "job", "Jobs"
        POOL = "pool", "Pools"

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        LONG_TEXT = "long_text", "Long text"
        NUMBER = "number", "Number"
        MONEY = "money", "Money"
        DATE = "date", "Date"
        SINGLE = "single", "One of several choices"
        MULTIPLE = "multiple", "Several choices"
        BOOLEAN = "boolean", "Yes or no"
        MEMBER = "member", "Member"
        URL = "url", "Link"
        FILE = "file", "File"

    class Visibility(models.TextChoices):
        READERS = "readers", "Everyone who sees candidates"
        RECRUITERS = "recruiters", "Recruiters, admins and owners"
        ADMINS = "admins", "Admins and owners"

    subject = models.CharField(
        "field of", max_length=12, choices=Subject, default=Subject.CANDIDATE
    )
    name = models.CharField(max_length=80)
    key = models.SlugField(
        max_length=40,
        help_text="In merge fields and files: lower case, never changes",
        db_index=False,
    )
    kind = models.CharField(max_length=10, choices=Kind)
    help_text = models.CharField(max_length=200, blank=True)
    is_required = models.BooleanField("required", default=False, help_text="On the form, by hand")
    is_unique = models.BooleanField("unique", default=False, help_text="No two have the same value")
    is_searchable = models.BooleanField(
        "searchable", default=False, help_text="The search box looks through it; of candidates only"
    )
    visible_to = models.CharField(
        "seen by", max_length=12, choices=Visibility, default=Visibility.READERS
    )
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "subject", "key"], name="one_custom_field_per_key"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_options(self) -> bool:
        return self.kind in {self.Kind.SINGLE, self.Kind.MULTIPLE}

    @property
    def roles(self) -> frozenset[Role]:
        """Who sees the field and its values."""
        return {
            self.Visibility.READERS: READERS,
            self.Visibility.RECRUITERS: RECRUITERS,
            self.Visibility.ADMINS: ADMINS,
        }[self.Visibility(self.visible_to)]

    @property
    def is_private(self) -> bool:
        return self.visible_to != self.Visibility.READERS


class CustomFieldOption(OwnedModel):
    """One of the choices of a field."""

    # Without its field it is nothing.
    goes_along: ClassVar = models.Q(pk__isnull=False)

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="options")
    name = models.CharField(max_length=100)
    normalized = models.CharField(max_length=100, editable=False)
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "field", "normalized"], name="one_option_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CustomValue(Sourced):
    """One value in the column of its kind.

    A model of values names its `subject`, has a key of that name to its owner, and one called `attachment`
    to the kind of file that the owner may keep.
    """

    subject: ClassVar[CustomField.Subject]
    # Where the file that a value names is fetched.
    file_page: ClassVar[str]

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="+")
    # Of a file its name.
    text = models.TextField(blank=True)
    # What text is compared, filtered and kept unique by.
    normalized = models.CharField(max_length=100, blank=True, editable=False)
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    day = models.DateField(null=True)
    yes = models.BooleanField(null=True)
    option = models.ForeignKey(
        CustomFieldOption, null=True, on_delete=models.CASCADE, related_name="+"
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    # Filled where the field is unique: the database then refuses a second one.
    unique_key = models.CharField(max_length=100, null=True, editable=False)  # noqa: DJ001 - nulls never collide

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.shown

    @classmethod
    def new_file(cls, owner: Any) -> KeptFile:
        """A file for the owner, still without its content."""
        raise NotImplementedError

    @property
    def owner_id(self) -> int:
        return int(getattr(self, f"{self.subject}_id"))

    @property
    def file_url(self) -> str:
        return reverse(self.file_page, args=[self.pk])

    @property
    def value(self) -> "Decimal | str | bool | User | CustomFieldOption | Any":
        """The value itself, as its kind has it. Money is its amount; the currency stands beside it."""
        kind = CustomField.Kind
        return {
            kind.NUMBER: self.number,
            kind.MONEY: self.number,
            kind.DATE: self.day,
            kind.BOOLEAN: self.yes,
            kind.SINGLE: self.option,
            kind.MULTIPLE: self.option,
            kind.MEMBER: self.member,
        }.get(kind(self.field.kind), self.text)

    @property
    def shown(self) -> str:
        """The value in words, for pages, mails and files."""
        kind = CustomField.Kind
        if self.field.kind in {kind.NUMBER, kind.MONEY} and self.number is not None:
            amount = number_format(self.number.normalize(), use_l10n=True, force_grouping=True)
            return f"{amount} {self.currency}".strip()
        if self.field.kind == kind.DATE and self.day is not None:
            return date_format(self.day, "j M Y")
        if self.field.kind == kind.BOOLEAN:
            return "Yes" if self.yes else "No"
        return str(self.value or "")


# How the name of the constraint ends that keeps the values of unique fields apart.
UNIQUE_VALUE = "_value_unique"
# Values in the order of their fields, choices in that of the field.
VALUE_ORDER = ["field__position", "field", "option__position", "pk"]


def value_constraints(subject: CustomField.Subject, *, prefix: str) -> list[models.BaseConstraint]:
    """What every table of values refuses: the same thing twice, and what another has in a unique field."""
    return [
        models.UniqueConstraint(
            fields=["organization", subject.value, "field", "option"],
            nulls_distinct=False,
            name=f"{prefix}_value_once",
        ),
        models.UniqueConstraint(
            fields=["organization", "field", "unique_key"], name=f"{prefix}{UNIQUE_VALUE}"
        ),
    ]


class CandidateCustomValue(CustomValue, CandidateChild):
    """What one person has in one custom field."""

    subject = CustomField.Subject.CANDIDATE
    file_page = "candidates:custom_file"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="custom_values")
    attachment = models.ForeignKey(
        CandidateFile, null=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta(CandidateChild.Meta):
        ordering = VALUE_ORDER
        constraints = value_constraints(CustomField.Subject.CANDIDATE, prefix="custom")
        indexes = [
            models.Index(
                fields=["organization", "field", "number", "candidate"],
                condition=models.Q(number__isnull=False),
                name="custom_value_number",
            ),
            models.Index(
                fields=["organization", "field", "day", "candidate"],
                condition=models.Q(day__isnull=False),
                name="custom_value_day",
            ),
            models.Index(
                fields=["organization", "field", "option", "candidate"],
                condition=models.Q(option__isnull=False),
                name="custom_value_option",
            ),
            models.Index(
                fields=["organization", "field", "normalized", "candidate"],
                condition=~models.Q(normalized=""),
                name="custom_value_text",
            ),
            models.Index(
                fields=["organization", "attachment"],
                condition=models.Q(attachment__isnull=False),
                name="custom_value_file",
            ),
        ]

    @classmethod
    def new_file(cls, owner: Candidate) -> CandidateFile:
        return CandidateFile(candidate=owner)


class PoolCustomValue(CustomValue, OwnedModel):
    """What one pool has in one custom field."""

    subject = CustomField.Subject.POOL
    file_page = "pools:custom_file"

    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="custom_values")
    attachment = models.ForeignKey(
        OrganizationFile, null=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        ordering = VALUE_ORDER
        constraints = value_constraints(CustomField.Subject.POOL, prefix="pool")

    @classmethod
    def new_file(cls, owner: TalentPool) -> OrganizationFile:
        return OrganizationFile()


@cache
def value_models() -> tuple[type[Any], ...]:
    """The tables of values, one a subject, in whichever app they are."""
    return tuple(model for model in apps.get_models() if issubclass(model, CustomValue))


def value_model(subject: str) -> type[Any]:
    """Where the values of this subject's fields are."""
    return next(model for model in value_models() if model.subject == subject)


def value_model_of(owner: models.Model) -> type[Any]:
    """Where the values of such a row are."""
    return next(
        model
        for model in value_models()
        if isinstance(owner, model._meta.get_field(model.subject.value).related_model)
    )
