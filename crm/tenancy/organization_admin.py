"""Django admin inside the walls: `/<organization>/admin/`, for an organization's owners and admins.

Apps register their configuration with `site`, using OrganizationModelAdmin. Django's own log of admin
actions is not written: it copies the names of objects, AuditEntry names them by id.
"""

from functools import update_wrapper
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver

from crm.accounts.models import User
from crm.tenancy.roles import ADMINS
from crm.tenancy.signals import announce
from crm.web.ids import is_id

# Addresses of Django's admin that are not wanted: sign-in and passwords have pages of their own,
# and the redirect by content type would tell which ids exist.
UNWANTED = {"login", "logout", "password_change", "password_change_done", "view_on_site"}


def changed_fields(message: str | list[dict[str, Any]]) -> list[str]:
    """The names of fields in the admin's description of a change; names of objects stay out."""
    if isinstance(message, str):
        return []
    names = (name for part in message for act in part.values() for name in act.get("fields", ()))
    return sorted(set(names))


class RecordingModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What both admins share: acts go to the audit log, and lists are filtered only as they offer."""

    view_on_site = False

    def get_urls(self) -> list[URLPattern]:
        """Without the history page, which reads Django's own log."""
        urls: list[URLPattern] = super().get_urls()
        return [url for url in urls if not (url.name or "").endswith("_history")]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Only what the list offers as a filter: no guessing at columns that it does not show."""
        offered = lookup.split("__")[0] in self.list_filter
        return offered and super().lookup_allowed(lookup, value, request)

    def response_action(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """What is to be done with the rows that are ticked; Django takes every text for an id."""
        if not all(map(is_id, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            self.message_user(request, "Some of these rows do not exist.", messages.ERROR)
            return redirect(request.get_full_path())
        return super().response_action(request, *args, **options)

    def put_on_record(
        self, request: HttpRequest, verb: str, subject: models.Model, **details: Any
    ) -> None:
        raise NotImplementedError

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        self.put_on_record(request, "created", obj)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        self.put_on_record(request, "edited", obj, fields=changed_fields(message))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        for obj in queryset:
            self.put_on_record(request, "deleted", obj)


class OrganizationModelAdmin(RecordingModelAdmin):
    """A model of the organization being acted in, open to the roles in ADMINS.

    Rows of other organizations do not exist here: managers are scoped. Users, which are not owned,
    are offered as members only.
    """

    # An address without a scheme means https.
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    # What may be done besides looking.
    may_add = may_change = may_delete = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_add and is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and is_admin(request)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.remote_field.model is User:
            kwargs["queryset"] = User.objects.filter(
                memberships__organization=request.organization
            ).order_by("name", "email")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def put_on_record(
        self, request: HttpRequest, verb: str, subject: models.Model, **details: Any
    ) -> None:
        user: Any = request.user
        announce(f"{subject._meta.model_name}.{verb}", subject, by=user, via="admin", **details)


class ReadOnlyModelAdmin(OrganizationModelAdmin):
    """Rows that have rules of their own, and pages that keep them: here they can only be looked at."""

    may_add = may_change = may_delete = False


class OrganizationInline(admin.StackedInline):  # type: ignore[type-arg]
    """Rows below an object of the organization's admin. Stacked: in Django's tables no field has a label."""

    extra = 0
    has_view_permission = OrganizationModelAdmin.has_view_permission
    has_module_permission = OrganizationModelAdmin.has_module_permission

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    has_change_permission = has_delete_permission = has_add_permission


def is_admin(request: HttpRequest) -> bool:
    membership = getattr(request, "membership", None)
    return membership is not None and membership.role in ADMINS


class OrganizationAdminSite(admin.AdminSite):
    site_header = site_title = "Configuration"
    index_title = "What the organization can configure"
    index_template = "tenancy/admin/index.html"
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return is_admin(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Members with another role get 403, not another sign-in."""
        inner: Any = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in UNWANTED]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        organization = request.organization  # type: ignore[attr-defined]
        return super().each_context(request) | {
            "site_url": organization.get_absolute_url(),
            "site_header": f"{organization}: configuration",
        }


site = OrganizationAdminSite(name="organization_admin")
