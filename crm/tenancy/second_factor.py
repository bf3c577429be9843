"""The one place that enforces an organization's second-factor policy."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

from crm.accounts.second_factor import has_second_factor, proved_second_factor
from crm.tenancy.api_tokens import refusal
from crm.tenancy.models import Membership
from crm.web.links import site_reverse
from crm.web.responses import redirect_for

GetResponse = Callable[[HttpRequest], HttpResponse]
NEEDS_SECOND_FACTOR = (
    "This organization asks for a second factor, and this API token was made without one, or its owner"
    " has none any more. Sign in with a second factor and make a new one."
)


class SecondFactorMiddleware:
    """Where the policy holds, no page of the organization opens before a second factor was given.

    It must exist now, and this very session must have given it: a session from before the set-up
    proved nothing. An API token passes if a session that gave one made it. Setting up, giving a code
    and signing out are site-level pages and stay open.
    Comes after OrganizationMiddleware, which says whose page it is.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership: Membership | None = getattr(request, "membership", None)
        if membership is None or not membership.organization.requires_second_factor:
            return self.get_response(request)
        if token := getattr(request, "api_token", None):
            if token.with_second_factor and has_second_factor(membership.user):
                return self.get_response(request)
            return refusal(NEEDS_SECOND_FACTOR)
        if not has_second_factor(membership.user):
            messages.info(
                request,
                f"{membership.organization} asks for a second factor. Set it up to go on.",
            )
            return redirect_for(request, site_reverse("mfa_activate_totp"))
        if not proved_second_factor(request, membership.user):
            here = urlencode({"next": membership.organization.get_absolute_url()})
            return redirect_for(request, f"{site_reverse('mfa_reauthenticate')}?{here}")
        return self.get_response(request)
