"""The data map of who signs in. Users are colleagues, not candidates: erasing a candidate touches none of it."""

from django.db.models import Model

from crm.accounts.models import AccountMail, TryCounter, User
from crm.data_map import Category, FieldRule, ModelMap, technical, usage

DATA_MAP: dict[type[Model], ModelMap] = {
    User: ModelMap(
        purpose="Signing in, and saying to colleagues who did what.",
        retention="As long as the person works with an organization; deactivated afterwards, for the audit log.",
        fields={
            **technical("id", "password", "is_active", "is_staff", "is_superuser"),
            **technical("groups", "user_permissions"),
            **usage("last_login", "joined_at", "time_zone"),
            "email": FieldRule(Category.IDENTITY),
            "name": FieldRule(Category.IDENTITY),
        },
    ),
    TryCounter: ModelMap(
        purpose="Slowing down whoever guesses passwords.",
        retention="One day after the last try.",
        fields=technical("key", "level", "updated_at"),
    ),
    AccountMail: ModelMap(
        purpose="Sending a mail about an account.",
        retention="Until the mail is sent, at most one day.",
        fields={
            **technical("id", "kind", "created_at", "due_at", "attempts"),
            "email": FieldRule(Category.IDENTITY),
        },
    ),
}
