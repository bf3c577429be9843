"""Forms of the settings pages."""

from typing import Any

from django import forms

from crm.accounts.models import User
from crm.accounts.second_factor import has_second_factor
from crm.tenancy.models import Organization
from crm.tenancy.roles import Role
from crm.web.time_zones import time_zones


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        choices=time_zones, help_text="Days, business days and sending windows follow it."
    )

    class Meta:
        model = Organization
        fields = ["name", "time_zone", "postal_address", "requires_second_factor"]
        help_texts = {"postal_address": "Stands below every mail of a sequence, as the law asks."}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_requires_second_factor(self) -> bool:
        required: bool = self.cleaned_data["requires_second_factor"]
        if required and not has_second_factor(self.user):
            raise forms.ValidationError("Set up your own second factor first, under your profile.")
        return required


def roles_within_reach(role: str) -> list[tuple[str, str]]:
    """The roles that a member with `role` may give: only owners make owners."""
    return [choice for choice in Role.choices if role == Role.OWNER or choice[0] != Role.OWNER]


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.RECRUITER)

    def __init__(self, *args: Any, inviter_role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_within_reach(inviter_role)  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
