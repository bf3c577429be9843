"""What a stage rule does, to whom, and when."""

from typing import Any

from django import forms

from crm.accounts.models import User
from crm.tenancy.roles import MEMBERS
from pipelines.models import Stage, StageRule
from pipelines.queries import users_in_roles


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new rule of one stage. What the action needs is asked by the service."""

    member: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Nobody"
    )
    to: "forms.ModelChoiceField[Stage]" = forms.ModelChoiceField(
        queryset=None, required=False, label="To stage", empty_label="No stage"
    )

    class Meta:
        model = StageRule
        fields = ("action", "after_hours", "title", "body", "whom", "due_in_days")
        widgets = {"body": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["member"].queryset = users_in_roles(MEMBERS)
        others = Stage.objects.filter(pipeline=stage.pipeline_id).exclude(pk=stage.pk)
        fields["to"].queryset = others.exclude(kind__in=Stage.CLOSING_KINDS).order_by("position")
