"""Words for windows and waits."""

import calendar
from collections.abc import Iterable
from datetime import time

from django import template
from django.template.defaultfilters import pluralize
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_text_list

from campaigns.models import Sender, Sequence, Step
from campaigns.services.previewing import Piece
from pipelines.models import Stage

register = template.Library()
ANY_TIME = "at any time"


def weekdays(days: Iterable[int]) -> str:
    """`[0, 1, 2, 3, 4]` as `Mon–Fri`, `[0, 2]` as `Mon, Wed`."""
    chosen = sorted(set(days))
    names = [calendar.day_abbr[day] for day in chosen]
    if len(chosen) == 7:
        return "Every day"
    if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):
        return f"{names[0]}–{names[-1]}"
    return ", ".join(names) or "Never"


@register.filter
def window(sender: Sender) -> str:
    """When a sender writes: `Mon–Fri, 09:00–18:00`, or `at any time`."""
    days = weekdays(sender.window_days)
    if sender.window_start == sender.window_end == time(0):
        return ANY_TIME if days == "Every day" else f"{days}, all day"
    end = "24:00" if sender.window_end == time(0) else f"{sender.window_end:%H:%M}"
    return f"{days}, {sender.window_start:%H:%M}–{end}"


@register.filter
def hours(sequence: Sequence) -> str:
    """When a sequence writes, by whose clock, and on whose holidays it does not."""
    shown = Sender(
        window_days=sequence.window_days or sequence.sender.window_days,
        window_start=sequence.sender.window_start
        if sequence.window_start is None
        else sequence.window_start,
        window_end=sequence.sender.window_end
        if sequence.window_end is None
        else sequence.window_end,
    )
    clock = sequence.get_zone_of_display()
    closed = {"": "", "recipient": ", not on the recipient's holidays"}.get(
        sequence.holidays, f", not on holidays of {sequence.holidays}"
    )
    shown_hours = window(shown)
    if shown_hours == ANY_TIME:
        # Whose clock it is makes no difference but on holidays.
        return f"{shown_hours}{closed}"
    return f"{shown_hours}, {clock[0].lower()}{clock[1:]}{closed}"


@register.filter
def entry(sequence: Sequence) -> str:
    """Who may join a sequence, and how often."""
    rules = [sequence.get_entry_display()]
    if sequence.is_exclusive:
        rules.append("nobody who is on another sequence")
    if sequence.quiet_days:
        days = f"{sequence.quiet_days} day{pluralize(sequence.quiet_days)}"
        rules.append(f"{days} after the last contact")
    return ", ".join(rules)


@register.filter
def stops(sequence: Sequence) -> str:
    """What a sequence stops on for a person, beside what stops every sequence."""
    switches = {
        "they reply": sequence.stops_on_reply,
        "they send other mail": sequence.stops_on_other_mail,
        "an interview is booked": sequence.stops_on_interview,
        "mail comes back": sequence.stops_on_bounce,
    }
    kinds = [Stage.Kind(kind).label for kind in sequence.stop_kinds]
    stages = [*kinds, *(f"“{name}”" for name in sequence.stop_names)]
    happens = [words for words, is_on in switches.items() if is_on]
    if stages:
        happens.append(f"they reach {get_text_list(stages, 'or')}")
    return f"When {get_text_list(happens, 'or')}" if happens else "By what stops every sequence"


@register.simple_tag
def pieces(runs: Iterable[Piece]) -> SafeString:
    """A text with its merge fields marked; not a template, for not a space may come between the runs."""
    return format_html_join("", "{}", ((_marked(run),) for run in runs))


def _marked(run: Piece) -> SafeString | str:
    if not run.kind:
        return run.text
    said = mark_safe('<span class="sr">missing: </span>') if run.kind == "missing" else ""
    return format_html('<span class="merge as-{}">{}{}</span>', run.kind, said, run.text)


@register.filter
def when(step: Step) -> str:
    """When a step comes: on its day, or after its wait."""
    return (
        f"On {date_format(step.on_date, 'D j M Y')}"
        if step.on_date
        else wait(step.wait_business_days)
    )


@register.filter
def wait(days: int) -> str:
    """How long a step waits after the one before, in words."""
    if days == 0:
        return "At once"
    return "After 1 business day" if days == 1 else f"After {days} business days"
