"""Who is still to be told that we have their data from others, and by when."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from candidates.models import Candidate, EmailAddress, Import, ImportRow, NoticeRules, PrivacyNotice
from crm.tenancy.scope import current_organization

# So long before the last day somebody is reminded.
SOON = timedelta(days=10)


def notice_rules() -> NoticeRules:
    """The organization's rules; an unsaved row with the defaults if it has not set any."""
    return NoticeRules.objects.first() or NoticeRules()


def organization_day(moment: datetime | None = None) -> date:
    """Which day it is, or was then, where the organization is."""
    zone = ZoneInfo(current_organization().time_zone)
    return timezone.localdate(moment, timezone=zone)


def untold() -> "QuerySet[PrivacyNotice]":
    """Everybody who is still to be told, in an organization that tells them; no query for the rules."""
    is_off = Exists(NoticeRules.objects.filter(is_enabled=False))
    waiting: QuerySet[PrivacyNotice] = PrivacyNotice.objects.filter(~is_off, told_at=None)
    return waiting


def overdue() -> "QuerySet[PrivacyNotice]":
    """Whose last day is over: nobody writes to them before they are told."""
    return untold().filter(due_on__lt=organization_day())


def due_soon(today: date) -> "QuerySet[PrivacyNotice]":
    """Whose last day is near or over."""
    return untold().filter(due_on__lte=today + SOON)


def untold_of(import_file: Import) -> "QuerySet[PrivacyNotice]":
    """Who came with this file and is still to be told."""
    rows = ImportRow.objects.filter(
        import_file=import_file, outcome=ImportRow.Outcome.CREATE, candidate__isnull=False
    )
    return untold().filter(candidate__in=rows.values("candidate"))


def silent() -> Q:
    """Of notices: people without an address, or whom nobody writes to now."""
    addresses = EmailAddress.objects.values("candidate")
    is_quiet = Q(candidate__status__in=[Candidate.Status.DO_NOT_CONTACT, Candidate.Status.NOT_NOW])
    return is_quiet | ~Q(candidate__in=addresses)
