"""Calendar mails to interviewers: invited, changed, taken back.

What is sent follows from the interview as it is at that moment, so that several quick changes are one mail.
A row is taken before its mail is handed over: a mail goes at most once, and of a worker that died in between
the app still shows the truth.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from crm.tenancy.models import Membership, Organization
from crm.tenancy.queries import zone_of
from crm.tenancy.scope import acting_in
from crm.web.links import absolute
from crm.web.mails import Fate, attach_calendar, build_mail, hand_over
from pipelines import calendars
from pipelines.models import Interview, Interviewer
from pipelines.services.interviews.wording import (
    as_reviewers_read,
    entry_for_members,
    inbox_of,
    moment_in,
    who_is_it,
)

RETRY_AFTER = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Parcel:
    """A mail that was taken to be sent, and what the row said before."""

    mail: EmailMultiAlternatives
    row_id: int
    due_at: datetime
    mailed_before: int | None


def mail_interviewers(organization: Organization, now: datetime | None = None) -> int:
    """Send what is due in `organization`; returns the number of mails. Outside any organization."""
    now = now or timezone.now()
    sent = 0
    while True:
        with acting_in(organization, durable=True):
            is_more, parcel = _take(organization, now)
        if parcel:
            fate = hand_over(parcel.mail)
            sent += fate is Fate.SENT
            if fate is Fate.NOT_SENT:
                _give_back(organization, parcel, now)
        if not is_more:
            return sent


def _take(organization: Organization, now: datetime) -> tuple[bool, Parcel | None]:
    row = (
        Interviewer.objects.filter(mail_due_at__lte=now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("user", "interview__organizer", "interview__candidacy__job")
        .select_related("interview__candidacy__candidate", "interview__candidacy__stage")
        .order_by("mail_due_at", "pk")
        .first()
    )
    if row is None or row.mail_due_at is None:
        return False, None
    before, due_at = row.mailed_sequence, row.mail_due_at
    mail = _write(organization, row, now) if _is_member(organization, row) else None
    row.mail_due_at = None
    row.save(update_fields=["mail_due_at", "mailed_sequence"])
    return True, Parcel(mail, row.pk, due_at, before) if mail else None


def _is_member(organization: Organization, row: Interviewer) -> bool:
    return Membership.objects.filter(
        organization=organization, user=row.user_id, user__is_active=True
    ).exists()


def _write(
    organization: Organization, row: Interviewer, now: datetime
) -> EmailMultiAlternatives | None:
    """The mail that brings the member's calendar up to date; None where it is. Sets what was mailed."""
    interview = row.interview
    is_in = row.removed_at is None and interview.state == Interview.State.BOOKED
    if not is_in and row.mailed_sequence is None:
        return None
    if interview.starts_at is None:
        return None
    method = calendars.Method.REQUEST if is_in else calendars.Method.CANCEL
    write = calendars.invitation if is_in else calendars.cancellation
    guest = calendars.Party(str(row.user), row.user.email)
    calendar = write(
        entry_for_members(interview), organizer=inbox_of(interview), guest=guest, now=now
    )
    shown = as_reviewers_read(interview)
    context = {
        "interview": shown,
        "who": who_is_it(shown.candidacy),
        "job": interview.candidacy.job,
        "when": moment_in(interview.starts_at, str(zone_of(row.user))),
        "is_in": is_in,
        "is_change": row.mailed_sequence is not None,
        "url": absolute(reverse("interviews:detail", args=[interview.pk])),
    }
    mail = build_mail(
        "email/interview",
        to=row.user.email,
        context=context,
        organization=organization.slug,
    )
    if interview.organizer:
        # What people write, and no calendar, is for whoever arranged it.
        mail.reply_to = [interview.organizer.email]
    attach_calendar(mail, calendar, method)
    row.mailed_sequence = interview.sequence if is_in else None
    return mail


def _give_back(organization: Organization, parcel: Parcel, now: datetime) -> None:
    if now - parcel.due_at > GIVE_UP_AFTER:
        return
    with acting_in(organization, durable=True):
        Interviewer.objects.filter(pk=parcel.row_id, mail_due_at=None).update(
            mail_due_at=now + RETRY_AFTER, mailed_sequence=parcel.mailed_before
        )
