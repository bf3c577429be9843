"""Organizations, who belongs to them, and OwnedModel: the base of every row that belongs to one."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from crm.tenancy.roles import Role
from crm.tenancy.scope import WrongOrganization, current_organization
from crm.web.time_zones import refuse_unknown_zone

# First path segments of site-level pages: an organization cannot take them.
RESERVED_SLUGS = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "booking",
        "c",
        "calendar",
        "demo",
        "favicon.ico",
        "healthz",
        "hooks",
        "invitations",
    }
    | {"livez", "metrics", "organizations", "refer", "review", "robots.txt", "static", "styleguide"}
    | {"u", "www"}
)


def refuse_reserved_slug(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is used by Rapport itself. Choose another address.")


class Organization(models.Model):
    """A tenant. Not an owned row itself: it is what rows are owned by."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9-]+$", "Use lower-case letters, digits and hyphens."),
            refuse_reserved_slug,
        ],
        help_text="The first part of the organization's addresses: /acme/…",
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[refuse_unknown_zone])
    # Commercial mail must name a postal address (CAN-SPAM, 15 U.S.C. 7704(a)(5)).
    postal_address = models.CharField(max_length=300, blank=True)
    requires_second_factor = models.BooleanField(
        "require a second factor",
        default=False,
        help_text="Members without an authenticator app get no further than setting one up.",
    )
    sending_paused_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/{self.slug}/"


class Membership(models.Model):
    """A user in an organization, with one role."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role)
    # Of the secret addresses that are the member's own: raised to make them void.
    address_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="one_membership_per_user")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization} ({self.get_role_display()})"


def hash_token(token: str) -> str:
    """How secret tokens are stored: a token is 128 random bits or more, so one SHA-256 is enough."""
    return sha256(token.encode()).hexdigest()


class Invitation(models.Model):
    """A link, sent by mail, that lets one address join one organization in one role until it expires."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The worker mails the link, and makes its token only then: the link exists in the mail alone.
    mail_due_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["mail_due_at"],
                condition=models.Q(mail_due_at__isnull=False),
                name="invitation_mail_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization}"

    @staticmethod
    def new_token() -> str:
        return secrets.token_urlsafe(32)

    @property
    def is_open(self) -> bool:
        return not self.accepted_at and not self.revoked_at and self.expires_at > timezone.now()


Owned = TypeVar("Owned", bound="OwnedModel", covariant=True)


class OwnedQuerySet(models.QuerySet[Owned]):
    """A QuerySet whose new rows get the organization being acted in."""

    def bulk_create(self, objs: Iterable[Owned], *args: Any, **kwargs: Any) -> list[Owned]:
        objs = list(objs)
        for obj in objs:
            obj.claim()
        return super().bulk_create(objs, *args, **kwargs)


_ManagerOfOwned = models.Manager.from_queryset(OwnedQuerySet)


class OwnedManager(_ManagerOfOwned[Owned]):
    """Shows only the rows of the organization being acted in, and raises where there is none.

    The filter sits in `get_queryset`, through which every manager method, forward key,
    `refresh_from_db` and `raw` passes: lists of methods leave holes.
    """

    def get_queryset(self) -> models.QuerySet[Owned]:
        return super().get_queryset().filter(organization_id=current_organization().pk)


class OwnedModel(models.Model):
    """A row that belongs to one organization, behind all three walls.

    Subclasses get their unique key, composite foreign keys and row-level security from the
    `BuildWalls` migration operation, which `makemigrations` adds by itself.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, editable=False, related_name="+", db_index=False
    )

    objects = OwnedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.claim()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.claim()
        return super().delete(*args, **kwargs)

    def claim(self) -> None:
        """Set the organization of a new row; refuse a row of another organization."""
        organization = current_organization()
        if self.organization_id is None:
            self.organization = organization
        elif self.organization_id != organization.pk:
            raise WrongOrganization(
                f"{self._meta.label} of organization {self.organization_id} used while acting in {organization.pk}."
            )

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Check what is unique per organization too: no form holds the organization, all rows do."""
        self.claim()
        super().validate_constraints(exclude=set(exclude or ()) - {"organization"})

    def unique_error_message(
        self, model_class: type[models.Model], unique_check: Sequence[str]
    ) -> ValidationError:
        named = tuple(name for name in unique_check if name != "organization")
        return super().unique_error_message(model_class, named)


class ApiToken(OwnedModel):
    """A member's own token for the API: it acts as the member, with the role that the member has at the time."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", editable=False
    )
    name = models.CharField(max_length=80, help_text="What uses it, such as “Nightly report”")
    token_hash = models.CharField(max_length=64, editable=False)
    # Whether the session that made it had proved a second factor: where one is asked for, others open nothing.
    with_second_factor = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_on = models.DateField("valid until", help_text="The last day on which it works")
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        verbose_name = "API token"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "token_hash"], name="one_api_token"),
            models.UniqueConstraint(
                fields=["organization", "user", "name"],
                condition=models.Q(revoked_at=None),
                name="one_api_token_of_a_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires_on < timezone.localdate()
