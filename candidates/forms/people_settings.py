"""What admins set about people."""

from django import forms

from candidates.models import PeopleSettings
from crm.tenancy.roles import EDITORS, Role


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
        fields = ["cold_after_days", "tag_makers"]
