"""What a stage rule does, to whom, and when."""

from typing import Any, ClassVar

from django import forms

from crm.accounts.models import User
from crm.tenancy.roles import MEMBERS
from pipelines.models import Stage, StageRule
from pipelines.queries import users_in_roles
from pipelines.services.rules import MISSING

Action = StageRule.Action


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new rule of one stage: it asks what its action needs, and no more. Whether that is clear the service says."""

    # What each action asks, beside how long it waits, and what the words are called there.
    ASKED: ClassVar[dict[StageRule.Action, tuple[str, ...]]] = {
        Action.TASK: ("title", "whom", "member", "due_in_days"),
        Action.MAIL: ("title", "body"),
        Action.NOTIFY: ("title", "whom", "member"),
        Action.MOVE: ("to",),
    }
    CHOICES: ClassVar = (
        *((Action.TASK, "Task"), (Action.MAIL, "Mail")),
        *((Action.NOTIFY, "Notice"), (Action.MOVE, "Move")),
    )
    TITLES: ClassVar[dict[StageRule.Action, str]] = {
        Action.TASK: "Task",
        Action.MAIL: "Subject",
        Action.NOTIFY: "Words",
    }

    member: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        empty_label="Nobody",
        help_text="Only where it is “This member”",
    )
    to: "forms.ModelChoiceField[Stage]" = forms.ModelChoiceField(
        queryset=None, required=False, label="To stage", empty_label="No stage"
    )

    class Meta:
        model = StageRule
        fields = ("action", "after_hours", "title", "body", "whom", "due_in_days")
        widgets: ClassVar[dict[str, Any]] = {
            "action": forms.HiddenInput,
            "body": forms.Textarea(attrs={"rows": 6}),
        }

    def __init__(self, data: Any = None, *, stage: Stage, action: str = "", **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        said = data.get("action", "") if data else action
        self.chosen = Action(said) if said in Action.values else Action.TASK
        fields: dict[str, Any] = self.fields
        fields["action"].initial = self.chosen
        fields["member"].queryset = users_in_roles(MEMBERS)
        others = Stage.objects.filter(pipeline=stage.pipeline_id).exclude(pk=stage.pk)
        fields["to"].queryset = others.exclude(kind__in=Stage.CLOSING_KINDS).order_by("position")
        asked = ("action", "after_hours", *self.ASKED[self.chosen])
        for name in set(fields) - set(asked):
            del fields[name]
        for name in MISSING.keys() & set(asked):
            fields[name].required = True
            fields[name].error_messages["required"] = MISSING[name]
        if title := self.TITLES.get(self.chosen):
            fields["title"].label, fields["title"].help_text = title, ""
        if "due_in_days" in fields:
            fields["due_in_days"].help_text = ""
        self.order_fields(asked)
