"""What operators see of organizations and their members, and what an organization's admins see of their own."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from crm.accounts.models import User
from crm.tenancy import operator_admin, organization_admin, services
from crm.tenancy.forms import OperatorMembershipForm, OperatorUserForm
from crm.tenancy.models import ApiToken, Invitation, Membership, Organization
from crm.tenancy.operator_admin import OperatorModelAdmin
from crm.tenancy.organization_admin import ReadOnlyModelAdmin
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError


@admin.register(Organization, site=operator_admin.site)
class OrganizationAdmin(OperatorModelAdmin):
    """New ones are made by `manage.py create_organization`, which also invites the owner."""

    may_add = False
    list_display = ("name", "slug", "created_at", "closed_at")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at",)


@admin.register(Membership, site=operator_admin.site)
class MembershipAdmin(OperatorModelAdmin):
    """Made, changed and ended by the services, which keep the rules on owners and operators."""

    form = OperatorMembershipForm
    may_delete = True
    # Deleting many at once would ask the rules only when some are gone.
    actions = None
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "organization__slug")
    raw_id_fields = ("user", "organization")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("created_at",) if obj is None else ("user", "organization", "created_at")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: Any) -> None:
        by: Any = request.user
        with acting_in(obj.organization):
            if change:
                services.change_role(obj, to=obj.role, by=by, as_operator=True)
            else:
                obj.pk = services.add_member(obj.user, role=obj.role, by=by).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        by: Any = request.user
        with acting_in(obj.organization):
            services.remove_member(obj, by=by, as_operator=True)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(reverse("admin:tenancy_membership_change", args=[object_id]))

    def put_on_record(
        self, request: HttpRequest, verb: str, subject: Model, **details: Any
    ) -> None:
        """The services do."""


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

    form = OperatorUserForm
    may_add = False
    list_display = ("email", "name", "may_sign_in", "operator", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "last_login", "joined_at")
    readonly_fields = ("last_login", "joined_at")

    @admin.display(boolean=True, ordering="is_active", description="may sign in")
    def may_sign_in(self, user: User) -> bool:
        return user.is_active

    @admin.display(boolean=True, ordering="is_staff", description="operator")
    def operator(self, user: User) -> bool:
        return user.is_staff

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        by: Any = request.user
        services.change_user(obj, changed=form.changed_data, by=by)


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


@admin.register(ApiToken, site=organization_admin.site)
class ApiTokenAdmin(ReadOnlyModelAdmin):
    """Made and revoked on the page of tokens."""

    list_display = ("name", "user", "created_at", "expires_on", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    exclude = ("organization", "token_hash")
