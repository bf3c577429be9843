"""Forms of sequences and their steps, of mails for one person, and of the organization's limits."""

from typing import Any

from django import forms

from campaigns.forms import MIDNIGHT, WEEKDAYS, members
from campaigns.models import (
    AutoEnrollment,
    Sender,
    Sequence,
    hired_alone,
)
from campaigns.queries import stage_names
from campaigns.replies import nurture_sequences
from campaigns.schedule import countries_with_holidays
from campaigns.services import locating
from campaigns.services.permissions import senders_for
from candidates.models import TalentPool
from candidates.services.identifying import countries
from crm.accounts.models import User
from crm.web.meanwhile import MeanwhileMixin
from pipelines.models import Job, Stage


class SequenceForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    # Declared here, for the class is made outside any organization.
    sender: "forms.ModelChoiceField[Sender]" = forms.ModelChoiceField(
        queryset=None,
        empty_label="Choose a sender",
        help_text="Mails go out from here, within its caps.",
    )
    owner: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        queryset=None,
        empty_label="Choose an owner",
        help_text="Gets the tasks that steps and replies make.",
    )
    window_days = forms.TypedMultipleChoiceField(
        label="Days",
        coerce=int,
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: the sender's days.",
    )
    stop_kinds = forms.MultipleChoiceField(
        label="They come into a stage of this kind",
        choices=Stage.Kind.choices,
        initial=hired_alone,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="In any job. Whoever is there already when they join stays on it.",
    )
    stop_names = forms.MultipleChoiceField(
        label="Or into a stage of this name",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="In whatever job a stage is called so.",
    )
    after_not_now: "forms.ModelChoiceField[Sequence]" = forms.ModelChoiceField(
        label="Who answers “not now” may go on with",
        queryset=None,
        required=False,
        empty_label="No sequence",
        help_text="Offered in one click beside the answer. Its first mail comes on their day, in the same thread: "
        "the subject of that step is for people who join otherwise.",
    )
    KEPT = ("zone_of", "entry", "quiet_days")

    holidays = forms.ChoiceField(
        required=False,
        help_text="On these days nothing goes out, and none counts as a business day.",
    )

    class Meta:
        model = Sequence
        fields = (
            *("name", "zone_of", "window_days", "window_start", "window_end", "holidays"),
            *("starts_per_day", "entry", "is_exclusive", "quiet_days"),
            *("stops_on_reply", "stops_on_other_mail", "stops_on_interview", "stops_on_bounce"),
            *("stop_kinds", "stop_names", "after_not_now"),
        )
        labels = {
            "stops_on_reply": "They answer one of its mails",
            "stops_on_other_mail": "They send any other mail",
            "stops_on_interview": "An interview with them is booked",
            "stops_on_bounce": "Mail to them comes back",
            "window_start": "From",
            "window_end": "Until",
            "starts_per_day": "New people a day",
            "entry": "Somebody who was on it may join",
            "is_exclusive": "Only people who are on no other sequence",
            "quiet_days": "Days since anybody's last contact",
        }
        help_texts = {
            "zone_of": "Where the recipient's is not known, the sender's counts.",
            "window_start": "Empty: the sender's hours.",
            "starts_per_day": "Empty: as many as the sender's cap lets through.",
            "is_exclusive": "Nobody gets two sequences at once.",
            "quiet_days": "0: it does not matter. You can set it aside when you enroll.",
            "stops_on_reply": "Off: the answer is on the record and its owner is told, but the next step comes all "
            "the same.",
            "stops_on_other_mail": "From any address of theirs, and not in answer to one of its mails.",
            "stops_on_interview": "Also when it is moved to another time.",
            "stops_on_bounce": "Off: nothing more goes to that address all the same. It goes on with another one, or "
            "waits until there is one.",
        }
        widgets = {
            "window_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "window_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A sequence keeps its sender, whoever edits it.
        choosable = senders_for(user) | Sender.objects.filter(pk=self.instance.sender_id)
        self.fields["sender"].queryset = choosable  # type: ignore[attr-defined]
        self.fields["owner"].queryset = members()  # type: ignore[attr-defined]
        self.fields["holidays"].choices = holiday_choices()  # type: ignore[attr-defined]
        kept = Sequence.objects.filter(pk=self.instance.after_not_now_id)
        others = (nurture_sequences() | kept).exclude(pk=self.instance.pk).distinct()
        self.fields["after_not_now"].queryset = others  # type: ignore[attr-defined]
        names = stage_names(self.instance.stop_names)
        self.fields["stop_names"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        # Left out, they keep what they are.
        for name in self.KEPT:
            self.fields[name].required = False
        if self.instance.pk:
            self.initial["sender"] = self.instance.sender_id
            self.initial["owner"] = self.instance.owner_id

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Sequence.objects.exclude(pk=self.instance.pk).filter(name=name).exists():
            raise forms.ValidationError("There is a sequence of this name already.")
        return name

    def clean_window_days(self) -> list[int] | None:
        return self.cleaned_data["window_days"] or None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.KEPT:
            if data.get(name) in {None, ""}:
                data[name] = getattr(self.instance, name)
        start, end = data.get("window_start"), data.get("window_end")
        if (start is None) != (end is None):
            self.add_error("window_end", "Give both hours, or neither for the sender's.")
        elif start is not None and end is not None and end <= start and end != MIDNIGHT:
            self.add_error("window_end", "The window must end after it starts.")
        return data


def holiday_choices() -> list[tuple[str, str]]:
    """No holidays, the recipient's own, or those of a country."""
    names = sorted(
        (name, code) for code, name in countries().items() if code in countries_with_holidays()
    )
    return [
        ("", "No holidays"),
        (locating.RECIPIENT, "Of the recipient's country"),
        *((code, name) for name, code in names),
    ]


class AutoEnrollmentForm(forms.Form):
    """What puts people on the sequence: coming into a pool or a stage, or something that happens."""

    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="No pool"
    )
    stage: "forms.ModelChoiceField[Stage]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="No stage"
    )
    event = forms.ChoiceField(
        choices=[
            ("", "No event"),
            *((event.value, f"Whoever {event.label}") for event in AutoEnrollment.Event),
        ],
        required=False,
    )
    job: "forms.ModelChoiceField[Job]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Any job", help_text="Of an event"
    )
    ends_on_leaving = forms.BooleanField(
        label="Whoever leaves the pool or stage is taken off the sequence", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = TalentPool.objects.filter(archived_at=None).order_by("name")
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]
        stages = Stage.objects.filter(pipeline__jobs__status=Job.Status.OPEN)
        stages = stages.select_related("pipeline").order_by("pipeline__name", "position")
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]
        jobs = Job.objects.filter(status=Job.Status.OPEN).order_by("title", "pk")
        self.fields["job"].queryset = jobs  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        if sum(bool(data[name]) for name in ("pool", "stage", "event")) != 1:
            raise forms.ValidationError("Choose a pool, a stage or an event: one of them.")
        if data["job"] and not data["event"]:
            self.add_error(
                "job", "A job belongs to an event. Choose one, or leave the job at “Any job”."
            )
        if data["event"] and data["ends_on_leaving"]:
            self.add_error("ends_on_leaving", "An event is over at once: nobody can leave it.")
        return data
