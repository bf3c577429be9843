"""The audit log in the organization's admin: to look at, like everywhere."""

from django.contrib import admin

from crm.audit.models import AuditEntry
from crm.tenancy.organization_admin import ReadOnlyModelAdmin, site


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ReadOnlyModelAdmin):
    list_display = ("at", "actor", "action", "object_type", "object_id", "ip_address")
    list_select_related = ("actor",)
    show_full_result_count = False
    ordering = ("-at", "-id")
