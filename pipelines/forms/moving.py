"""Which card goes where, and who is put on a job."""

from typing import Any

from django import forms
from django.http import QueryDict

from candidates.forms.selection import BulkForm
from candidates.models import TalentPool
from crm.tenancy.models import Membership
from crm.web.forms import MOST_OF_AN_INTEGER
from crm.web.ids import MOST_OF_AN_ID, is_id
from pipelines.models import Candidacy, Job, Stage
from pipelines.queries import open_jobs

# Posted along by whoever has read what else a move does.
IS_ASKED = "is_asked"


class MoveForm(forms.Form):
    """Which card goes where, and which version of it the mover saw."""

    card = forms.IntegerField(min_value=1, max_value=MOST_OF_AN_ID)
    version = forms.IntegerField(min_value=0, max_value=MOST_OF_AN_INTEGER)
    stage = forms.TypedChoiceField(coerce=int)

    def __init__(self, data: Any, *, stages: list[Stage]) -> None:
        super().__init__(data)
        self.stages = {stage.pk: stage for stage in stages}
        self.fields["stage"].choices = [(stage.pk, stage.name) for stage in stages]  # type: ignore[attr-defined]

    def clean_stage(self) -> Stage:
        return self.stages[self.cleaned_data["stage"]]


class CardsField(forms.Field):
    """Cards, each as its id and the version that was seen, such as 42:7: gives versions by id."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {"required": "Select at least one card."}

    def to_python(self, value: Any) -> dict[int, int]:
        cards = {}
        for text in value or ():
            pk, _, version = text.partition(":")
            if not (is_id(pk) and is_id(version)):
                raise forms.ValidationError("Select the cards again.")
            cards[int(pk)] = int(version)
        return cards


class ManyMovesForm(forms.Form):
    """Which cards go to one stage."""

    cards = CardsField()
    stage = forms.TypedChoiceField(coerce=int)

    def __init__(self, data: Any, *, stages: list[Stage]) -> None:
        super().__init__(data)
        self.stages = {stage.pk: stage for stage in stages}
        self.fields["stage"].choices = [(stage.pk, stage.name) for stage in stages]  # type: ignore[attr-defined]

    def clean_stage(self) -> Stage:
        return self.stages[self.cleaned_data["stage"]]


class AskedMoveForm(forms.Form):
    """A move that waits for a second word: what it was asked for with, to be posted once more."""

    def __init__(self, asked: QueryDict) -> None:
        names = [name for name in ("card", "version", "cards", "stage") if name in asked]
        initial = {name: asked.getlist(name) for name in names}
        super().__init__(initial={**initial, IS_ASKED: ["1"]}, auto_id=False)
        for name in self.initial:
            self.fields[name] = forms.Field(widget=forms.MultipleHiddenInput)


class PoolChoiceForm(forms.Form):
    """Which pool's people are put on a job."""

    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, empty_label=None, label="Everybody in the pool"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = TalentPool.objects.filter(archived_at=None)  # type: ignore[attr-defined]


# Who was referred came by the form for that.
BY_HAND = (
    (Candidacy.Origin.SOURCED, "We found them"),
    (Candidacy.Origin.APPLIED, "They applied"),
)


class JobChoiceForm(forms.Form):
    """Which job people are put on, and how they came by it."""

    job: "forms.ModelChoiceField[Job]" = forms.ModelChoiceField(
        queryset=None, empty_label="Choose a job…"
    )

    origin = forms.ChoiceField(
        label="How they came by it",
        choices=BY_HAND,
        required=False,
        help_text="Sequences may begin with who applies. Who is on the job already stays as they came.",
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["job"].queryset = open_jobs(membership)  # type: ignore[attr-defined]

    def clean_origin(self) -> Candidacy.Origin:
        return Candidacy.Origin(self.cleaned_data["origin"] or Candidacy.Origin.SOURCED)


class BulkJobForm(JobChoiceForm, BulkForm):
    """Which job the people selected in a list are put on."""
