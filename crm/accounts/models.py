"""The user: an e-mail address that signs in. What it may do is said by its memberships, per organization."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from crm.web.time_zones import refuse_unknown_zone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with `email` in lower case; without a password nobody can sign in as it."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True, error_messages={"unique": "This address is taken."})
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    # May open /admin/, which shows organizations and users; candidates only where a member invited them.
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now)
    # Decides what “today” is, and how moments are shown.
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[refuse_unknown_zone],
        help_text="Empty: that of the organization",
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def first_name(self) -> str:
        return self.name.split(" ", 1)[0] if self.name else self.email.split("@", 1)[0]


class TryCounter(models.Model):
    """How often something was tried lately: a bucket that fills with each try and drains with time.

    The key is a keyed hash of what is counted (purpose, address, browser, network), so the table
    tells nobody who tried what, and counts addresses that nobody has in the same way.
    """

    key = models.CharField(max_length=64, primary_key=True)
    level = models.FloatField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["updated_at"], name="try_counter_age")]

    def __str__(self) -> str:
        return self.key[:8]


class AccountMail(models.Model):
    """A mail about an account that waits to be sent. Written in the request, sent by a worker, then deleted.

    The request does the same work whether the address signs in here or not.
    """

    class Kind(models.TextChoices):
        RESET = "reset", "Set a new password"
        PASSWORD_CHANGED = "password_changed", "The password was changed"
        SECOND_FACTOR_ADDED = "second_factor_added", "A second factor was set up"
        SECOND_FACTOR_REMOVED = "second_factor_removed", "The second factor was removed"
        RECOVERY_CODES_RESET = "recovery_codes_reset", "New recovery codes were made"

    kind = models.CharField(max_length=30, choices=Kind)
    email = models.EmailField()
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="account_mail_due")]

    def __str__(self) -> str:
        return self.get_kind_display()
