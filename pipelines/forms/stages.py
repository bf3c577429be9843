"""What is asked about stages and templates of them."""

from typing import Any, ClassVar

from django import forms

from crm.web.meanwhile import MeanwhileMixin
from pipelines.models import Criterion, Pipeline, Stage
from pipelines.services.jobs import DEFAULT_TEMPLATE


class StageForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    """One stage of a pipeline."""

    class Meta:
        model = Stage
        fields: tuple[str, ...] = Stage.SETTINGS
        widgets: ClassVar[dict[str, Any]] = {"guide": forms.Textarea(attrs={"rows": 4})}
        labels: ClassVar[dict[str, str]] = {"stale_after_days": "Days until a card is tinted"}
        help_texts: ClassVar[dict[str, str]] = {"stale_after_days": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pipeline.pool_id is None:
            return
        for name in set(Stage.SETTINGS).difference(Stage.OF_POOLS).intersection(self.fields):
            del self.fields[name]
        kinds = [one for one in Stage.Kind.choices if one[0] not in Stage.CLOSING_KINDS]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class NewStageForm(StageForm):
    """A stage as it is added; what else it says of itself is written on its own page."""

    class Meta(StageForm.Meta):
        fields = ("name", "kind", "stale_after_days")


class PoolStagesForm(forms.Form):
    """Which template a pool's stages are copied from."""

    template: "forms.ModelChoiceField[Pipeline]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Start with the stages of",
        empty_label=DEFAULT_TEMPLATE,
        help_text="Without those that end a candidacy. You can rename, add and remove stages afterwards.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = Pipeline.objects.filter(is_template=True)
        self.fields["template"].queryset = templates  # type: ignore[attr-defined]
        if templates.exists():
            self.fields["template"].empty_label = None  # type: ignore[attr-defined]


class CriterionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Something that scorecards ask for."""

    stage: "forms.ModelChoiceField[Stage]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Every stage"
    )

    class Meta:
        model = Criterion
        fields = ("name", "hint")

    def __init__(self, *args: Any, pipeline: Pipeline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = pipeline.stages.order_by("position")
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]


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
