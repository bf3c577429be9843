"""The retention policy and the certificates of purge runs in the organization's admin."""

from django.contrib import admin

from crm.privacy.models import PurgeRun, RetentionPolicy
from crm.tenancy.organization_admin import OrganizationModelAdmin, ReadOnlyModelAdmin, site


@admin.register(RetentionPolicy, site=site)
class RetentionPolicyAdmin(OrganizationModelAdmin):
    """One per organization; the privacy page makes it, and shows whom a change would concern."""

    may_add = may_delete = False
    list_display = ("keep_days", "is_enabled", "updated_at")


@admin.register(PurgeRun, site=site)
class PurgeRunAdmin(ReadOnlyModelAdmin):
    list_display = ("started_at", "trigger", "state", "is_dry_run", "candidate_count")
    list_filter = ("trigger", "state")
    ordering = ("-started_at", "-id")
