"""The small forms on a person's record, and on the pages of pools and tasks."""

from typing import Any

from django import forms

from candidates.models import Candidate, Note, Skill, Tag, TalentPool, Task
from candidates.queries import possible_owners
from crm.accounts.models import User


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Note
        fields = ["body", "is_private"]
        labels = {"body": "Note", "is_private": "Only I can see it"}
        widgets = {
            "body": forms.Textarea(
                attrs={"rows": 2, "placeholder": "Write a note…", "maxlength": 20_000}
            )
        }

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if len(body) > 20_000:
            raise forms.ValidationError("A note holds at most 20,000 characters.")
        return body


class CallForm(forms.Form):
    summary = forms.CharField(
        label="What came of the call",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Open to a move in spring…"}),
    )
    body = forms.CharField(
        label="Details",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "What was said…"}),
    )


class TaskForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Task
        fields = [
            "title",
            "due_on",
            "due_time",
            "assignee",
            "repeat_unit",
            "repeat_every",
            "repeat_until",
        ]
        labels = {"title": "Task", "due_on": "Due", "assignee": "For"}
        help_texts = {"due_time": ""}
        widgets = {
            "title": forms.TextInput(attrs={"placeholder": "What is to be done…"}),
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "due_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "repeat_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = possible_owners()  # type: ignore[attr-defined]
        self.fields["assignee"].empty_label = "Nobody"  # type: ignore[attr-defined]
        self.fields["repeat_every"].required = False

    def clean_repeat_every(self) -> int:
        return self.cleaned_data["repeat_every"] or 1

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        day = cleaned.get("due_on")
        if not day and "due_on" not in self.errors:
            if cleaned.get("repeat_unit"):
                self.add_error("due_on", "A task that repeats needs a day.")
            elif cleaned.get("due_time"):
                self.add_error("due_on", "Name the day too.")
        until = cleaned.get("repeat_until")
        if day and until and until < day:
            self.add_error("repeat_until", "This is before the task is due.")
        return cleaned


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]


class StatusForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Candidate
        fields = ["status"]


class LabelForm(forms.Form):
    """A word to put on a person, or one to take off."""

    add = forms.CharField(max_length=60, required=False)

    def __init__(self, *args: Any, label: type[Tag | Skill], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remove"] = forms.ModelChoiceField(label.objects.all(), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(cleaned.get("add")) == bool(cleaned.get("remove")):
            self.add_error("add", "Write a word.")
        return cleaned


class JoinPoolForm(forms.Form):
    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, empty_label="Choose a pool"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = TalentPool.objects.filter(archived_at=None)  # type: ignore[attr-defined]


class PoolForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = TalentPool
        fields = ["name", "description", "owner", "cold_after_days"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"description": "What the pool is for, and who belongs into it"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = "Nobody"  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if TalentPool.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a pool with this name.")
        return name
