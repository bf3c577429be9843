"""Forms of the privacy pages."""

from typing import Any

from django import forms

from campaigns.services.disclosing import problems_of
from campaigns.services.permissions import senders_for
from candidates.models import DEFAULT_TEXT, NoticeRules
from crm.accounts.models import User
from crm.privacy.models import RetentionPolicy


class RetentionPolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RetentionPolicy
        fields = ["keep_days", "is_enabled"]
        help_texts = {
            "keep_days": "Counted from the last contact in either direction, or from the day the person "
            "was added. People in an open candidacy or on a running sequence, and hired people, stay.",
            "is_enabled": "At 02:30 UTC, erases everybody whose time is up.",
        }


class NoticeRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = NoticeRules
        fields = ["is_enabled", "days", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 14})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["text"] = self.instance.wording

    def clean_text(self) -> str:
        """Rapport's own words are stored as none, so that they improve with it."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        if problems := problems_of(text or DEFAULT_TEXT):
            raise forms.ValidationError([*problems])
        return "" if text == DEFAULT_TEXT.strip() else text


class NoticeSenderForm(forms.Form):
    """From whom the notice comes."""

    sender: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(queryset=None, empty_label=None)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        senders = senders_for(user).filter(paused_at=None).order_by("name", "pk")
        self.fields["sender"].queryset = senders  # type: ignore[attr-defined]
        self.initial["sender"] = senders.filter(user=user).first()


class ManyErasuresForm(forms.Form):
    """The confirmation of erasing a selection: it cannot be taken back, so it asks for the number."""

    frozen = forms.CharField(widget=forms.HiddenInput, max_length=10_000)
    number = forms.IntegerField(label="Type the number of people to confirm")

    def __init__(self, *args: object, people: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.people = people

    def clean_number(self) -> int:
        number: int = self.cleaned_data["number"]
        if number != self.people:
            raise forms.ValidationError(f"This is not the number of people: {self.people}.")
        return number


class ErasureForm(forms.Form):
    """The confirmation of one erasure: it cannot be taken back, so it asks for the name."""

    name = forms.CharField(label="Type the person's name to confirm", max_length=200)

    def __init__(self, *args: object, full_name: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.full_name = full_name

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if " ".join(name.split()).casefold() != " ".join(self.full_name.split()).casefold():
            raise forms.ValidationError(f"This is not the name on the record: {self.full_name}.")
        return name
