"""Settings: mail accounts of the organization, how each sender does, and sending in a colleague's name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.account_forms import MailAccountForm
from campaigns.health import health_of
from campaigns.models import MailAccount, Sender, SendPermission
from campaigns.services import accounts as services
from campaigns.services import permissions
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, RECRUITERS, roles_allowed


@require_GET
@roles_allowed(ADMINS)
def account_list(request: OrganizationRequest) -> HttpResponse:
    accounts = MailAccount.objects.prefetch_related("senders")
    return render(request, "campaigns/accounts/list.html", {"accounts": accounts})


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def add_account(request: OrganizationRequest) -> HttpResponse:
    return _account_page(request, MailAccount())


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def edit_account(request: OrganizationRequest, pk: int) -> HttpResponse:
    return _account_page(request, get_object_or_404(MailAccount, pk=pk))


def _account_page(request: OrganizationRequest, account: MailAccount) -> HttpResponse:
    form = MailAccountForm(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        saved = services.save_account(
            form.instance, secret=form.cleaned_data["secret"], by=request.user
        )
        messages.success(request, f"Senders can go out through {saved} now.")
        return redirect("senders:accounts")
    context = {"form": form, "account": account if account.pk else None}
    status = 422 if form.errors else 200
    return render(request, "campaigns/accounts/form.html", context, status=status)


@require_POST
@roles_allowed(ADMINS)
def check_account(request: OrganizationRequest, pk: int) -> HttpResponse:
    check = services.check_account(get_object_or_404(MailAccount, pk=pk))
    (messages.success if check.is_ok else messages.error)(request, check.sentence)
    return redirect("senders:accounts")


@require_POST
@roles_allowed(ADMINS)
def remove_account(request: OrganizationRequest, pk: int) -> HttpResponse:
    services.remove_account(get_object_or_404(MailAccount, pk=pk), by=request.user)
    messages.success(request, "Removed.")
    return redirect("senders:accounts")


@require_GET
@roles_allowed(RECRUITERS)
def sender_health(request: OrganizationRequest, pk: int) -> HttpResponse:
    sender = get_object_or_404(Sender.objects.select_related("user", "account"), pk=pk)
    context = {"sender": sender, "health": health_of(sender, now=timezone.now())}
    return render(request, "campaigns/accounts/health.html", context)


@require_GET
@roles_allowed(RECRUITERS)
def names(request: OrganizationRequest) -> HttpResponse:
    """In whose name one may send, and who may send in one's own."""
    rows = SendPermission.objects.select_related("sender__user", "user")
    mine = permissions.senders_for(request.user)
    asked = rows.filter(user=request.user).exclude(state=SendPermission.State.REVOKED)
    others = Sender.objects.exclude(pk__in=mine.values("pk")).exclude(
        pk__in=asked.filter(state=SendPermission.State.ASKED).values("sender")
    )
    context = {
        "mine": mine.select_related("user"),
        "asked": asked,
        "to_me": rows.filter(sender__user=request.user).order_by("state", "-asked_at"),
        "others": others.select_related("user"),
    }
    return render(request, "campaigns/accounts/names.html", context)


@require_POST
@roles_allowed(RECRUITERS)
def ask_for_name(request: OrganizationRequest, pk: int) -> HttpResponse:
    sender = get_object_or_404(Sender.objects.select_related("user"), pk=pk)
    permissions.ask(sender, by=request.user)
    messages.success(request, f"{sender.user} is asked.")
    return redirect("senders:names")


@require_POST
@roles_allowed(RECRUITERS)
def grant_name(request: OrganizationRequest, pk: int) -> HttpResponse:
    permission = permissions.grant(get_object_or_404(SendPermission, pk=pk), by=request.user)
    messages.success(request, f"{permission.user} may send in your name until you take it back.")
    return redirect("senders:names")


@require_POST
@roles_allowed(RECRUITERS)
def revoke_name(request: OrganizationRequest, pk: int) -> HttpResponse:
    paused = permissions.revoke(get_object_or_404(SendPermission, pk=pk), by=request.user)
    more = f" {paused} of their sequences wait." if paused else ""
    messages.success(request, f"Nobody sends in your name through this permission.{more}")
    return redirect("senders:names")
