"""Forms of the tasks pages: what to do with several tasks, and a reminder for several colleagues."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from candidates.queries import possible_owners
from crm.accounts.models import User
from crm.web.forms import DayInput
from crm.web.ids import is_id


class SnoozeForm(forms.Form):
    """Until when: tomorrow, next week, or a day."""

    TOMORROW, NEXT_WEEK, DAY = "tomorrow", "next_week", "day"

    until = forms.ChoiceField(
        choices=[(TOMORROW, "Tomorrow"), (NEXT_WEEK, "Next week"), (DAY, "A day")]
    )
    day = forms.DateField(required=False, widget=DayInput())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        today = timezone.localdate()
        if cleaned.get("until") == self.DAY and "day" not in self.errors:
            if not cleaned.get("day"):
                self.add_error("day", "Name a day.")
            elif cleaned["day"] <= today:
                self.add_error("day", "Name a day that lies ahead.")
        return cleaned

    @property
    def date(self) -> date:
        """The day that was chosen; next week is its Monday."""
        today = timezone.localdate()
        if self.cleaned_data["until"] == self.TOMORROW:
            return today + timedelta(days=1)
        if self.cleaned_data["until"] == self.NEXT_WEEK:
            return today + timedelta(days=7 - today.weekday())
        day: date = self.cleaned_data["day"]
        return day


class PickedTasksForm(forms.Form):
    """Which tasks a list's selection means."""

    ids = forms.TypedMultipleChoiceField(coerce=int, required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data.getlist("ids") if hasattr(self.data, "getlist") else []
        known = [one for one in given if is_id(one)]
        self.fields["ids"].choices = [(one, one) for one in known]  # type: ignore[attr-defined]


class AssigneeForm(forms.Form):
    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = possible_owners()  # type: ignore[attr-defined]


class ReminderForm(forms.Form):
    """The same task for several colleagues."""

    title = forms.CharField(
        label="What is to be done",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Look who went quiet…"}),
    )
    due_on = forms.DateField(
        label="Due",
        required=False,
        widget=DayInput(),
    )
    assignees = forms.ModelMultipleChoiceField(
        label="For",
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Each gets a task of their own.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignees"].queryset = possible_owners()  # type: ignore[attr-defined]
