"""Forms of the settings pages."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from crm.accounts.models import User
from crm.accounts.second_factor import has_second_factor
from crm.tenancy.api_tokens import LONGEST_LIFE, USUAL_LIFE, tokens_of
from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import Role
from crm.tenancy.services import (
    check_role_by_operator,
    refuse_new_address,
    refuse_operator_from_members,
    refuse_to_deactivate,
)
from crm.web.errors import DomainError
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
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.RECRUITER)

    def __init__(self, *args: Any, inviter_role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_within_reach(inviter_role)  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class TokenForm(forms.Form):
    """A new API token of a member."""

    name = forms.CharField(max_length=80, help_text="What uses it, such as “Nightly report”.")
    expires_on = forms.DateField(
        label="Valid until",
        help_text="The last day on which it works, a year from now at most.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["expires_on"].initial = timezone.localdate() + USUAL_LIFE

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if tokens_of([self.user]).filter(name=name).exists():
            raise forms.ValidationError(
                "You have a token of this name. Revoke it, or choose another name."
            )
        return name

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        today = timezone.localdate()
        if not today <= day <= today + LONGEST_LIFE:
            raise forms.ValidationError("Choose a day between today and a year from now.")
        return day


class OperatorMembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A membership in the operators' admin: what the services would refuse is said beside the form."""

    class Meta:
        model = Membership
        fields = ["user", "organization", "role"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        role = cleaned.get("role")
        user = cleaned.get("user") or (self.instance.user if self.instance.pk else None)
        if role and user:
            refuse(check_role_by_operator, self.instance, user=user, role=role)
        return cleaned


class OperatorUserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A user in the operators' admin."""

    class Meta:
        model = User
        fields = ["email", "name", "is_active", "is_staff"]
        labels = {"email": "E-mail", "is_active": "May sign in", "is_staff": "Operator"}
        help_texts = {"is_staff": "Opens these pages, which show organizations and users."}

    def clean_email(self) -> str:
        address = str(self.cleaned_data["email"]).lower()
        if address != self.initial.get("email", address):
            refuse(refuse_new_address, self.instance)
        return address

    def clean_is_staff(self) -> bool:
        staff: bool = self.cleaned_data["is_staff"]
        if staff and not self.initial.get("is_staff"):
            refuse(refuse_operator_from_members, self.instance)
        return staff

    def clean_is_active(self) -> bool:
        active: bool = self.cleaned_data["is_active"]
        if not active:
            for membership in self.instance.memberships.select_related("organization", "user"):
                refuse(refuse_to_deactivate, membership)
        return active


def refuse(rule: Callable[..., None], *args: Any, **kwargs: Any) -> None:
    """Say in the form what `rule` raises."""
    try:
        rule(*args, **kwargs)
    except DomainError as error:
        raise forms.ValidationError(str(error)) from None
