"""The small forms on a person's record, and on the pages of pools and tasks."""

from typing import Any

from django import forms

from candidates.models import Candidate, Note, Skill, Tag, TalentPool, Task
from candidates.queries import possible_owners, possible_readers
from candidates.queries.search import ANY_READER, PeopleQuery, QueryError, parse
from candidates.services.notes import mentioned
from candidates.services.smart_pools import refuse_unusable, rule_in_words
from crm.accounts.models import User
from crm.web.errors import DomainError
from crm.web.forms import DayInput
from crm.web.meanwhile import MeanwhileMixin


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A note and who sees it: everyone, some colleagues, or its author alone."""

    EVERYONE, SOME, ME = "everyone", "some", "me"

    seen_by = forms.ChoiceField(
        label="Seen by",
        required=False,
        choices=[(EVERYONE, "Everyone"), (SOME, "Named people"), (ME, "Only me")],
    )
    readers = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple()
    )

    class Meta:
        model = Note
        fields = ["body"]
        labels = {"body": "Note"}
        widgets = {
            "body": forms.Textarea(
                attrs={
                    "rows": 2,
                    "placeholder": "Write a note… @ mentions a colleague",
                    "maxlength": 20_000,
                    "data-mentions": "",
                }
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["readers"].queryset = possible_readers()  # type: ignore[attr-defined]
        if self.instance.pk:
            readers = [reader.user_id for reader in self.instance.readers.all()]
            private = self.SOME if readers else self.ME
            self.initial.update(
                {
                    "readers": readers,
                    "seen_by": private if self.instance.is_private else self.EVERYONE,
                }
            )

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if len(body) > 20_000:
            raise forms.ValidationError("A note holds at most 20,000 characters.")
        return body

    def values(self) -> dict[str, Any]:
        """What `add_note` and `edit_note` take."""
        seen_by = self.cleaned_data["seen_by"] or self.EVERYONE
        return {
            "body": self.cleaned_data["body"],
            "is_private": seen_by != self.EVERYONE,
            "readers": self.cleaned_data["readers"] if seen_by == self.SOME else [],
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("seen_by") == self.SOME and not cleaned.get("readers"):
            # Who is mentioned reads it.
            cleaned["readers"] = mentioned(cleaned.get("body", ""))
            if not cleaned["readers"]:
                self.add_error("readers", "Choose at least one colleague.")
        return cleaned


class ContactForm(forms.Form):
    """A call, message or meeting in two fields; more, if there is more to say."""

    kind = forms.ChoiceField(
        label="What happened",
        choices=[
            ("call", "Call"),
            ("text", "Text message"),
            ("social", "LinkedIn message"),
            ("meeting", "Meeting"),
        ],
    )
    summary = forms.CharField(
        label="What came of it",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Open to a move in spring…"}),
    )
    body = forms.CharField(
        label="Details",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "What was said…"}),
    )


class TaskForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Task
        fields = [
            "title",
            "due_on",
            "due_time",
            "assignee",
            "repeat_unit",
            "repeat_every",
            "repeat_until",
        ]
        labels = {"title": "Task", "due_on": "Due", "assignee": "For"}
        help_texts = {"due_time": ""}
        widgets = {
            "title": forms.TextInput(attrs={"placeholder": "What is to be done…"}),
            "due_on": DayInput(),
            "due_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "repeat_until": DayInput(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = possible_owners()  # type: ignore[attr-defined]
        self.fields["assignee"].empty_label = "Nobody"  # type: ignore[attr-defined]
        self.fields["repeat_every"].required = False

    def clean_repeat_every(self) -> int:
        return self.cleaned_data["repeat_every"] or 1

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        day = cleaned.get("due_on")
        if not day and "due_on" not in self.errors:
            if cleaned.get("repeat_unit"):
                self.add_error("due_on", "A task that repeats needs a day.")
            elif cleaned.get("due_time"):
                self.add_error("due_on", "Name the day too.")
        until = cleaned.get("repeat_until")
        if day and until and until < day:
            self.add_error("repeat_until", "This is before the task is due.")
        return cleaned


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]


class StatusForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Candidate
        fields = ["status"]


class LabelForm(forms.Form):
    """A word to put on a person, or one to take off."""

    add = forms.CharField(max_length=60, required=False)

    def __init__(self, *args: Any, label: type[Tag | Skill], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remove"] = forms.ModelChoiceField(label.objects.all(), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(cleaned.get("add")) == bool(cleaned.get("remove")):
            self.add_error("add", "Write a word.")
        return cleaned


class JoinPoolForm(forms.Form):
    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, empty_label="Choose a pool"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = TalentPool.objects.filter(archived_at=None)  # type: ignore[attr-defined]


class PoolForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    """A pool; with a `rule`, as one types a search, a smart one."""

    field_order = ("name", "description", "rule", "picked_by_hand")

    rule = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="A search, such as: skill:python city:lisbon contacted:>90d. Whoever matches is in the pool, from now on. "
        "Empty: the pool is picked by hand.",
    )
    picked_by_hand = forms.BooleanField(
        required=False, label="From now on the pool is picked by hand"
    )

    class Meta:
        model = TalentPool
        fields = [
            *("name", "description", "owner", "team", "target_size", "target_on"),
            "cold_after_days",
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "target_on": DayInput(),
        }
        help_texts = {"description": "What the pool is for, and who belongs into it"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = "Nobody"  # type: ignore[attr-defined]
        self.query: PeopleQuery | None = None
        if self.instance.is_smart:
            self.initial["rule"] = rule_in_words(self.instance)
        if not self._gives_up_the_rule():
            del self.fields["picked_by_hand"]

    def _gives_up_the_rule(self) -> bool:
        return self.is_bound and self.instance.is_smart and not self.data.get("rule", "").strip()

    def clean_picked_by_hand(self) -> bool:
        """Whoever empties the rule says so twice: it cannot be told afterwards who came by it."""
        if not self.cleaned_data["picked_by_hand"]:
            raise forms.ValidationError(
                "The rule is empty. Write one again, or tick this: those who are in the pool now stay, and nobody "
                "comes or goes by itself any more."
            )
        return True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if "picked_by_hand" in self.fields and not self._gives_up_the_rule():
            # Somebody else has written a rule meanwhile, which the form shows now: nobody gives one up.
            del self.fields["picked_by_hand"]
            self.errors.pop("picked_by_hand", None)
        return cleaned

    def clean_rule(self) -> str:
        """The rule as it was typed; `query` is what it means, None for none. Where it cannot be read, the field says why."""
        text: str = self.cleaned_data["rule"].strip()
        if not text:
            return text
        try:
            query = PeopleQuery(parse(text, searcher=ANY_READER))
        except QueryError as wrong:
            raise forms.ValidationError(wrong.sentence) from None
        try:
            refuse_unusable(query, pool=self.instance if self.instance.pk else None)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from None
        self.query = query
        return text

    def data_for_service(self) -> dict[str, Any]:
        """The fields as the services take them: the rule is the pool's query."""
        fields = dict(self.cleaned_data)
        fields.pop("picked_by_hand", None)
        fields.pop("rule")
        return fields | {"query": self.query}

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if TalentPool.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a pool with this name.")
        return name
