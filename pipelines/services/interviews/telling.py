"""Mails to candidates about their interviews: wishes to whoever has an outbox."""

from django.utils import timezone

from pipelines import calendars
from pipelines.models import Interview
from pipelines.services.interviews.wording import (
    booking_url,
    entry_for_candidate,
    inbox_of,
    moment_in,
)
from pipelines.services.wishing import wish_mail
from pipelines.signals import MailWish


def send_link(interview: Interview) -> None:
    """Ask the candidate to choose a time; who has one reads how to move or cancel it."""
    if interview.state == Interview.State.BOOKED:
        _send(
            interview,
            f"link:{interview.link_version}",
            subject=f"Your new link: {interview.title}",
            lines=[
                f"Your time for “{interview.title}”{_about(interview)} stands:",
                _when_and_where(interview),
                "To move or cancel it, use this link from now on; the earlier ones open nothing any more:\n"
                f"{booking_url(interview)}",
            ],
        )
        return
    until = interview.link_expires_at
    _send(
        interview,
        f"link:{interview.link_version}",
        subject=f"Choose a time: {interview.title}",
        lines=[
            f"Please choose a time for “{interview.title}” ({interview.minutes} minutes){_about(interview)}:",
            booking_url(interview),
            interview.message,
            f"The page shows every time on your own clock. It is open until {moment_in(until, interview.time_zone)}.",
        ],
    )


def confirm(interview: Interview) -> None:
    """The time that was booked or changed, with the entry for the candidate's calendar."""
    is_change = interview.sequence > 0
    interview.candidate_sequence = interview.sequence
    interview.save(update_fields=["candidate_sequence"])
    _send(
        interview,
        f"booked:{interview.sequence}",
        subject=f"{'Changed' if is_change else 'Booked'}: {interview.title}",
        lines=[
            f"{'Changed: ' if is_change else 'We look forward to '}“{interview.title}”{_about(interview)}.",
            _when_and_where(interview),
            interview.message,
            f"Choose another time, or cancel:\n{booking_url(interview)}",
        ],
        method=calendars.Method.REQUEST,
    )


def remind(interview: Interview) -> None:
    _send(
        interview,
        f"reminder:{interview.sequence}",
        subject=f"Tomorrow: {interview.title}",
        lines=[
            f"A reminder of “{interview.title}”{_about(interview)}:",
            _when_and_where(interview),
            f"Choose another time, or cancel:\n{booking_url(interview)}",
        ],
    )


def tell_of_cancellation(interview: Interview, *, was_booked: bool) -> None:
    """It does not take place; whoever has it in the calendar gets it taken out."""
    _send(
        interview,
        f"cancelled:{interview.sequence}",
        subject=f"Cancelled: {interview.title}",
        lines=[
            f"“{interview.title}”{_about(interview)} does not take place."
            + (
                f"\nIt was planned for {moment_in(interview.starts_at, interview.time_zone)}."
                if was_booked and interview.starts_at
                else ""
            )
        ],
        method=calendars.Method.CANCEL if was_booked else None,
    )


def _when_and_where(interview: Interview) -> str:
    if interview.starts_at is None:
        return ""
    where = f"\nWhere: {interview.place}" if interview.place else ""
    return (
        f"{moment_in(interview.starts_at, interview.time_zone)}, {interview.minutes} minutes{where}"
    )


def _about(interview: Interview) -> str:
    job = interview.candidacy.job
    return "" if job.is_confidential else f" about {job}"


def _send(
    interview: Interview,
    what: str,
    *,
    subject: str,
    lines: list[str],
    method: calendars.Method | None = None,
) -> None:
    """Wish for the mail; why there is none is kept, for whoever can tell the candidate otherwise."""
    candidate = interview.candidacy.candidate
    calendar = _calendar(interview, method) if method else ""
    answer = wish_mail(
        interview.candidacy,
        MailWish(
            subject=subject,
            body="\n\n".join([f"Hello {candidate.called},", *filter(None, lines)]),
            due_at=timezone.now(),
            key=f"interview:{interview.pk}:{what}",
            calendar=calendar,
            calendar_method=str(method or ""),
            is_expected=True,
        ),
        by=interview.organizer,
    )
    problem = "" if answer.is_queued else answer.words
    if problem != interview.mail_problem:
        interview.mail_problem = problem[:300]
        interview.save(update_fields=["mail_problem"])


def _calendar(interview: Interview, method: calendars.Method) -> str:
    write = calendars.cancellation if method is calendars.Method.CANCEL else calendars.invitation
    candidate = interview.candidacy.candidate
    guest = calendars.Party(candidate.full_name, _address_of(interview))
    return write(
        entry_for_candidate(interview),
        organizer=inbox_of(interview),
        guest=guest,
        now=timezone.now(),
    )


def _address_of(interview: Interview) -> str:
    """The address that mail goes to: the calendar entry names the same."""
    emails = interview.candidacy.candidate.emails.order_by("-is_primary", "pk")
    first = next((email for email in emails if email.is_usable), None)
    return first.address if first else "unknown@invalid"
