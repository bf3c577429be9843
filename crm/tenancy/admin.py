"""What operators see of organizations and their members, and what an organization's admins see of their own."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from crm.accounts.models import User
from crm.tenancy import operator_admin, organization_admin
from crm.tenancy.models import Invitation, Membership, Organization
from crm.tenancy.operator_admin import OperatorModelAdmin
from crm.tenancy.organization_admin import ReadOnlyModelAdmin
from crm.tenancy.requests import OrganizationRequest


@admin.register(Organization, site=operator_admin.site)
class OrganizationAdmin(OperatorModelAdmin):
    """New ones are made by `manage.py create_organization`, which also invites the owner."""

    may_add = False
    list_display = ("name", "slug", "created_at", "closed_at")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at",)


@admin.register(Membership, site=operator_admin.site)
class MembershipAdmin(OperatorModelAdmin):
    may_delete = True
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "organization__slug")
    raw_id_fields = ("user", "organization")
    readonly_fields = ("created_at",)


@admin.register(Invitation, site=operator_admin.site)
class InvitationAdmin(OperatorModelAdmin):
    may_add = may_change = False
    list_display = ("email", "organization", "role", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role",)
    list_select_related = ("organization",)
    search_fields = ("email", "organization__slug")
    exclude = ("token_hash",)


@admin.register(User, site=operator_admin.site)
class UserAdmin(OperatorModelAdmin):
    """Passwords are set by their owners, by mail; rights in organizations are memberships."""

    may_add = False
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "last_login", "joined_at")
    readonly_fields = ("last_login", "joined_at")


class OwnRowsAdmin(ReadOnlyModelAdmin):
    """Memberships and invitations are not owned rows: here they are narrowed by hand."""

    def get_queryset(self, request: OrganizationRequest) -> QuerySet[Any]:  # type: ignore[override]
        return super().get_queryset(request).filter(organization=request.organization)


@admin.register(Membership, site=organization_admin.site)
class OwnMembershipAdmin(OwnRowsAdmin):
    """Changed on the members page, which keeps the rules on owners."""

    list_display = ("user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    exclude = ("organization",)


@admin.register(Invitation, site=organization_admin.site)
class OwnInvitationAdmin(OwnRowsAdmin):
    list_display = ("email", "role", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role",)
    search_fields = ("email",)
    exclude = ("organization", "token_hash")
