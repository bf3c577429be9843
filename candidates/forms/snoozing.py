"""Until when people are left alone, and why."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from candidates.forms.selection import BulkForm
from candidates.models import NotNowReason
from candidates.queries import possible_owners
from crm.accounts.models import User
from crm.web.forms import DayInput


class SnoozeFields(forms.Form):
    until = forms.DateField(label="Not now until", widget=DayInput())
    reason: "forms.ModelChoiceField[NotNowReason]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Not said"
    )
    note = forms.CharField(
        max_length=200, required=False, help_text="What they said, in a few words"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = NotNowReason.objects.filter(archived_at=None)  # type: ignore[attr-defined]

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if day <= timezone.localdate():
            raise forms.ValidationError("Choose a day that lies ahead.")
        return day


class BulkSnoozeForm(SnoozeFields, BulkForm):
    """The same, for the frozen people."""


class BulkTaskForm(BulkForm):
    """One task about each of the frozen people."""

    title = forms.CharField(label="Task", max_length=200)
    due_on = forms.DateField(
        label="Due",
        required=False,
        widget=DayInput(),
    )
    assignee = forms.ModelChoiceField(
        label="For", queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = possible_owners()  # type: ignore[attr-defined]
