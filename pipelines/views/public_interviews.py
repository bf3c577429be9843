"""Pages behind a link: candidates book, move and cancel interviews; calendars read feeds."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from crm.accounts.throttling import Limit, TooManyTries, count_public
from crm.tenancy import public_links
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from crm.web.public import public_page
from crm.web.time_zones import time_zones
from pipelines.forms.interviews import BookingForm
from pipelines.models import Interview
from pipelines.services.interviews import feeds, offering, refusals, scheduling
from pipelines.services.interviews.wording import BOOKING, moment_in

# Acts of one network on these pages.
ACTS = Limit(30, 20)


def gone(request: HttpRequest) -> HttpResponse:
    """The same answer to every link that opens nothing, whatever it once was."""
    return render(request, "public/gone.html", status=404)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: HttpRequest, token: str) -> HttpResponse:
    """The times to choose from, or the time that was chosen. One press on a time books it."""
    signed = public_links.read_signed(BOOKING, token)
    if signed is None:
        return gone(request)
    with acting_in(signed.organization):
        interview = scheduling.open_to_candidate(signed.object_id, version=signed.version)
        if interview is None:
            return gone(request)
        zone = _zone(request, interview)
        with timezone.override(zone):
            if request.method == "POST":
                return _act(request, interview, zone)
            return _page(request, interview, zone)


def _zone(request: HttpRequest, interview: Interview) -> str:
    wanted = request.POST.get("zone") or request.GET.get("zone") or ""
    return wanted if wanted in available_timezones() else interview.time_zone


def _act(request: HttpRequest, interview: Interview, zone: str) -> HttpResponse:
    try:
        count_public(request, "booking", ACTS)
        if "cancel" in request.POST:
            scheduling.cancel(interview, by=None)
            return render(request, "public/cancelled.html", {"interview": interview})
        form = BookingForm(request.POST)
        if not form.is_valid():
            raise refusals.TimeTaken
        scheduling.book(interview, starts_at=form.cleaned_data["starts_at"], time_zone=zone)
    except TooManyTries:
        return _page(request, interview, zone, "Too many tries. Wait a minute.", status=429)
    except DomainError as refusal:
        return _page(request, interview, zone, str(refusal), status=409)
    return redirect(request.path)


def _page(
    request: HttpRequest, interview: Interview, zone: str, problem: str = "", *, status: int = 200
) -> HttpResponse:
    interview = scheduling.open_to_candidate(interview.pk) or interview
    is_changing = interview.state == Interview.State.OFFERED or "change" in request.GET or problem
    times = offering.bookable_times(interview) if is_changing and interview.is_open else []
    context = {
        "interview": interview,
        "when": moment_in(interview.starts_at, zone) if interview.starts_at else "",
        "days": _by_day(times, zone),
        "is_changing": is_changing,
        "may_change": interview.is_open and not interview.has_begun,
        "zone": zone,
        "zones": time_zones(),
        "problem": problem,
        "sender": interview.organization,
    }
    return render(request, "public/booking.html", context, status=status)


def _by_day(times: Sequence[datetime], zone: str) -> list[tuple[date, list[datetime]]]:
    """The times on the candidate's clock, day by day."""
    local = [moment.astimezone(ZoneInfo(zone)) for moment in times]
    return [(day, list(group)) for day, group in groupby(local, key=datetime.date)]


@public_page
@require_GET
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """A calendar (RFC 5545) for programs that subscribe to it."""
    organization = public_links.organization_of_secret(token)
    text = None
    if organization:
        with acting_in(organization):
            text = feeds.read_feed(token)
    if text is None:
        return HttpResponse(status=404)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")
