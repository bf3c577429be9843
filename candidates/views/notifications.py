"""What one was told, and what one wants to be told."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates.forms.notifying import DeliveryForm
from candidates.models import Notification
from candidates.services import notifying
from candidates.views.returning import back_to
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, roles_allowed
from crm.web.pagination import keyset_page
from crm.web.responses import fragment_or_page, redirect_for


@require_GET
@roles_allowed(MEMBERS)
def notification_list(request: OrganizationRequest) -> HttpResponse:
    """One's own lines, newest first."""
    mine = Notification.objects.filter(user=request.user)
    is_unread_only = request.GET.get("show") == "unread"
    if is_unread_only:
        mine = mine.filter(read_at=None)
    page = keyset_page(mine, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "is_unread_only": is_unread_only}
    return fragment_or_page(request, "notifications/list.html#list", context)


@require_POST
@roles_allowed(MEMBERS)
def open_one(request: OrganizationRequest, pk: int) -> HttpResponse:
    """It is read, and leads to what it tells of."""
    told = notifying.mark_read(get_object_or_404(Notification, pk=pk), by=request.user)
    to = f"{reverse('home')}{told.link}" if told.link else reverse("notifications:list")
    return redirect_for(request, to)


@require_POST
@roles_allowed(MEMBERS)
def keep_unread(request: OrganizationRequest, pk: int) -> HttpResponse:
    notifying.mark_unread(get_object_or_404(Notification, pk=pk), by=request.user)
    return redirect_for(request, back_to(request, reverse("notifications:list")))


@require_POST
@roles_allowed(MEMBERS)
def read_all(request: OrganizationRequest) -> HttpResponse:
    notifying.mark_all_read(request.user)
    return redirect_for(request, back_to(request, reverse("notifications:list")))


@require_http_methods(["GET", "POST"])
@roles_allowed(MEMBERS)
def choose(request: OrganizationRequest) -> HttpResponse:
    """For each kind: when and where it is told, if at all."""
    form = DeliveryForm(request.POST or None, initial=notifying.delivery_choices(request.user))
    if form.is_valid():
        notifying.choose_delivery(request.user, form.cleaned_data)
        messages.success(request, "Your choices were saved.")
        return redirect("notifications:choices")
    status = 422 if form.is_bound else 200
    return render(request, "notifications/choices.html", {"form": form}, status=status)
