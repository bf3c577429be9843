"""The whole data map: every app's part, and the tables that libraries bring."""

from importlib import import_module
from importlib.util import find_spec

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Field, Model

from crm.data_map import Category, FieldRule, ModelMap, technical, usage


def _users(*names: str) -> dict[str, FieldRule]:
    return {name: FieldRule(Category.IDENTITY) for name in names}


LIBRARIES: dict[type[Model], ModelMap] = {
    Session: ModelMap(
        "Keeps users signed in", "Two weeks", usage("session_key", "session_data", "expire_date")
    ),
    Authenticator: ModelMap(
        "Second factor of a user",
        "Until the user removes it",
        technical("id", "type", "created_at", "last_used_at") | _users("user", "data"),
    ),
    EmailAddress: ModelMap(
        "Sign-in address of a user",
        "As long as the user",
        technical("id", "verified", "primary") | _users("user", "email"),
    ),
    EmailConfirmation: ModelMap(
        "Confirms a user's address",
        "Three days",
        technical("id", "created", "sent", "key") | _users("email_address"),
    ),
    # Nothing writes to it: the admins write to the audit table, which holds no names.
    LogEntry: ModelMap(
        "Unused: Django admin's own log",
        "Stays empty",
        usage(
            "id", "action_time", "user", "content_type", "object_id", "object_repr",
            "action_flag", "change_message",
        ),
    ),
    Group: ModelMap("Unused: roles are per organization", "Stays empty", technical("id", "name", "permissions")),
    Permission: ModelMap(
        "Django's list of permissions", "Always", technical("id", "name", "content_type", "codename")
    ),
    ContentType: ModelMap(
        "Django's list of models", "Always", technical("id", "app_label", "model")
    ),
}  # fmt: skip


def data_map() -> dict[type[Model], ModelMap]:
    """Every model that the data map speaks of: the libraries' and each app's `privacy.DATA_MAP`."""
    merged = dict(LIBRARIES)
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.privacy"):
            merged |= getattr(import_module(f"{config.name}.privacy"), "DATA_MAP", {})
    return merged


def mapped_fields(model: type[Model]) -> "list[Field[object, object]]":
    """The fields of `model` that need a rule; the tenant's own key needs none."""
    fields = [*model._meta.local_concrete_fields, *model._meta.local_many_to_many]
    return [field for field in fields if field.name != "organization"]
