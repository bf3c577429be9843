"""Whom to match with a job, and what counts."""

from typing import Any

from django import forms

from candidates.models import TalentPool
from crm.web.forms import DayInput
from pipelines.models import MatchCriteria


class MatchPeopleForm(forms.Form):
    """Whose records are looked at; `first` is how many people stand before the page."""

    JOB_POOLS, EVERYBODY = "pools", "all"

    people = forms.ChoiceField(label="People of")
    first = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = TalentPool.objects.filter(archived_at=None).order_by("name")
        named = [(str(pk), name) for pk, name in pools.values_list("pk", "name")[:500]]
        self.fields["people"].choices = [  # type: ignore[attr-defined]
            (self.JOB_POOLS, "the job’s pools"),
            (self.EVERYBODY, "everywhere"),
            *named,
        ]

    def clean_first(self) -> int:
        return int(self.cleaned_data["first"] or 0)


class MatchCriteriaForm(forms.ModelForm):  # type: ignore[type-arg]
    languages = forms.CharField(
        required=False, max_length=300, help_text="Divided by commas, such as German, English"
    )

    class Meta:
        model = MatchCriteria
        fields = [
            *("seniority", "languages", "within_km", "starts_by", "must_weight", "nice_weight"),
            *("seniority_weight", "place_weight", "working_weight", "language_weight"),
            *("start_weight", "past_weight"),
        ]
        widgets = {"starts_by": DayInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["languages"] = ", ".join(self.instance.languages)

    def clean_languages(self) -> list[str]:
        names = [" ".join(name.split()) for name in self.cleaned_data["languages"].split(",")]
        if any(len(name) > 60 for name in names):
            raise forms.ValidationError("A language has up to 60 letters.")
        return list(dict.fromkeys(filter(None, names)))[:10]
