"""What admins set about people: numbers, tags, lists to choose from."""

from typing import Any

from django import forms

from candidates.models import Choice, PeopleSettings, Source, Tag
from crm.tenancy.roles import EDITORS, Role

HUES = [(0, "None"), *((hue, f"Color {hue}") for hue in range(1, 9))]


class PeopleSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    tag_makers = forms.MultipleChoiceField(
        label="Who may make new tags",
        choices=[(role.value, role.label) for role in Role if role in EDITORS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Everybody who edits people may use the tags that exist.",
    )

    class Meta:
        model = PeopleSettings
        fields = ["cold_after_days", "tag_makers", "shows_match"]


class NameForm(forms.Form):
    name = forms.CharField(max_length=60)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class SourceForm(NameForm):
    gives_own_data = forms.BooleanField(
        label="People come from here by themselves",
        required=False,
        help_text="They gave you their data, as on a careers page: Rapport does not tell them where it came from.",
    )


class TagForm(NameForm):
    hue = forms.TypedChoiceField(
        label="Color", choices=HUES, coerce=int, widget=forms.RadioSelect, initial=0
    )


class MergeForm(forms.Form):
    """Which other one of the same kind stays."""

    into: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(
        queryset=None, label="Merge into", empty_label="Choose"
    )

    def __init__(self, *args: Any, merged: Tag | Source | Choice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = type(merged).objects.exclude(pk=merged.pk).order_by("name")
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
