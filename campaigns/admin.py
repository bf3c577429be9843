"""Senders in the organization's admin, and sequences, which have a page with rules: here one can only look."""

from django.contrib import admin

from campaigns.models import ContentItem, MailAccount, Sender, Sequence, Step, Template
from crm.tenancy.organization_admin import (
    OrganizationInline,
    OrganizationModelAdmin,
    ReadOnlyModelAdmin,
    site,
)


@admin.register(Sender, site=site)
class SenderAdmin(OrganizationModelAdmin):
    may_delete = False
    list_display = ("name", "address", "user", "daily_cap", "paused_at")
    list_select_related = ("user",)
    search_fields = ("name", "address")


@admin.register(MailAccount, site=site)
class MailAccountAdmin(ReadOnlyModelAdmin):
    """Keys are entered on the page of the account, and shown nowhere."""

    list_display = ("name", "kind", "host", "checked_at", "problem")
    list_filter = ("kind",)
    search_fields = ("name", "host")


@admin.register(Template, site=site)
class TemplateAdmin(ReadOnlyModelAdmin):
    list_display = ("name", "folder", "visibility", "owner", "archived_at")
    list_filter = ("visibility",)
    list_select_related = ("owner",)
    search_fields = ("name", "folder")


@admin.register(ContentItem, site=site)
class ContentItemAdmin(ReadOnlyModelAdmin):
    """Items have a page with checks of addresses and files: here one can only look."""

    list_display = ("title", "kind", "owner", "archived_at")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = ("title", "description")


class StepInline(OrganizationInline):
    model = Step
    fields = (("position", "kind", "wait_business_days", "subject", "task_title"),)
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Sequence, site=site)
class SequenceAdmin(ReadOnlyModelAdmin):
    list_display = ("name", "sender", "owner", "state", "created_at")
    list_filter = ("state",)
    list_select_related = ("sender", "owner")
    search_fields = ("name",)
    inlines = (StepInline,)
