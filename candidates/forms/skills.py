"""What admins say about skills."""

from typing import Any

from django import forms

from candidates.forms.people_settings import NameForm
from candidates.models import Skill, SkillAlias
from candidates.services.skills.resolving import skills_named
from candidates.services.skills.taxonomy import families


class SkillForm(NameForm):
    """A skill's name and the family it stands in."""

    family = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(family, family) for family in families()]
        self.fields["family"].choices = [("", "No family"), *named]  # type: ignore[attr-defined]


class AssignForm(forms.Form):
    """Which known skill a word means, by its name or any way to write it."""

    into = forms.CharField(
        label="Means the skill",
        max_length=60,
        widget=forms.TextInput(attrs={"list": "known-skills", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, assigned: Skill, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.assigned = assigned

    def clean_into(self) -> Skill:
        (skill,) = skills_named([self.cleaned_data["into"]])
        if skill.state != Skill.State.KNOWN or skill.pk == self.assigned.pk:
            name = self.cleaned_data["into"]
            raise forms.ValidationError(
                f"“{name}” is no other known skill. Choose one of the list, or add this word as a skill."
            )
        return skill


class AliasForm(forms.Form):
    """Another way to write a skill (`name`), or one that is not wanted any more (`remove`)."""

    name = forms.CharField(max_length=60, required=False)
    remove: "forms.ModelChoiceField[SkillAlias]" = forms.ModelChoiceField(
        queryset=None, required=False
    )

    def __init__(self, *args: Any, skill: Skill, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remove"].queryset = skill.aliases.all()  # type: ignore[attr-defined]
