"""Settings: a member's own mailboxes, and how looking into them goes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.account_forms import MailboxForm
from campaigns.models import Mailbox
from campaigns.services import accounts as services
from campaigns.services.filing import filing_address, renew_filing_address
from campaigns.tasks import look_into
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.errors import DomainError


class NotYourMailbox(DomainError):
    def __init__(self) -> None:
        super().__init__("A mailbox is its owner's alone.")


@require_GET
@roles_allowed(RECRUITERS)
def mailbox_list(request: OrganizationRequest) -> HttpResponse:
    """One's own: what comes into a colleague's mailbox is nobody else's business."""
    now = timezone.now()
    rows = [(box, box.lag_at(now)) for box in Mailbox.objects.filter(user=request.user)]
    context = {"rows": rows, "filing_address": filing_address(request.membership)}
    return render(request, "campaigns/mailboxes/list.html", context)


@require_POST
@roles_allowed(RECRUITERS)
def renew_address(request: OrganizationRequest) -> HttpResponse:
    renew_filing_address(request.membership, by=request.user)
    messages.success(
        request, "You have a new address. Nothing that comes to the old one is put on records."
    )
    return redirect("mailboxes:list")


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def add_mailbox(request: OrganizationRequest) -> HttpResponse:
    return _mailbox_page(request, Mailbox(address=request.user.email))


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def edit_mailbox(request: OrganizationRequest, pk: int) -> HttpResponse:
    return _mailbox_page(request, _own(request, pk))


def _own(request: OrganizationRequest, pk: int) -> Mailbox:
    mailbox: Mailbox = get_object_or_404(Mailbox, pk=pk)
    if mailbox.user_id != request.user.pk:
        raise NotYourMailbox
    return mailbox


def _mailbox_page(request: OrganizationRequest, mailbox: Mailbox) -> HttpResponse:
    form = MailboxForm(request.POST or None, instance=mailbox)
    if request.method == "POST" and form.is_valid():
        secret = form.cleaned_data["secret"]
        saved = services.save_mailbox(form.instance, secret=secret, by=request.user)
        look_into(request.organization.pk, saved.pk)
        messages.success(request, f"{saved} is being looked into.")
        return redirect("mailboxes:list")
    context = {"form": form, "mailbox": mailbox if mailbox.pk else None}
    status = 422 if form.errors else 200
    return render(request, "campaigns/mailboxes/form.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def stop_mailbox(request: OrganizationRequest, pk: int) -> HttpResponse:
    services.stop_mailbox(_own(request, pk), by=request.user)
    messages.success(request, "It is looked into no more. What was kept stays.")
    return redirect("mailboxes:list")


@require_POST
@roles_allowed(RECRUITERS)
def remove_mailbox(request: OrganizationRequest, pk: int) -> HttpResponse:
    services.remove_mailbox(_own(request, pk), by=request.user)
    messages.success(request, "Removed, with its password. What was kept of its mail stays.")
    return redirect("mailboxes:list")
