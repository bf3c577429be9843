"""Settings: who mail goes out from, and the organization's kill switch."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.forms import PauseForm, SenderForm, SendingRulesForm
from campaigns.models import Sender
from campaigns.queries import SenderUse, use_of_senders
from campaigns.services import senders as services
from campaigns.services.sending_rules import edit_sending_rules, sending_rules
from campaigns.tasks import ring
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, roles_allowed


@require_GET
@roles_allowed(ADMINS)
def sender_list(request: OrganizationRequest) -> HttpResponse:
    senders = list(Sender.objects.select_related("user"))
    use = use_of_senders(senders)
    rows = [(sender, use.get(sender.pk, SenderUse())) for sender in senders]
    return render(request, "campaigns/senders.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def edit_rules(request: OrganizationRequest) -> HttpResponse:
    """Limits over all senders and colleagues."""
    form = SendingRulesForm(request.POST or None, instance=sending_rules())
    if request.method == "POST" and form.is_valid():
        edit_sending_rules(by=request.user, **form.cleaned_data)
        ring(request.organization.pk)
        messages.success(request, "Saved. They hold from the next mail on.")
        return redirect("senders:list")
    status = 422 if form.errors else 200
    return render(request, "campaigns/sending_rules.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def add_sender(request: OrganizationRequest) -> HttpResponse:
    form = SenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sender = services.add_sender(form.details(), by=request.user)
        messages.success(request, f"{sender.name} can be chosen as a sender now.")
        return redirect("senders:list")
    status = 422 if form.errors else 200
    return render(request, "campaigns/sender_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def edit_sender(request: OrganizationRequest, pk: int) -> HttpResponse:
    sender = get_object_or_404(Sender, pk=pk)
    form = SenderForm(request.POST or None, instance=sender)
    if request.method == "POST" and form.is_valid():
        services.edit_sender(sender, form.details(), by=request.user)
        messages.success(request, "Saved.")
        return redirect("senders:list")
    context = {"form": form, "sender": sender, "pause_form": PauseForm()}
    status = 422 if form.errors else 200
    return render(request, "campaigns/sender_form.html", context, status=status)


@require_POST
@roles_allowed(ADMINS)
def pause_sender(request: OrganizationRequest, pk: int) -> HttpResponse:
    sender = get_object_or_404(Sender, pk=pk)
    form = PauseForm(request.POST)
    if not form.is_valid():
        context = {"form": SenderForm(instance=sender), "sender": sender, "pause_form": form}
        return render(request, "campaigns/sender_form.html", context, status=422)
    services.pause_sender(sender, because=form.cleaned_data["because"], by=request.user)
    messages.success(request, f"Nothing leaves from {sender.address} until you resume it.")
    return redirect("senders:list")


@require_POST
@roles_allowed(ADMINS)
def resume_sender(request: OrganizationRequest, pk: int) -> HttpResponse:
    sender = services.resume_sender(get_object_or_404(Sender, pk=pk), by=request.user)
    ring(request.organization.pk)
    messages.success(request, f"{sender.address} sends again.")
    return redirect("senders:list")


@require_POST
@roles_allowed(ADMINS)
def pause_all(request: OrganizationRequest) -> HttpResponse:
    services.pause_all_sending(by=request.user)
    messages.success(request, "All sending is stopped. What is due waits.")
    return redirect("senders:list")


@require_POST
@roles_allowed(ADMINS)
def resume_all(request: OrganizationRequest) -> HttpResponse:
    services.resume_all_sending(by=request.user)
    ring(request.organization.pk)
    messages.success(request, "Sending goes on.")
    return redirect("senders:list")
