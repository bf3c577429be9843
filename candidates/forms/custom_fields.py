"""Custom fields on forms: what an owner has in them, and the fields themselves."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from candidates.models import CustomField, CustomValue
from candidates.queries import FieldValues, is_taken
from candidates.services.custom_fields import Reader, ValueTaken, ValueUnreadable
from candidates.services.custom_fields.files import ACCEPTED, refuse_unsafe
from candidates.services.custom_fields.numbers import parse_number, split_money
from crm.accounts.models import User
from crm.web.forms import DayInput
from crm.web.meanwhile import MeanwhileMixin

Kind = CustomField.Kind
PREFIX = "custom_"


class FileInput(forms.ClearableFileInput):
    template_name = "widgets/file.html"


class HeldFile:
    """A file that is there, as the form's widget wants it: its name and where it is fetched."""

    def __init__(self, value: CustomValue) -> None:
        self.name = value.shown
        self.url = value.file_url

    def __str__(self) -> str:
        return self.name


class CustomFieldsForm(MeanwhileMixin, forms.Form):
    """A form field for each custom field that the member sees; `values()` is what `set_values` takes."""

    # It stands below other forms, and no key of a field comes without its prefix.
    seen_name = "seen_of_fields"

    def __init__(
        self,
        *args: Any,
        held: Sequence[FieldValues],
        owner_id: int | None = None,
        members: Iterable[tuple[int, str]] = (),
        only: str = "",
        **kwargs: Any,
    ) -> None:
        self.held = {
            f"{PREFIX}{one.field.key}": one for one in held if not only or one.field.key == only
        }
        self.owner_id = owner_id
        super().__init__(*args, **kwargs)
        self.reader = Reader(one.field for one in held)
        self.members = list(members)
        for name, one in self.held.items():
            self.fields[name] = self._form_field(one.field)
            self.initial[name] = self._initial(one)

    def edits_something(self) -> bool:
        return bool(self.owner_id and self.held)

    def _form_field(self, field: CustomField) -> forms.Field:
        common: dict[str, Any] = {
            "label": field.name,
            "required": field.is_required,
            "help_text": field.help_text,
        }
        if field.kind in {Kind.SINGLE, Kind.MULTIPLE}:
            names = [(option.name, option.name) for option in self._options(field)]
            if field.kind == Kind.SINGLE:
                return forms.ChoiceField(choices=[("", "—"), *names], **common)
            return forms.MultipleChoiceField(
                choices=names, widget=forms.CheckboxSelectMultiple(), **common
            )
        if field.kind == Kind.FILE:
            # A page that is drawn again keeps the file that was chosen.
            kept = {"accept": ACCEPTED, "hx-preserve": "true"}
            return forms.FileField(widget=FileInput(attrs=kept), allow_empty_file=True, **common)
        if field.kind == Kind.BOOLEAN:
            return forms.ChoiceField(choices=[("", "—"), ("yes", "Yes"), ("no", "No")], **common)
        if field.kind == Kind.MEMBER:
            members = [(str(pk), name) for pk, name in self.members]
            return forms.ChoiceField(choices=[("", "—"), *members], **common)
        widget: forms.Widget = forms.TextInput()
        if field.kind == Kind.LONG_TEXT:
            widget = forms.Textarea(attrs={"rows": 4})
        elif field.kind == Kind.DATE:
            widget = DayInput()
        elif field.kind in {Kind.NUMBER, Kind.MONEY}:
            placeholder = "85,000 EUR" if field.kind == Kind.MONEY else ""
            widget = forms.TextInput(attrs={"inputmode": "decimal", "placeholder": placeholder})
        elif field.kind == Kind.URL:
            widget = forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://…"})
        return forms.CharField(widget=widget, max_length=20_000, **common)

    def _options(self, field: CustomField) -> list[Any]:
        """The open choices, and an archived one that the owner has already."""
        held = next(one for one in self.held.values() if one.field.pk == field.pk)
        choices = list(field.choices)  # type: ignore[attr-defined]
        known = {option.pk for option in choices}
        kept = [value.option for value in held.values if value.option_id not in known]
        # What is there may stay, although nobody else can choose it any more.
        self.reader.options[field.pk] |= {option.normalized: option for option in kept if option}
        return [*choices, *(option for option in kept if option)]

    def _initial(self, one: FieldValues) -> Any:
        kind = one.field.kind
        if kind == Kind.MULTIPLE:
            return [value.shown for value in one.values]
        if not one.values:
            return ""
        value = one.values[0]
        if kind == Kind.FILE:
            return HeldFile(value)
        if kind == Kind.BOOLEAN:
            return "yes" if value.yes else "no"
        if kind == Kind.MEMBER:
            return str(value.member_id)
        number = value.number
        if (
            kind == Kind.MONEY
            and number is not None
            and parse_number(split_money(value.shown)[0]) != number
        ):
            # An amount with thousandths is given a fourth digit: what is saved unchanged stays the same.
            return f"{number.quantize(Decimal('0.0001'))} {value.currency}".strip()
        return value.day if kind == Kind.DATE else value.shown

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, given in list(cleaned.items()):
            field = self.held[name].field
            try:
                if field.kind == Kind.FILE:
                    if isinstance(given, UploadedFile):
                        refuse_unsafe(field, given)
                    continue
                rows = self.reader.read(field, self._as_given(field, given))
            except ValueUnreadable as problem:
                self.add_error(name, str(problem).removeprefix(f"{field.name}: "))
                continue
            keys = [columns["unique_key"] for columns in rows if "unique_key" in columns]
            if keys and is_taken(field, keys[0], but=self.owner_id):
                self.add_error(name, ValueTaken(field).why)
        return cleaned

    def values(self) -> dict[str, Any]:
        """What was given by the keys of the fields; a file that stays as it is stands for nothing."""
        return {
            self.held[name].field.key: self._as_given(self.held[name].field, given)
            for name, given in self.cleaned_data.items()
            if not isinstance(given, HeldFile) and given is not None
        }

    def ask_for_files_again(self) -> None:
        """A browser sends no file twice: say so where the form comes back for another reason."""
        for name in self.files:
            if name in self.fields:
                self.add_error(name, "Choose the file again.")

    @staticmethod
    def _as_given(field: CustomField, given: Any) -> Any:
        if field.kind == Kind.FILE and given is False:
            return ""
        return int(given) if field.kind == Kind.MEMBER and given else given


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A custom field as an admin describes it. What it is of, its kind and its key are chosen once."""

    options = forms.CharField(
        label="Choices",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One a line, in this order. A choice that goes stays where people have it already.",
    )

    class Meta:
        model = CustomField
        fields = [
            "subject", "name", "kind", "help_text", "is_required", "is_unique", "is_searchable",
            "visible_to",
        ]  # fmt: skip
        labels = {"help_text": "Hint below the field", "visible_to": "Who sees it"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["kind"], self.fields["subject"]
            if self.instance.subject != CustomField.Subject.CANDIDATE:
                del self.fields["is_searchable"]
            if self.instance.has_options:
                names = self.instance.options.filter(archived_at=None).values_list(
                    "name", flat=True
                )
                self.initial["options"] = "\n".join(names)
            else:
                del self.fields["options"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def settings(self) -> dict[str, Any]:
        """What `add_field` and `edit_field` take."""
        chosen = {name: self.cleaned_data[name] for name in self.fields if name != "options"}
        if "options" in self.fields:
            chosen["options"] = self.cleaned_data["options"].splitlines()
        return chosen


def member_choices(users: Iterable[User]) -> list[tuple[int, str]]:
    return [(user.pk, str(user)) for user in users]
