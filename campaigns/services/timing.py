"""When a step is due, and when it is too late for it."""

from datetime import UTC, date, datetime, time, timedelta

from campaigns import clock
from campaigns.models import Enrollment, SendingRules, Sequence, Step
from campaigns.schedule import Window, after_business_days, opening_on
from campaigns.services import locating
from campaigns.services.locating import Hours
from campaigns.services.sending_rules import sending_rules

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def due_of(step: Step, now: datetime, hours: Hours) -> datetime:
    """When a step is due that may come from `now` on: on its day, or after its wait."""
    if step.on_date:
        return opening_on(step.on_date, now, hours.window, hours.quiet)
    return after_business_days(now, step.wait_business_days, hours.window, hours.quiet)


def after_rest(day: date, window: Window) -> datetime:
    """When somebody who is left alone until a day goes on: on the first business day after it, when they are back."""
    midnight = datetime.combine(day, time(0), tzinfo=window.zone)
    return after_business_days(midnight + timedelta(hours=1), 1, window)


def rest_words(day: date) -> str:
    return f"Not now until {day:%-d %b %Y}"


def has_passed(step: Step, now: datetime, hours: Hours) -> bool:
    """Whether the day of a step is over: good wishes do not come late, they do not come.

    Where nothing goes on its day, it is the next one on which something does.
    """
    if step.on_date is None:
        return False
    opens = opening_on(step.on_date, LONG_AGO, hours.window, hours.quiet)
    return opens.astimezone(hours.window.zone).date() < now.astimezone(hours.window.zone).date()


def why_not_on(sequence: Sequence, day: date) -> str:
    """Why no step of the sequence may be set for this day, and when it would go; "" where it may.

    By the sender's clock, and without the holidays that each recipient has.
    """
    hours = locating.hours_of(sequence, sequence.sender, locating.NOWHERE, sending_rules())
    zone = hours.window.zone
    if day < clock.now().astimezone(zone).date():
        return "This day is over: everybody would pass the step over."
    opens = opening_on(day, LONG_AGO, hours.window, hours.quiet).astimezone(zone).date()
    if opens == day:
        return ""
    return (
        f"On {day:%a %-d %b %Y} nothing goes out: the sequence does not write on that day. The next one on which it does "
        f"is {opens:%a %-d %b %Y}."
    )


def passed_words(step: Step) -> str:
    return f"Step {step.position} was passed over: its day was over"


def hours_for(enrollment: Enrollment, rules: SendingRules | None = None) -> Hours:
    """When this person may be written to on their sequence."""
    sequence, rules = enrollment.sequence, rules or sending_rules()
    places = locating.locate_if_asked([enrollment.candidate], [sequence], rules)
    return locating.hours_of(sequence, sequence.sender, places[enrollment.candidate_id], rules)
