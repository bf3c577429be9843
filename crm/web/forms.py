"""Forms look the same everywhere: one field template, errors tied to their fields."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.dateparse import parse_datetime

# Years that a day of ours can be in: sums with days of others overflow, and are slips of the finger.
FIRST_YEAR, LAST_YEAR = 1900, 2200
# What a column of integers holds.
MOST_OF_AN_INTEGER = 2**31 - 1


def refuse_far_days(day: date) -> None:
    """A validator of days and moments."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(f"Choose a day in a year from {FIRST_YEAR} to {LAST_YEAR}.")


class DayInput(forms.DateInput):
    """The browser's own calendar, which asks for days in this form."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """The browser's own calendar and clock."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A day and a time on the user's own clock, as browsers ask for it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M"], **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        # Django reads the clock while it reads the text, and says of both only that it could not.
        naive = _read_naive(value)
        if naive is not None:
            refuse_far_days(naive)
            _refuse_gaps(naive)
        return super().to_python(value)


def _read_naive(value: Any) -> datetime | None:
    try:
        moment = parse_datetime(str(value or "").strip())
    except ValueError:
        return None
    return moment if moment and timezone.is_naive(moment) else None


def _refuse_gaps(naive: datetime) -> None:
    """Where clocks are set, one hour of the night is left out or comes twice."""
    zone = timezone.get_current_timezone()
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return
    is_there = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive
    raise ValidationError(
        f"The clocks are set that night: {naive:%H:%M} {'comes twice' if is_there else 'is left out'} "
        f"in {zone}. Choose another time."
    )


class FormRenderer(TemplatesSetting):
    """Renders each field through `includes/field.html` (label above, hint below, error next to it)."""

    form_template_name = "includes/form.html"
    field_template_name = "includes/field.html"
