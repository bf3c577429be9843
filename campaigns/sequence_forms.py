"""Forms of sequences and their steps, of mails for one person, and of the organization's limits."""

from collections.abc import Iterable
from typing import Any

from django import forms

from campaigns.forms import MIDNIGHT, WEEKDAYS, members
from campaigns.models import (
    AutoEnrollment,
    Sender,
    Sequence,
    Step,
    hired_alone,
)
from campaigns.queries import stage_names
from campaigns.schedule import countries_with_holidays
from campaigns.services import locating, rendering
from campaigns.services.languages import LANGUAGES, language_name
from campaigns.services.permissions import senders_for
from campaigns.services.sequences import StepDetails
from candidates.models import TalentPool
from candidates.services.identifying import countries
from crm.accounts.models import User
from crm.web.forms import DayInput
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
            *("stop_kinds", "stop_names"),
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


class StepForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    """One step. Merge fields are checked here, with their place, before anything is saved."""

    # The fields of the other kinds are hidden: the browser must not insist on them.
    use_required_attribute = False
    OTHERS = "bcd"

    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Choose a pool"
    )
    subject_b = forms.CharField(label="Subject of B", required=False, max_length=200)
    body_b = forms.CharField(
        label="Text of B", required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    subject_c = forms.CharField(label="Subject of C", required=False, max_length=200)
    body_c = forms.CharField(
        label="Text of C", required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    subject_d = forms.CharField(label="Subject of D", required=False, max_length=200)
    body_d = forms.CharField(
        label="Text of D", required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    new_language = forms.ChoiceField(
        label="Another language",
        required=False,
        choices=[("", "None"), *((code, language_name(code)) for code in LANGUAGES)],
    )
    new_subject = forms.CharField(label="Subject in it", required=False, max_length=200)
    new_body = forms.CharField(
        label="Text in it", required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    whom = forms.ChoiceField(
        label="Who gets the change",
        choices=[
            ("new", "People who join from now on"),
            ("all", "Also the people on it who have not reached it"),
        ],
        initial="new",
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Step
        fields = (
            *("kind", "wait_business_days", "on_date", "subject", "body", "task_title"),
            *("pool", "pool_act"),
        )
        labels = {
            "wait_business_days": "Wait",
            "on_date": "Or on a day",
            "body": "Text",
            "task_title": "Task",
            "pool_act": "Do what",
        }
        help_texts = {
            "wait_business_days": "Business days after the step before. 0 is at once.",
            "on_date": (
                "For a fixed day; on a day without hours it goes on the next one. "
                "Whose turn comes later passes this step over."
            ),
            "subject": "The first mail needs one. Later ones without answer in the same thread.",
            "task_title": "What the owner of the sequence has to do then.",
        }
        error_messages = {
            "body": {"required": "Write the mail."},
            "task_title": {"required": "Say what is to be done."},
            "pool": {"required": "Choose a pool."},
        }
        widgets = {
            "kind": forms.RadioSelect,
            "body": forms.Textarea(attrs={"rows": 10, "data-editor": ""}),
            "wait_business_days": forms.NumberInput(attrs={"min": 0, "max": 260}),
            "on_date": DayInput(),
        }

    def __init__(
        self, *args: Any, translations: Iterable[tuple[str, str, str]] = (), **kwargs: Any
    ) -> None:
        """`translations` are the texts in other languages that a new step begins with."""
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Step.Kind.choices  # type: ignore[attr-defined]
        self.fields["pool_act"].choices = Step.PoolAct.choices  # type: ignore[attr-defined]
        pools = TalentPool.objects.filter(archived_at=None).order_by("name")
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]
        kind = self["kind"].value()
        self.fields["body"].required = kind == Step.Kind.MAIL
        self.fields["task_title"].required = kind == Step.Kind.TASK
        self.fields["pool"].required = kind == Step.Kind.POOL
        if self.instance.pk:
            self.initial["pool"] = self.instance.pool_id
            for variant in self.instance.variants.exclude(letter=""):
                self.initial[f"subject_{variant.letter.lower()}"] = variant.subject
                self.initial[f"body_{variant.letter.lower()}"] = variant.body
            translated = self.instance.variants.exclude(language="")
            translations = translated.values_list("language", "subject", "body")
        self._add_languages(translations)

    def _add_languages(self, translations: Iterable[tuple[str, str, str]]) -> None:
        """A subject and a text for each language that there is one in, or that was posted."""
        posted = [code for code in LANGUAGES if self.is_bound and f"body_{code}" in self.data]
        known = {code: (subject, body) for code, subject, body in translations}
        self.languages = sorted({*known, *posted})
        for code in self.languages:
            name = language_name(code)
            self.fields[f"subject_{code}"] = forms.CharField(
                label=f"Subject in {name}", required=False, max_length=200
            )
            self.fields[f"body_{code}"] = forms.CharField(
                label=f"Text in {name}", required=False, widget=forms.Textarea(attrs={"rows": 6})
            )
            subject, body = known.get(code, ("", ""))
            self.initial[f"subject_{code}"], self.initial[f"body_{code}"] = subject, body

    def clean_subject(self) -> str:
        return self._checked("subject", Step.Kind.MAIL)

    def clean_body(self) -> str:
        return self._checked("body", Step.Kind.MAIL, Step.Kind.CALL, Step.Kind.TEXT)

    def clean_task_title(self) -> str:
        return self._checked("task_title", *Step.BY_HAND)

    def _checked(self, name: str, *kinds: Step.Kind) -> str:
        """The text of a field, or nothing in a step of another kind."""
        text: str = self.cleaned_data[name]
        if self.cleaned_data.get("kind") not in kinds:
            return ""
        problems = rendering.check(text)
        if problems:
            raise forms.ValidationError([str(problem) for problem in problems])
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for letter in self.OTHERS:
            self._check_pair(data, f"subject_{letter}", f"body_{letter}")
        for code in self.languages:
            self._check_pair(data, f"subject_{code}", f"body_{code}", has_subject=True)
        self._check_pair(data, "new_subject", "new_body", has_subject=True)
        language = data.get("new_language", "")
        if data.get("new_body", "").strip() and not language:
            self.add_error("new_language", "Say which language this text is in.")
        elif language and not data.get("new_body", "").strip():
            self.add_error("new_body", f"Write the text in {language_name(language)}.")
        elif language in self.languages:
            self.add_error("new_language", "There is a text in this language already.")
        if data.get("kind") != Step.Kind.POOL:
            data["pool"], data["pool_act"] = None, ""
        return data

    def _check_pair(
        self, data: dict[str, Any], subject: str, body: str, *, has_subject: bool = False
    ) -> None:
        """Another subject and text; `has_subject`: as the step's own has one, so must they."""
        for name in (subject, body):
            for problem in rendering.check(data.get(name, "")):
                self.add_error(name, str(problem))
        is_written = bool(data.get(body, "").strip())
        if data.get(subject) and not is_written:
            self.add_error(body, "Write the text too, or empty the subject.")
        elif has_subject and is_written and data.get("subject") and not data.get(subject):
            self.add_error(subject, "Give the subject in this language too.")

    @property
    def in_languages(self) -> "list[tuple[str, forms.BoundField, forms.BoundField]]":
        """The fields of the other languages, by the language's name."""
        return [
            (language_name(code), self[f"subject_{code}"], self[f"body_{code}"])
            for code in self.languages
        ]

    @property
    def others(self) -> "list[tuple[str, forms.BoundField, forms.BoundField]]":
        """The other wordings' fields, by letter."""
        return [
            (letter.upper(), self[f"subject_{letter}"], self[f"body_{letter}"])
            for letter in self.OTHERS
        ]

    @property
    def has_others(self) -> bool:
        return any(body.value() for _, _, body in self.others)

    def moves(self) -> bool:
        """Whether the people who are on the sequence are moved along."""
        return bool(self.cleaned_data.get("whom") == "all")

    def details(self) -> StepDetails:
        data = self.cleaned_data
        is_mail = data["kind"] == Step.Kind.MAIL
        variants = tuple(
            (data[f"subject_{letter}"], data[f"body_{letter}"])
            for letter in self.OTHERS
            if is_mail and data[f"body_{letter}"].strip()
        )
        pairs = [(code, data[f"subject_{code}"], data[f"body_{code}"]) for code in self.languages]
        pairs.append((data["new_language"], data["new_subject"], data["new_body"]))
        return StepDetails(
            **{name: data[name] for name in self.Meta.fields},
            variants=variants,
            translations=tuple(pair for pair in pairs if is_mail and pair[2].strip()),
        )


class PersonalMailForm(forms.Form):
    """The words of one step for one person."""

    subject = forms.CharField(
        max_length=200, required=False, help_text="Empty: an answer in the same thread."
    )
    body = forms.CharField(
        label="Text", widget=forms.Textarea(attrs={"rows": 12, "data-editor": ""})
    )

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_body(self) -> str:
        return self._checked("body")

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        problems = rendering.check(text)
        if problems:
            raise forms.ValidationError([str(problem) for problem in problems])
        return text


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
