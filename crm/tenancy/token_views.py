"""A member's own API tokens; an admin sees everybody's."""

from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.accounts.second_factor import proved_second_factor
from crm.tenancy import api_tokens
from crm.tenancy.forms import TokenForm
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, MEMBERS, roles_allowed
from crm.web.links import site_reverse
from crm.web.responses import redirect_for


@require_GET
@roles_allowed(MEMBERS)
def token_list(request: OrganizationRequest) -> HttpResponse:
    return _list_page(request)


@require_http_methods(["GET", "POST"])
@roles_allowed(MEMBERS)
def make_token(request: OrganizationRequest) -> HttpResponse:
    """The form, for whoever has proved to be the member lately; then the list, with the secret for this once."""
    if not did_recently_reauthenticate(request):
        # What was filled in comes back with the form.
        filled = {
            name: request.POST[name] for name in ("name", "expires_on") if request.POST.get(name)
        }
        here = reverse("tenancy:make_token") + (f"?{urlencode(filled)}" if filled else "")
        asked = urlencode({"next": here})
        return redirect_for(request, f"{site_reverse('account_reauthenticate')}?{asked}")
    form = TokenForm(request.POST or None, initial=request.GET.dict(), user=request.user)
    if form.is_valid():
        _, secret = api_tokens.make_token(
            **form.cleaned_data,
            by=request.user,
            with_second_factor=proved_second_factor(request, request.user),
        )
        return _list_page(request, secret=secret)
    status = 422 if form.is_bound else 200
    return render(request, "tenancy/token_form.html", {"form": form}, status=status)


def _list_page(request: OrganizationRequest, *, secret: str = "") -> HttpResponse:
    is_admin = request.membership.role in ADMINS
    shown = list(api_tokens.tokens_of(None if is_admin else [request.user]))
    context = {
        "own": [token for token in shown if token.user_id == request.user.pk],
        "others": [token for token in shown if token.user_id != request.user.pk],
        "secret": secret,
        "address": request.build_absolute_uri(reverse("home")) + "api/v1/",
    }
    return render(request, "tenancy/tokens.html", context)


@require_POST
@roles_allowed(MEMBERS)
def revoke_token(request: OrganizationRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(api_tokens.tokens_of(), pk=pk)
    api_tokens.revoke_token(token, by=request.membership)
    messages.success(request, f"“{token}” opens nothing any more.")
    return redirect("tenancy:tokens")
