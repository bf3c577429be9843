"""Automatic answers: who is away is left alone for so long, and who has left is not written to again."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from campaigns.inbound.classifying import names_another, says_left
from campaigns.inbound.dates import away_until
from campaigns.models import Enrollment, Message
from campaigns.schedule import Window, after_business_days
from campaigns.services import bouncing, enrolling
from campaigns.services.telling import answerer_of, tell_timeline, today
from candidates.models import Candidate, Task, Touchpoint
from candidates.services.tasks import add_task
from crm.accounts.models import User
from crm.audit.services import record

# How long a sequence rests after an automatic answer that names no day.
USUAL_ABSENCE = timedelta(days=14)


def take_automatic(
    message: Message,
    candidate: Candidate,
    running: list[Enrollment],
    *,
    pauses: bool,
    is_sure: bool = True,
) -> None:
    """A machine answered: that is no reply. Who is away is left alone for so long.

    Words alone, which make one not `is_sure`, may be a person's: somebody looks, before the sequence goes on.
    """
    if says_left(message.body_text):
        _take_departure(message, candidate, running)
    elif pauses:
        for enrollment in running:
            until, because = _absence(message, enrollment)
            if until > timezone.now():
                enrolling.postpone([enrollment], until=until, because=because)
        if not is_sure:
            title = f"Look whether {candidate.full_name} wrote: it reads like an automatic answer"
            _add_task_once(title, candidate, answerer_of(message, candidate, running))
    tell_timeline(message, candidate, Touchpoint.Kind.AUTO_REPLY, running)
    record("message.received", message, automatic=True)


def _take_departure(message: Message, candidate: Candidate, running: list[Enrollment]) -> None:
    """Somebody has left their company: whoever answers from an address of the candidate's is no longer there.

    An answer from elsewhere may be about anybody, and so may one that names another person or the day on which its
    owner is back: then what runs waits until somebody has looked.
    """
    answerer = answerer_of(message, candidate, running)
    text = message.body_text
    is_back = away_until(text, today=today())
    is_theirs = not is_back and not names_another(text, name=candidate.full_name)
    if is_theirs and bouncing.mark_left(candidate, message.from_address):
        title = (
            f"Find out where {candidate.full_name} works now: {message.from_address} is given up"
        )
    else:
        because = f"An automatic answer from {message.from_address} says that somebody has left"
        for enrollment in running:
            enrolling.pause(enrollment, because=because)
        title = f"Look whether {candidate.full_name} has left, as {message.from_address} says"
    _add_task_once(title, candidate, answerer)


def _add_task_once(title: str, candidate: Candidate, assignee: User | None) -> None:
    if not Task.objects.filter(candidate=candidate, title=title[:200], done_at=None).exists():
        add_task(
            title=title,
            candidate=candidate,
            assignee=assignee,
            due_on=today(),
            origin=Task.Origin.SEQUENCE,
        )


def _absence(message: Message, enrollment: Enrollment) -> tuple[datetime, str]:
    """Until when an enrollment rests: the first business day after the last day that the answer names."""
    window = Window.of(enrollment.sequence.sender)
    came = message.created_at
    words = f"{message.subject}\n{message.body_text}"
    day = away_until(words, today=came.astimezone(window.zone).date())
    if day is None:
        until = after_business_days(came + USUAL_ABSENCE, 0, window)
        return until, f"Automatic answer: goes on {until.astimezone(window.zone):%a %d %b}"
    midnight = datetime.combine(day, time(0), tzinfo=window.zone)
    return after_business_days(midnight, 1, window), f"Away until {day:%d %b %Y}"
