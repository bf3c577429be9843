"""What a colleague says of somebody whom they recommend."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from candidates.services.identifying import normalize_email, normalize_link
from pipelines.models import Job, Referral, ReferralLink
from pipelines.services.referring import Referred


class ReferralForm(forms.Form):
    """Who, how known, and for what; and who says so."""

    name = forms.CharField(label="Their name", max_length=200)
    email = forms.EmailField(label="Their e-mail address")
    phone = forms.CharField(label="Their phone number", max_length=40, required=False)
    link = forms.CharField(
        label="A profile of theirs", max_length=300, required=False, help_text="LinkedIn, GitHub…"
    )
    job: "forms.ModelChoiceField[Job]" = forms.ModelChoiceField(
        label="For", queryset=None, required=False, empty_label="Any job"
    )
    relation = forms.TypedChoiceField(
        label="How do you know them?", choices=Referral.Relation.choices, coerce=Referral.Relation
    )
    note = forms.CharField(
        label="Why should we talk with them?",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    referrer_name = forms.CharField(label="Your name", max_length=120)
    referrer_email = forms.EmailField(
        label="Your work address", help_text="We mail you a link that shows how far it is."
    )
    consent = forms.BooleanField(
        label="They know of this and agree that we keep what I write here and contact them",
        error_messages={"required": "Please ask them first: we may not contact them otherwise."},
    )
    # People leave it empty: it is not shown. Machines fill it in.
    website = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, jobs: QuerySet[Job], link: ReferralLink, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["job"]
        field.queryset = jobs
        if link.job_id:
            del self.fields["job"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip()
        if not normalize_email(email):
            raise forms.ValidationError("This is not an address that mail reaches.")
        return email

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"].strip()
        if link and not normalize_link(link):
            raise forms.ValidationError("This is not a web address.")
        return link

    @property
    def is_by_a_machine(self) -> bool:
        return bool(self.cleaned_data["website"])

    @property
    def referred(self) -> Referred:
        cleaned = self.cleaned_data
        return Referred(
            cleaned["name"].strip(), cleaned["email"], cleaned["phone"], cleaned["link"]
        )


class ReferralLinkForm(forms.Form):
    """A new address of the form."""

    name = forms.CharField(max_length=80, help_text="Where it will stand, such as “Intranet”")
    job: "forms.ModelChoiceField[Job]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Any open job"
    )

    def __init__(self, *args: Any, jobs: QuerySet[Job], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["job"]
        field.queryset = jobs
