"""The forms of a record's rows: ways to be reached, history, skills, languages, wishes. Saving is the services'."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from candidates.models import (
    CandidatePreference,
    CandidateSkill,
    Education,
    EmailAddress,
    Evidence,
    PhoneNumber,
    ProfileLink,
    SpokenLanguage,
    WorkExperience,
)
from candidates.queries import address_owners
from candidates.services.identifying import fold, link_address, normalize_email
from crm.web.forms import DayInput
from crm.web.meanwhile import MeanwhileMixin

# What a person can say of the evidence; the résumé reader alone says that it read something.
CHOSEN_EVIDENCE = [
    (Evidence.CONFIRMED.value, "We confirmed it"),
    (Evidence.ASSESSED.value, "Shown in an assessment"),
    (Evidence.DECLARED.value, "The person says so"),
    (Evidence.PARSED.value, "Read from a résumé"),
    (Evidence.UNCHECKED.value, "Not checked"),
]


class RowForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    """One row of a record; an instance without a key is a new one."""

    # Fields that stand side by side.
    beside: tuple[tuple[str, ...], ...] = ()

    def groups(self) -> list[list[forms.BoundField]]:
        """The fields in their order, those of `beside` together."""
        together = {name: names for names in self.beside for name in names}
        shown = (name for name in self.fields if name != self.seen_name)
        order = dict.fromkeys(together.get(name, (name,)) for name in shown)
        return [[self[name] for name in names] for names in order]

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields if name != self.seen_name}

    def _evidence(self) -> None:
        self.fields["evidence"] = forms.ChoiceField(
            label="How we know",
            choices=CHOSEN_EVIDENCE,
            required=False,
            initial=self.instance.evidence if self.instance.pk else Evidence.CONFIRMED,
        )


class EmailForm(RowForm):
    beside = (("use", "state"),)

    class Meta:
        model = EmailAddress
        fields = ["address", "use", "state"]
        labels = {"use": "Kind", "state": "Does it work?"}

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        normalized = normalize_email(address)
        if normalized is None:
            raise forms.ValidationError(f"“{address}” is not an e-mail address.")
        mine = self.instance.candidate_id
        for taken in address_owners([normalized]):
            if taken.candidate_id != mine:
                raise forms.ValidationError(f"{address} belongs to {taken.candidate} already.")
            if taken.pk != self.instance.pk:
                raise forms.ValidationError("This address is on the record already.")
        return address


class PhoneForm(RowForm):
    beside = (("use", "state"),)

    class Meta:
        model = PhoneNumber
        fields = ["number", "use", "state"]
        labels = {"use": "Kind", "state": "Does it work?"}
        widgets = {"number": forms.TextInput(attrs={"type": "tel"})}


class LinkForm(RowForm):
    beside = (("use", "state"),)
    url = forms.CharField(label="Address", max_length=500)

    class Meta:
        model = ProfileLink
        fields = ["url", "use", "state"]
        labels = {"use": "Kind", "state": "Does it work?"}

    def clean_url(self) -> str:
        address = link_address(self.cleaned_data["url"])
        if not address:
            raise forms.ValidationError("This is not a web address.")
        return address


class ExperienceForm(RowForm):
    beside = (
        ("company", "place"),
        ("start_month", "start_year", "end_month", "end_year"),
    )

    class Meta:
        model = WorkExperience
        fields = [
            "title", "company", "place", "start_month", "start_year", "end_month", "end_year",
            "is_current", "description",
        ]  # fmt: skip
        labels = {"is_current": "Still there", "start_month": "From", "start_year": "Year",
                  "end_month": "To", "end_year": "Year"}  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._evidence()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("start_year"), cleaned.get("end_year")
        if cleaned.get("is_current") and end:
            self.add_error("end_year", "Still there: leave the end empty.")
        elif (
            start
            and end
            and (end, cleaned.get("end_month") or 12)
            < (
                start,
                cleaned.get("start_month") or 1,
            )
        ):
            self.add_error("end_year", "This is before the beginning.")
        return cleaned


class EducationForm(RowForm):
    beside = (("degree", "field"), ("start_year", "end_year"))

    class Meta:
        model = Education
        fields = ["school", "degree", "field", "start_year", "end_year", "description"]
        labels = {"start_year": "From", "end_year": "To"}
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._evidence()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("start_year"), cleaned.get("end_year")
        if start and end and end < start:
            self.add_error("end_year", "This is before the beginning.")
        return cleaned


class SkillForm(RowForm):
    """How sure we are of a skill; its name is a word that others have too."""

    class Meta:
        model = CandidateSkill
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._evidence()


class LanguageForm(RowForm):
    beside = (("name", "level"),)

    class Meta:
        model = SpokenLanguage
        fields = ["name", "level"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        others = SpokenLanguage.objects.filter(
            candidate=self.instance.candidate, normalized=fold(name)[:60]
        )
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This language is on the record already.")
        return name


class PreferenceForm(RowForm):
    beside = (
        ("wanted_place", "remote"),
        ("pay_min", "pay_max", "pay_currency", "pay_period"),
        ("starts_on", "notice"),
    )

    class Meta:
        model = CandidatePreference
        fields = [
            "wanted_role", "wanted_place", "remote", "pay_min", "pay_max", "pay_currency", "pay_period",
            "starts_on", "notice", "time_zone",
        ]  # fmt: skip
        widgets = {
            "starts_on": DayInput(),
            "pay_currency": forms.TextInput(attrs={"list": "known-currencies", "maxlength": 3}),
            "time_zone": forms.TextInput(attrs={"list": "known-zones"}),
        }
        help_texts = {"pay_currency": "", "notice": "Such as 3 months"}

    def edits_something(self) -> bool:
        """One row a person: somebody else may write down the first wishes, too."""
        return True

    def clean_pay_currency(self) -> str:
        code: str = self.cleaned_data["pay_currency"].strip().upper()
        if code and not (code.isascii() and code.isalpha() and len(code) == 3):
            raise forms.ValidationError("Three letters, such as EUR.")
        return code

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone and zone not in available_timezones():
            raise forms.ValidationError("Not a time zone that we know, such as Europe/Lisbon.")
        return zone

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        least, most = cleaned.get("pay_min"), cleaned.get("pay_max")
        if least is not None and most is not None and most < least:
            self.add_error("pay_max", "This is less than the other end of the range.")
        return cleaned
