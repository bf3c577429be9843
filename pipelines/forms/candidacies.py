"""What is asked when somebody is rejected, moved over to another job, rated, or judged on a scorecard."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from candidates.models import RejectionReason, TalentPool
from crm.tenancy.models import Membership
from pipelines.forms.moving import CardsField
from pipelines.models import Candidacy, Criterion, Job, Scorecard, ScorecardRating, Stage
from pipelines.queries import open_jobs
from pipelines.services.interviews.ending import still_to_come
from pipelines.services.interviews.wording import moment_in
from pipelines.services.rejecting import LONGEST_DELAY_DAYS, Farewell
from pipelines.services.scorecards import Judged

DEFAULT_SUBJECT = "Your application with {{ organization }}"
DEFAULT_BODY = """Hi {{ first_name | there }},

thank you for the time you gave us. We have decided to go on with other people for this job.
We would like to stay in touch, and will come back to you when something fits better.

{{ sender_name }}"""


class RejectForm(forms.Form):
    """Why somebody is not taken on, whether they are written to, and where they are remembered."""

    stage: "forms.ModelChoiceField[Stage]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label=None, label="To"
    )
    reason: "forms.ModelChoiceField[RejectionReason]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="No reason given"
    )
    note = forms.CharField(
        required=False, max_length=300, label="In your words", help_text="Colleagues read it."
    )
    keep_in: "forms.ModelMultipleChoiceField[TalentPool]" = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label="Keep in a pool",
        widget=forms.CheckboxSelectMultiple,
        help_text="For those who came close: the pool says which job they were considered for.",
    )
    write = forms.BooleanField(required=False, label="Write to them")
    after_days = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_DELAY_DAYS,
        initial=1,
        label="After days",
        help_text="0 is at once. Opening the candidacy again stops the mail as long as it waits.",
    )
    subject = forms.CharField(required=False, max_length=200, initial=DEFAULT_SUBJECT)
    body = forms.CharField(
        required=False,
        label="Mail",
        initial=DEFAULT_BODY,
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=5000,
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, job: Job, reasons_url: str = "", **kwargs: Any) -> None:
        """`reasons_url`: where the reasons are kept, for those who may change them."""
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        stages = Stage.objects.filter(pipeline=job.pipeline_id, kind=Stage.Kind.REJECTED)
        fields["stage"].queryset = stages.order_by("position")
        if len(fields["stage"].queryset) < 2:
            fields["stage"].widget = forms.HiddenInput()
        fields["reason"].queryset = RejectionReason.objects.filter(archived_at=None)
        if reasons_url:
            link = '<a class="link" href="{}">Change the reasons</a>'
            fields["reason"].help_text = format_html(link, reasons_url)
        fields["keep_in"].queryset = TalentPool.objects.filter(archived_at=None)
        if not fields["keep_in"].queryset.exists():
            fields["keep_in"].widget = forms.MultipleHiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("write"):
            for name in ("subject", "body"):
                if not cleaned.get(name, "").strip():
                    self.add_error(name, "A mail needs a subject and a text.")
        return cleaned

    @property
    def farewell(self) -> Farewell | None:
        cleaned = self.cleaned_data
        if not cleaned["write"]:
            return None
        return Farewell(cleaned["subject"], cleaned["body"], cleaned["after_days"] or 0)


class RejectManyForm(RejectForm):
    """The same for several people: each card carries the version that was seen."""

    cards = CardsField()
    version = None  # type: ignore[assignment]


class InterviewsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Interviews, each with its time on the reader's clock."""

    def label_from_instance(self, obj: Any) -> str:
        if obj.starts_at is None:
            return f"{obj.title}, no time chosen yet"
        return f"{obj.title}, {moment_in(obj.starts_at, timezone.get_current_timezone_name())}"


class TransferForm(forms.Form):
    """To which other job somebody goes, with the history or beside it."""

    MOVE, COPY = "move", "copy"

    job: "forms.ModelChoiceField[Job]" = forms.ModelChoiceField(
        queryset=None,
        empty_label="Choose a job…",
        error_messages={"invalid_choice": "This job is not open any more. Choose another one."},
    )
    how = forms.ChoiceField(
        choices=[
            (MOVE, "Move over: history, scorecards and rating go along"),
            (COPY, "Copy: considered for both jobs"),
        ],
        initial=MOVE,
        widget=forms.RadioSelect,
        label="How",
    )
    keep = InterviewsField(
        queryset=None,
        required=False,
        label="Interviews that go along",
        widget=forms.CheckboxSelectMultiple,
        help_text=(
            "Moving over cancels those that are not ticked; Undo does not bring them back. Everybody invited is "
            "told, either way."
        ),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, candidacy: Candidacy, membership: Membership, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = candidacy.version
        jobs = open_jobs(membership).exclude(pk=candidacy.job_id)
        self.fields["job"].queryset = jobs  # type: ignore[attr-defined]
        coming = still_to_come([candidacy])
        self.fields["keep"].queryset = coming  # type: ignore[attr-defined]
        self.fields["keep"].initial = list(coming)
        if not coming:
            self.fields["keep"].widget = forms.MultipleHiddenInput()


class RatingForm(forms.Form):
    """How many stars; none takes the rating away."""

    rating = forms.IntegerField(required=False, min_value=1, max_value=5)


class ScorecardForm(forms.ModelForm):  # type: ignore[type-arg]
    """One colleague's word, with a score and a note for each criterion."""

    class Meta:
        model = Scorecard
        fields = ("verdict", "summary")
        widgets = {
            "verdict": forms.RadioSelect,
            "summary": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(
        self, *args: Any, criteria: list[Criterion], must_decide: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        verdict: Any = self.fields["verdict"]
        verdict.choices = Scorecard.Verdict.choices
        verdict.required = must_decide
        # Not optional: a draft may lack it, what is handed in may not.
        verdict.is_alternative = True
        verdict.help_text = "A draft may wait for it; handing in needs it."
        said = {}
        if self.instance.pk:
            said = {row.criterion_id: row for row in self.instance.ratings.all()}
        for criterion in criteria:
            row = said.get(criterion.pk)
            self.fields[f"score-{criterion.pk}"] = forms.TypedChoiceField(
                choices=[("", "Not looked at"), *ScorecardRating.SCORES],
                coerce=int,
                empty_value=None,
                required=False,
                label=criterion.name,
                help_text=criterion.hint,
                initial=row.score if row else None,
            )
            self.fields[f"note-{criterion.pk}"] = forms.CharField(
                required=False,
                max_length=500,
                label=f"{criterion.name}: why",
                initial=row.note if row else "",
            )

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """For each criterion the fields of its score and its note."""
        return [(self[f"score-{one.pk}"], self[f"note-{one.pk}"]) for one in self.criteria]

    @property
    def judged(self) -> dict[int, Judged]:
        cleaned = self.cleaned_data
        return {
            one.pk: Judged(cleaned[f"score-{one.pk}"], cleaned[f"note-{one.pk}"])
            for one in self.criteria
        }
