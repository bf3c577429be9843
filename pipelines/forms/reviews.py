"""What is asked of and about reviewers."""

from typing import Any

from django import forms

from crm.web.ids import MOST_OF_AN_ID
from pipelines.models import Review

LONGEST_COMMENT = 2000


class AnswerForm(forms.Form):
    """One answer; the word beside it is optional."""

    candidacy = forms.IntegerField(required=False, min_value=1, max_value=MOST_OF_AN_ID)
    says = forms.TypedChoiceField(choices=Review.Answer.choices, coerce=Review.Answer)
    comment = forms.CharField(required=False, max_length=LONGEST_COMMENT)

    @property
    def problem(self) -> str:
        """What of the answer could not be read, and what to do."""
        if "comment" in self.errors:
            length = len(self.data["comment"])
            return f"Your words are too long: {length:,} letters of at most {LONGEST_COMMENT:,}. Shorten them, and answer again."
        return "Choose yes, maybe or no. Nothing was changed."

    @property
    def answer(self) -> dict[str, Any]:
        """What `answering.answer` takes."""
        return {name: self.cleaned_data[name] for name in ("says", "comment")}


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
