"""The form under a mail of the local mailbox."""

from django import forms

from crm.runtime.answering import QUICK_ANSWERS


class AnswerForm(forms.Form):
    """Either one of the buttons, or words of one's own."""

    quick = forms.ChoiceField(
        required=False, choices=[(key, quick.label) for key, quick in QUICK_ANSWERS.items()]
    )
    text = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Write as the candidate would…"}),
    )

    def clean(self) -> dict[str, str]:
        data = super().clean() or {}
        if not data.get("quick") and not data.get("text", "").strip() and not self.errors:
            self.add_error("text", "Write an answer, or choose one of the buttons.")
        return data
