"""The filter above the audit log."""

from typing import Any

from django import forms

from crm.audit.models import action_in_words
from crm.tenancy.models import Membership, Organization


class FilterForm(forms.Form):
    """Narrows the log to one action or one actor. Actors are members, past ones by their entries alone."""

    action = forms.ChoiceField(required=False)
    actor = forms.ModelChoiceField(
        Membership.objects.none(), required=False, to_field_name="user_id", empty_label="Anybody"
    )

    def __init__(
        self, *args: Any, organization: Organization, actions: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [  # type: ignore[attr-defined]
            ("", "Anything"),
            *((action, action_in_words(action)) for action in actions),
        ]
        members = organization.memberships.select_related("user").order_by("user__name")
        self.fields["actor"].queryset = members  # type: ignore[attr-defined]
        self.fields["actor"].label_from_instance = lambda member: str(member.user)  # type: ignore[attr-defined]
