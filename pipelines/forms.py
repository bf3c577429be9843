"""What is asked about jobs, stages and moves."""

from typing import Any, ClassVar

from django import forms

from candidates.forms.selection import BulkForm
from candidates.models import TalentPool
from crm.accounts.models import User
from crm.tenancy.roles import EDITORS, Role
from pipelines.models import Job, JobMember, Pipeline, Stage
from pipelines.queries import open_jobs, users_in_roles
from pipelines.services.jobs import DEFAULT_TEMPLATE


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class JobForm(forms.ModelForm):  # type: ignore[type-arg]
    """A job as its recruiter describes it, and who of the hiring managers sees it."""

    managers: "forms.ModelMultipleChoiceField[User]" = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        required=False,
        label="Hiring managers",
        widget=forms.CheckboxSelectMultiple,
        help_text="They see this job and its people, and no others.",
    )

    class Meta:
        model = Job
        fields = (
            *("title", "place", "openings", "owner", "status", "opened_on", "closed_on"),
            "description",
        )
        widgets: ClassVar[dict[str, Any]] = {
            "opened_on": DateInput(),
            "closed_on": DateInput(),
            "description": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts: ClassVar[dict[str, str]] = {
            "opened_on": "Left empty, it is the day the job becomes open.",
            "closed_on": "Left empty, it is the day the job is filled or cancelled.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = users_in_roles(EDITORS)  # type: ignore[attr-defined]
        self.fields["openings"].min_value = 1  # type: ignore[attr-defined]
        self.fields["managers"].queryset = users_in_roles([Role.HIRING_MANAGER])  # type: ignore[attr-defined]
        if self.instance.pk:
            current = JobMember.objects.filter(job=self.instance).values_list("user_id", flat=True)
            self.initial["managers"] = list(current)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        opened, closed = cleaned.get("opened_on"), cleaned.get("closed_on")
        if opened and closed and closed < opened:
            self.add_error("closed_on", "A job cannot close before it opens.")
        return cleaned


class NewJobForm(JobForm):
    """A job that starts with the stages of a template."""

    template: "forms.ModelChoiceField[Pipeline]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Stages",
        empty_label=DEFAULT_TEMPLATE,
        help_text="The job gets its own copy, which can be changed later.",
    )
    field_order = ("title", "place", "openings", "template", "owner", "managers", "status")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = Pipeline.objects.filter(is_template=True)
        self.fields["template"].queryset = templates  # type: ignore[attr-defined]
        first = templates.order_by("pk").first()
        if first:
            # The empty choice stands for the default template until the organization has one.
            self.fields["template"].empty_label = None  # type: ignore[attr-defined]
            self.fields["template"].required = True
            self.initial.setdefault("template", first)


class MoveForm(forms.Form):
    """Which card goes where, and which version of it the mover saw."""

    card = forms.IntegerField()
    version = forms.IntegerField(min_value=0)
    stage = forms.TypedChoiceField(coerce=int)

    def __init__(self, data: Any, *, stages: list[Stage]) -> None:
        super().__init__(data)
        self.stages = {stage.pk: stage for stage in stages}
        self.fields["stage"].choices = [(stage.pk, stage.name) for stage in stages]  # type: ignore[attr-defined]

    def clean_stage(self) -> Stage:
        return self.stages[self.cleaned_data["stage"]]


class PoolChoiceForm(forms.Form):
    """Which pool's people are put on a job."""

    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, empty_label=None, label="Everybody in the pool"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = TalentPool.objects.filter(archived_at=None)  # type: ignore[attr-defined]


class JobChoiceForm(forms.Form):
    """Which job people are put on."""

    job: "forms.ModelChoiceField[Job]" = forms.ModelChoiceField(
        queryset=None, empty_label="Choose a job…"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["job"].queryset = open_jobs()  # type: ignore[attr-defined]


class BulkJobForm(JobChoiceForm, BulkForm):
    """Which job the people selected in a list are put on."""


class StageForm(forms.ModelForm):  # type: ignore[type-arg]
    """One stage of a pipeline."""

    class Meta:
        model = Stage
        fields = ("name", "kind", "stale_after_days")
        labels: ClassVar[dict[str, str]] = {"stale_after_days": "Days until a card is tinted"}
        help_texts: ClassVar[dict[str, str]] = {"stale_after_days": ""}


class ShiftForm(forms.Form):
    """How many places a stage moves: -1 to the left, 1 to the right."""

    steps = forms.IntegerField(min_value=-50, max_value=50)


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A template's name."""

    class Meta:
        model = Pipeline
        fields = ("name",)


class NewTemplateForm(TemplateForm):
    """A template that starts as a copy of another one."""

    copy_of: "forms.ModelChoiceField[Pipeline]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Start with the stages of",
        empty_label=DEFAULT_TEMPLATE,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = Pipeline.objects.filter(is_template=True)
        self.fields["copy_of"].queryset = templates  # type: ignore[attr-defined]
        if templates.exists():
            self.fields["copy_of"].empty_label = None  # type: ignore[attr-defined]
