"""What an interview is called in calendars and mails: for the candidate, and for members."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from crm.tenancy import public_links
from crm.tenancy.scope import current_organization
from crm.web.links import absolute, site_reverse
from pipelines.calendars import Entry, Party
from pipelines.models import Candidacy, Interview
from pipelines.services.reviews.blinding import hide_in_interviews

BOOKING = "booking"


def moment_in(moment: datetime, zone: str) -> str:
    """Such as “Tuesday, 3 March 2026, 15:00 (Europe/Berlin, UTC+01:00)”: nobody has to guess whose clock."""
    local = moment.astimezone(ZoneInfo(zone))
    offset = f"{local:%z}"
    return f"{local:%A, %-d %B %Y, %H:%M} ({zone.replace('_', ' ')}, UTC{offset[:3]}:{offset[3:]})"


def days_in_words(days: int) -> str:
    """How long a span of days is, after “in the next”."""
    return "day" if days == 1 else f"{days} days"


def booking_url(interview: Interview) -> str:
    """Where the candidate books, changes and cancels. Computed: every mail carries the same one."""
    token = public_links.sign(
        BOOKING,
        organization_id=interview.organization_id,
        object_id=interview.pk,
        version=interview.link_version,
    )
    return absolute(site_reverse("booking:page", token=token))


def who_is_it(candidacy: Candidacy) -> str:
    """The candidate's name, unless `hide_in_interviews` found that the reader may not know it."""
    return "a candidate" if candidacy.is_veiled else str(candidacy.candidate)


def as_reviewers_read(interview: Interview) -> Interview:
    """A copy, not to be saved, which does not say who it is where the stage is blind."""
    copied = copy(interview)
    hide_in_interviews([copied])
    return copied


def entry_for_candidate(interview: Interview) -> Entry:
    return _entry(
        interview,
        summary=f"{interview.title}: {current_organization()}",
        lines=[interview.message, f"Choose another time, or cancel: {booking_url(interview)}"],
        url=booking_url(interview),
    )


def entry_for_members(interview: Interview) -> Entry:
    """Without the kit: calendars are shared, and lie on other people's servers."""
    (entry,) = entries_for_members([interview])
    return entry


def entries_for_members(interviews: Sequence[Interview]) -> list[Entry]:
    """As `entry_for_members`, for several at once: what is hidden of them is read once for all."""
    shown = [copy(interview) for interview in interviews]
    hide_in_interviews(shown)
    return [_entry_for_members(interview) for interview in shown]


def _entry_for_members(shown: Interview) -> Entry:
    url = absolute(reverse("interviews:detail", args=[shown.pk]))
    return _entry(
        shown,
        summary=f"{shown.title}: {who_is_it(shown.candidacy)}",
        lines=[f"About {shown.candidacy.job}", f"Kit and scorecard: {url}"],
        url=url,
    )


def _entry(interview: Interview, *, summary: str, lines: list[str], url: str) -> Entry:
    if interview.starts_at is None or interview.ends_at is None:
        raise ValueError("An interview without a time is in no calendar.")
    return Entry(
        uid=interview.uid,
        sequence=interview.sequence,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        summary=summary,
        description="\n\n".join(filter(None, lines)),
        place=interview.place,
        url=url,
        is_cancelled=interview.state == Interview.State.CANCELLED,
    )


def inbox_of(interview: Interview) -> Party:
    """Where everybody's calendar answers to: the organization's address for mail that comes in, see `replying`."""
    organization = current_organization()
    name = str(interview.organizer or organization)
    return Party(name, f"{organization.slug}@{settings.INBOUND_DOMAIN}")
