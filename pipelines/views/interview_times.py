"""When members can interview, and calendars that show their interviews elsewhere."""

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crm.accounts.models import User
from crm.tenancy.queries import members
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, RECRUITERS, roles_allowed
from crm.web.ids import is_id
from crm.web.links import absolute, site_reverse
from crm.web.toasts import notify
from pipelines.forms.interviews import FeedForm, TimesForm
from pipelines.models import CalendarFeed, OfferedTime
from pipelines.queries import readable_jobs
from pipelines.services.interviews import feeds, offering


def _whose(request: OrganizationRequest) -> User:
    """One's own times; recruiters also keep those of others."""
    wanted = request.GET.get("user", "")
    if not wanted or wanted == str(request.user.pk):
        return request.user
    if request.membership.role not in RECRUITERS or not is_id(wanted):
        raise Http404
    return get_object_or_404(members(request.organization), user=wanted).user


@require_http_methods(["GET", "POST"])
@roles_allowed(MEMBERS)
def times(request: OrganizationRequest) -> HttpResponse:
    """The times that somebody offers, and the form that adds some."""
    user = _whose(request)
    today = timezone.localdate()
    initial = {
        "first": today + timedelta(days=1),
        "last": today + timedelta(days=14),
        "weekdays": [0, 1, 2, 3, 4],
    }
    form = TimesForm(request.POST or None, initial=initial)
    if form.is_valid():
        count = offering.offer_times(user, by=request.user, **form.cleaned_data)
        notify(request, "1 day was added." if count == 1 else f"{count} days were added.")
        return redirect(_address(user, request))
    context = {
        "form": form,
        "whose": user,
        "offered": offering.offered_by(user)[:200],
        "members": members(request.organization) if request.membership.role in RECRUITERS else [],
    }
    status = 422 if form.is_bound else 200
    return render(request, "interviews/times.html", context, status=status)


def _address(user: User, request: OrganizationRequest) -> str:
    own = reverse("interviews:times")
    return own if user.pk == request.user.pk else f"{own}?user={user.pk}"


@require_POST
@roles_allowed(MEMBERS)
def remove_time(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Nobody books it any more; what is booked stays."""
    offered = get_object_or_404(OfferedTime.objects.select_related("user"), pk=pk)
    if offered.user_id != request.user.pk and request.membership.role not in RECRUITERS:
        raise offering.SomebodyElsesTime
    offering.take_back(offered, by=request.user)
    notify(request, "This time is no longer offered.")
    return redirect(_address(offered.user, request))


@require_http_methods(["GET", "POST"])
@roles_allowed(MEMBERS)
def calendars(request: OrganizationRequest) -> HttpResponse:
    """One's calendar addresses; a new one is shown once."""
    form = FeedForm(request.POST or None, jobs=readable_jobs(request.membership))
    address = ""
    if form.is_valid():
        _, token = feeds.make_feed(request.user, job=form.cleaned_data["job"])
        address = absolute(site_reverse("calendar:feed", token=token))
    context = {
        "form": form,
        "feeds": [(feed, feeds.name_of(feed)) for feed in feeds.feeds_of(request.user)],
        "address": address,
    }
    status = 422 if form.errors else 200
    return render(request, "interviews/calendars.html", context, status=status)


@require_POST
@roles_allowed(MEMBERS)
def revoke_calendar(request: OrganizationRequest, pk: int) -> HttpResponse:
    feeds.revoke_feed(get_object_or_404(CalendarFeed, pk=pk), by=request.user)
    notify(request, "The address shows nothing any more.")
    return redirect("interviews:calendars")
