"""Forms of a sequence's steps, and of a step's mail for one person."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from campaigns.models import Sequence, Step
from campaigns.services import rendering, timing
from campaigns.services.languages import LANGUAGES, language_name
from campaigns.services.sequences import StepDetails
from candidates.models import TalentPool
from crm.web.forms import DayInput
from crm.web.meanwhile import MeanwhileMixin


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
                "For a fixed day. On a holiday of a recipient's own it goes on the next day with hours. "
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
        self,
        *args: Any,
        sequence: Sequence,
        translations: Iterable[tuple[str, str, str]] = (),
        **kwargs: Any,
    ) -> None:
        """A step of `sequence`. `translations` are the texts in other languages that a new one begins with."""
        super().__init__(*args, **kwargs)
        self.sequence = sequence
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

    def clean_on_date(self) -> date | None:
        """A day on which something goes. One that was chosen before stays: the hours may have changed since."""
        day: date | None = self.cleaned_data["on_date"]
        problem = ""
        if day and day != self.instance.on_date:
            problem = timing.why_not_on(self.sequence, day)
        if problem:
            raise forms.ValidationError(problem)
        return day

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
