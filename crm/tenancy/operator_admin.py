"""Django admin for operators at `/admin/`: organizations, users, memberships.

It shows no candidate data, and nobody lets themselves or another operator into an organization here.
Whom an operator lets in, or whose account it changes, stands in the audit log of the organization
concerned, and its owners are told.

One signs in through the same door as everybody else, so that tries are counted and second factors
asked for. In production an operator without a second factor gets no further than setting one up.
"""

import logging
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from crm.accounts.second_factor import has_second_factor, proved_second_factor
from crm.tenancy.models import Organization
from crm.tenancy.organization_admin import UNWANTED, RecordingModelAdmin
from crm.tenancy.scope import acting_in
from crm.tenancy.signals import announce

logger = logging.getLogger(__name__)


def is_operator(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_authenticated and user.is_active and user.is_staff)


class OperatorModelAdmin(RecordingModelAdmin):
    """A site-level model, open to operators."""

    may_add = may_change = True
    # Deleting an organization or a user would take rows along that have rules of their own.
    may_delete = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_add and is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and is_operator(request)

    def put_on_record(
        self, request: HttpRequest, verb: str, subject: models.Model, **details: Any
    ) -> None:
        """Into the audit log of the organization concerned; users belong to none, so into the log."""
        user: Any = request.user
        action = f"{subject._meta.model_name}.{verb}"
        organization = (
            subject if isinstance(subject, Organization) else getattr(subject, "organization", None)
        )
        logger.info("operator action=%s id=%s by=%s", action, subject.pk, user.pk)
        if organization is not None:
            with acting_in(organization):
                announce(action, subject, by=user, via="operator", **details)


class OperatorAdminSite(admin.AdminSite):
    site_header = site_title = "Rapport operators"
    index_title = "Organizations and people who sign in"
    index_template = "tenancy/admin/index.html"
    site_url = "/"
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Signed-in users who are no operators get 403, operators without a second factor its set-up."""
        inner: Any = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                raise PermissionDenied
            if settings.OPERATORS_NEED_SECOND_FACTOR:
                user: Any = request.user
                if not has_second_factor(user):
                    messages.info(request, "Operators need a second factor. Set it up to go on.")
                    return redirect("mfa_activate_totp")
                if not proved_second_factor(request, user):
                    here = urlencode({"next": request.get_full_path()})
                    return redirect(f"{reverse('mfa_reauthenticate')}?{here}")
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """To the one sign-in page; Django's own would count no tries."""
        here = urlencode({"next": request.GET.get("next") or reverse("admin:index")})
        return redirect(f"{settings.LOGIN_URL}?{here}")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        unwanted = UNWANTED - {"login"}
        return [url for url in super().get_urls() if getattr(url, "name", None) not in unwanted]


site = OperatorAdminSite(name="operator_admin")
