"""What is asked of and about reviewers."""

from typing import Any

from django import forms

from pipelines.models import Review


class AnswerForm(forms.Form):
    """One answer; the word beside it is optional."""

    says = forms.TypedChoiceField(choices=Review.Answer.choices, coerce=Review.Answer)
    comment = forms.CharField(required=False, max_length=2000)


class LinkForm(forms.Form):
    """For whom a link is, and for how long."""

    email = forms.EmailField(label="Address", help_text="The code that opens the link goes there.")
    days = forms.TypedChoiceField(
        label="Works for",
        choices=[(7, "7 days"), (14, "14 days"), (30, "30 days")],
        coerce=int,
        initial=14,
    )


class CodeForm(forms.Form):
    """The code from the mail."""

    code = forms.CharField(
        label="Code from the mail",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def clean_code(self) -> str:
        digits = "".join(filter(str.isdigit, self.cleaned_data["code"]))
        if len(digits) != 6:
            raise forms.ValidationError("The code has six digits.")
        return digits

    def refuse(self) -> None:
        self.add_error(
            "code",
            "This code is wrong or too old. Look at the newest mail, or have another one sent.",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autofocus"] = True
