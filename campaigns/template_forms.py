"""Forms of templates, snippets, signatures, and of a mail that is written by hand."""

from typing import Any

from django import forms

from campaigns.models import Sender, Snippet, Template, TemplateText
from campaigns.services import rendering
from campaigns.services.languages import LANGUAGES, language_name
from campaigns.services.permissions import senders_for
from campaigns.services.templating import TemplateDetails
from crm.accounts.models import User
from crm.web.meanwhile import MeanwhileMixin

LANGUAGE_CHOICES = [
    ("", "Everybody else"),
    *((code, language_name(code)) for code in LANGUAGES),
]


def checked(text: str) -> str:
    """`text` if it may be saved; else a ValidationError with each problem and its place."""
    # Lines as we keep them, not as browsers send them.
    text = text.replace("\r\n", "\n")
    problems = rendering.check(text)
    if problems:
        raise forms.ValidationError([str(problem) for problem in problems])
    return text


class TemplateForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(
        choices=LANGUAGE_CHOICES,
        required=False,
        label="For people who speak",
        help_text="Each language has its own text; whoever speaks none of them gets the common one.",
    )
    subject = forms.CharField(max_length=200, required=False)
    body = forms.CharField(
        label="Text", widget=forms.Textarea(attrs={"rows": 12, "data-editor": ""})
    )

    class Meta:
        model = Template
        fields = ("name", "folder", "visibility")
        help_texts = {"folder": "Such as “First mails”. Empty: no folder."}

    def __init__(self, *args: Any, newest: TemplateText | None = None, **kwargs: Any) -> None:
        """`newest` is the text that counts, whichever the form begins with."""
        super().__init__(*args, **kwargs)
        self.newest = newest

    def value_held(self, field: forms.Field, name: str) -> Any:
        if self.newest and name in {"subject", "body"}:
            return getattr(self.newest, name)
        return super().value_held(field, name)

    def clean_subject(self) -> str:
        return checked(self.cleaned_data["subject"])

    def clean_body(self) -> str:
        return checked(self.cleaned_data["body"])

    def details(self) -> TemplateDetails:
        return TemplateDetails(**self.cleaned_data)


class SnippetForm(forms.Form):
    name = forms.CharField(max_length=60)
    body = forms.CharField(label="Text", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    is_personal = forms.BooleanField(label="Only for me", required=False)

    def __init__(
        self, *args: Any, user: User, snippet: Snippet | None = None, **kwargs: Any
    ) -> None:
        """`snippet` is the one that is changed."""
        if snippet:
            kwargs["initial"] = {
                "name": snippet.name,
                "body": snippet.body,
                "is_personal": snippet.owner_id is not None,
            }
        super().__init__(*args, **kwargs)
        self.user, self.snippet = user, snippet

    def clean_body(self) -> str:
        return checked(self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        owner = self.user if data.get("is_personal") else None
        same = Snippet.objects.filter(owner=owner, name=data.get("name"))
        if self.snippet:
            same = same.exclude(pk=self.snippet.pk)
        if same.exists():
            self.add_error("name", "There is a snippet of this name already.")
        return data


class SignatureForm(forms.Form):
    body = forms.CharField(
        label="My signature",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Stands where a mail from my sender says {{ signature }}. Empty: the sender's name.",
    )


class LetterForm(forms.Form):
    """A mail to one person."""

    sender: "forms.ModelChoiceField[Sender]" = forms.ModelChoiceField(
        queryset=None, empty_label=None
    )
    subject = forms.CharField(max_length=200)
    body = forms.CharField(
        label="Text", widget=forms.Textarea(attrs={"rows": 12, "data-editor": ""})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender"].queryset = senders_for(user)  # type: ignore[attr-defined]

    def clean_subject(self) -> str:
        return checked(self.cleaned_data["subject"])

    def clean_body(self) -> str:
        return checked(self.cleaned_data["body"])
