"""What is asked about interviews and the times for them."""

from datetime import datetime, time
from typing import Any, ClassVar

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import ADMINS, READERS
from crm.tenancy.scope import current_organization
from crm.web.forms import DayInput, MomentField, refuse_far_days
from crm.web.meanwhile import MeanwhileMixin
from crm.web.time_zones import time_zones
from pipelines.models import Interview, Job, JobMember
from pipelines.services.interviews.offering import free_starts

USUAL_MINUTES = 60
USUAL_DAYS = 30
WEEKDAYS = [
    *((0, "Monday"), (1, "Tuesday"), (2, "Wednesday"), (3, "Thursday"), (4, "Friday")),
    *((5, "Saturday"), (6, "Sunday")),
]


def possible_interviewers(job: Job) -> QuerySet[User]:
    """Who may read the job's people: readers, of a confidential job admins and its owner, and the job's team."""
    in_team = Exists(JobMember.objects.filter(job=job, user=OuterRef("pk")))
    roles = ADMINS if job.is_confidential else READERS
    reads = Exists(
        Membership.objects.filter(
            organization=current_organization(), user=OuterRef("pk"), role__in=roles
        )
    )
    here = User.objects.filter(memberships__organization=current_organization(), is_active=True)
    return here.filter(in_team | reads | Q(pk=job.owner_id)).order_by("name", "email").distinct()


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class InterviewersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Members to choose from, with how many times each of them offers where that was counted."""

    free: dict[int, int] | None = None

    def label_from_instance(self, user: Any) -> str:
        if self.free is None:
            return str(user)
        count = self.free.get(user.pk, 0)
        times = "1 free time" if count == 1 else f"{count} free times"
        return f"{user} · {times if count else 'no free time'}"


class InterviewForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    """An interview: who, what about, where."""

    interviewers = InterviewersField(
        queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    time_zone = forms.ChoiceField(
        label="The candidate's time zone",
        choices=time_zones,
        help_text="Mails to the candidate name times on this clock.",
    )

    class Meta:
        model = Interview
        fields = ("title", "interviewers", "minutes", "place", "time_zone", "message", "kit")
        labels: ClassVar[dict[str, str]] = {
            "message": "To the candidate",
            "kit": "For the interviewers",
        }
        widgets: ClassVar[dict[str, Any]] = {
            "message": forms.Textarea(attrs={"rows": 3}),
            "kit": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, job: Job, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["interviewers"]
        field.queryset = possible_interviewers(job)
        if job.is_confidential:
            field.help_text = (
                "The job is confidential: whoever else is to interview joins its team first."
            )
        if self.instance.pk:
            rows = self.instance.interviewers.filter(removed_at=None)
            self.initial["interviewers"] = list(rows.values_list("user_id", flat=True))


class ArrangeForm(InterviewForm):
    """A new interview: at a time of ours, or at one that the candidate chooses."""

    starts_at = MomentField(
        label="Time",
        required=False,
        help_text="On your own clock. Left empty, the candidate chooses from the times that the interviewers offer.",
    )

    class Meta(InterviewForm.Meta):
        fields = (  # type: ignore[assignment]
            *("title", "interviewers", "starts_at", "minutes", "place", "time_zone"),
            *("message", "kit", "days_ahead", "from_time", "to_time"),
        )
        labels: ClassVar[dict[str, str]] = {
            **InterviewForm.Meta.labels,
            "days_ahead": "Days ahead",
            "from_time": "Not before",
            "to_time": "Not after",
        }
        widgets: ClassVar[dict[str, Any]] = {
            **InterviewForm.Meta.widgets,
            "from_time": ClockInput(),
            "to_time": ClockInput(),
        }

    def __init__(self, *args: Any, job: Job, organizer: User, **kwargs: Any) -> None:
        super().__init__(*args, job=job, **kwargs)
        field: Any = self.fields["interviewers"]
        people = list(field.queryset.values_list("pk", flat=True))
        field.free = free_starts(people, minutes=USUAL_MINUTES, days_ahead=USUAL_DAYS)
        field.help_text = f"Free times: for {USUAL_MINUTES} minutes, within {USUAL_DAYS} days."
        managers = job.members.filter(role=JobMember.Role.HIRING_MANAGER)
        usual = [organizer.pk, *managers.values_list("user_id", flat=True)]
        # With one who offers nothing the candidate could choose nothing.
        offering = [pk for pk in usual if field.free.get(pk)]
        self.initial.setdefault("interviewers", offering or [organizer.pk])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("from_time"), cleaned.get("to_time")
        if first and last and first >= last:
            self.add_error("to_time", "This has to be later than “Not before”.")
        return cleaned


class MoveForm(forms.Form):
    """Another time, set by us."""

    starts_at = MomentField(label="New time", help_text="On your own clock.")
    edition = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def look_again(self, edition: str) -> None:
        """Whoever was told what changed meanwhile may go on from there."""
        self.data = {"starts_at": self["starts_at"].value(), "edition": edition}


class TimesForm(forms.Form):
    """Times that somebody offers: some hours of some weekdays from one day to another."""

    first = forms.DateField(
        label="From",
        widget=DayInput(),
        validators=[refuse_far_days],
    )
    last = forms.DateField(
        label="To",
        widget=DayInput(),
        validators=[refuse_far_days],
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="On", choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts = forms.TimeField(label="Between", widget=ClockInput(), initial=time(9))
    ends = forms.TimeField(label="And", widget=ClockInput(), initial=time(17))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", "This day lies before the first one.")
        if cleaned.get("starts") and cleaned.get("ends") and cleaned["starts"] >= cleaned["ends"]:
            self.add_error("ends", "This has to be later than the beginning.")
        if first and first < timezone.localdate() and last and last < timezone.localdate():
            self.add_error("last", "These days have passed.")
        return cleaned


class BookingForm(forms.Form):
    """The time that a candidate takes, as the page offered it."""

    starts_at = forms.CharField(max_length=40)

    def clean_starts_at(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.cleaned_data["starts_at"])
        except ValueError as error:
            raise forms.ValidationError("Choose one of the times.") from error
        if timezone.is_naive(moment):
            raise forms.ValidationError("Choose one of the times.")
        refuse_far_days(moment)
        return moment


class FeedForm(forms.Form):
    """Which interviews a calendar shows: one's own, or those of a job."""

    job: "forms.ModelChoiceField[Job]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="My interviews"
    )

    def __init__(self, *args: Any, jobs: QuerySet[Job], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["job"]
        field.queryset = jobs
