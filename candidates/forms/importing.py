"""Uploading a file, and saying what its columns hold and what is to become of its people."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from candidates.models import Candidate, CustomField, Import, TalentPool
from candidates.queries import possible_owners
from candidates.services.custom_fields.numbers import currency_of_title
from candidates.services.importing import uploading
from candidates.services.importing.custom import likely_kind
from candidates.services.importing.fields import CUSTOM, LABELS, NAMES, NEW, REPEATABLE, Field
from candidates.services.importing.formats.delimited import DELIMITERS
from candidates.services.importing.formats.encodings import ENCODINGS
from candidates.services.importing.guessing import Mapping
from candidates.services.importing.reading import CARDS, TABLE, WORKBOOK, Reading
from candidates.services.importing.reporting import ColumnSample
from crm.accounts.models import User

# What a column may become a new field of the organization for. A cell names a file, but is none.
NEW_KINDS = [kind for kind in CustomField.Kind if kind != CustomField.Kind.FILE]


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label="File",
        help_text="CSV, TSV, Excel, OpenDocument or vCard. Encoding, separators and titles are found by themselves.",
        widget=forms.FileInput(
            attrs={"accept": ".csv,.tsv,.tab,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,.vcf,.vcard"}
        ),
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
    )


class ReadingForm(forms.Form):
    """How the file is read. What a kind of file does not have is not asked."""

    sheet = forms.ChoiceField(label="Sheet")
    encoding = forms.ChoiceField(label="Letters are written in", choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label="Between the cells")
    header_line = forms.IntegerField(
        label="Column titles are in row",
        min_value=0,
        max_value=1_048_576,
        help_text="0 if there are none",
    )

    def __init__(self, data: Any = None, *, import_file: Import, **kwargs: Any) -> None:
        self.found = uploading.reading_of(import_file)
        super().__init__(data, initial=asdict(self.found), **kwargs)
        delimiters = {
            **DELIMITERS,
            self.found.delimiter: DELIMITERS.get(self.found.delimiter, self.found.delimiter),
        }
        self.fields["sheet"].choices = [(name, name) for name in import_file.sheets]  # type: ignore[attr-defined]
        self.fields["delimiter"].choices = list(delimiters.items())  # type: ignore[attr-defined]
        asked: dict[str, tuple[str, ...]] = {
            WORKBOOK: ("sheet", "header_line"),
            TABLE: ("encoding", "delimiter", "header_line"),
            CARDS: ("encoding",),
        }
        for name in set(self.fields) - set(asked.get(import_file.kind, ())):
            del self.fields[name]

    @property
    def reading(self) -> Reading:
        """What was chosen. Where only the rest was changed, the titles are looked for again."""
        chosen = {**asdict(self.found), **self.cleaned_data}
        if self.has_changed() and "header_line" not in self.changed_data:
            chosen["header_line"] = None
        return Reading(**chosen)


class ChoicesForm(forms.Form):
    """What a file cannot say: asked once for all its people."""

    policy = forms.ChoiceField(
        label="People who are here already",
        choices=Import.Policy.choices,
        initial=Import.Policy.FILL,
        widget=forms.RadioSelect,
    )
    source = forms.CharField(
        max_length=80,
        required=False,
        help_text="For people whose row names none",
        widget=forms.TextInput(attrs={"list": "known-sources", "autocomplete": "off"}),
    )
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")
    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        None, required=False, label="Put them into the pool", empty_label="None"
    )
    tag = forms.CharField(
        max_length=60,
        required=False,
        label="Tag for all of them",
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )
    lawful_basis = forms.ChoiceField(
        label="Why we may keep them",
        choices=Candidate.LawfulBasis.choices,
        initial=Candidate.LawfulBasis.LEGITIMATE_INTEREST,
    )

    def __init__(self, data: Any = None, *, import_file: Import, **kwargs: Any) -> None:
        chosen = {
            "policy": import_file.policy,
            "source": import_file.source.name if import_file.source else "",
            "owner": import_file.owner_id,
            "pool": import_file.pool_id,
            "tag": import_file.tag.name if import_file.tag else "",
            "lawful_basis": import_file.lawful_basis,
        }
        super().__init__(data, initial=chosen, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]
        self.fields["pool"].queryset = TalentPool.objects.filter(archived_at=None)  # type: ignore[attr-defined]


class _Select(forms.Select):
    """A select whose options were written before: a thousand columns offer the same ones."""

    def __init__(self, options: str) -> None:
        super().__init__()
        self.options_html = options

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = f'value="{escape(value or "")}"'
        # Quotes in labels are escaped: only an option looks so.
        options = self.options_html.replace(chosen, f"{chosen} selected", 1)
        attrs = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return mark_safe(f"<select{attrs}>{options}</select>")  # noqa: S308 - each escaped


def _options_of(choices: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', choices)


def _group_of(label: str, options: SafeString) -> SafeString:
    return format_html('<optgroup label="{}">{}</optgroup>', label, options)


class MappingForm(forms.Form):
    """One select for each column of the file.

    `own` are the organization's own fields that the member sees; who `makes` fields may have new ones made.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        columns: Sequence[ColumnSample],
        mapping: Mapping,
        policies: dict[str, str] | None = None,
        own: Sequence[CustomField] = (),
        makes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.columns, self.makes = columns, makes
        self.titles = {column.number: column.title for column in columns}
        self.own = {f"{CUSTOM}{one.key}": one.name for one in own}
        self._new = {kind: f"New: {kind.label.lower()}" for kind in NEW_KINDS} if makes else {}
        # The currency of amounts that name none, of columns that fill a field of amounts or could do so.
        self.currencies: dict[int, str] = {}
        money = {f"{CUSTOM}{one.key}" for one in own if one.kind == CustomField.Kind.MONEY}
        offered = self._offered()
        everywhere = self._everywhere()
        new = cache(self._new_options)
        as_chosen = [("", "As below"), *Import.ColumnPolicy.choices]
        policy_options = _options_of(as_chosen)
        for column in columns:
            kind = str(mapping.get(column.number, Field.KEEP))
            options = everywhere
            best = likely_kind(column.values, column.title)
            if makes:
                likely = new(best)
                options += _group_of(f"A new field “{column.title[:40]}”", likely)
            is_amount = best == CustomField.Kind.MONEY and (makes or money)
            if kind in money or is_amount:
                self.currencies[column.number] = currency_of_title(column.title)
            self.fields[f"column_{column.number}"] = forms.ChoiceField(
                choices=offered,
                required=False,
                label=column.title,
                initial=kind,
                widget=_Select(options),
            )
            self.fields[f"policy_{column.number}"] = forms.ChoiceField(
                choices=as_chosen,
                required=False,
                label=f"{column.title}: for people who are here already",
                initial=(policies or {}).get(kind, ""),
                widget=_Select(policy_options),
            )

    def _offered(self) -> list[tuple[str, str]]:
        """Everything that a column can become."""
        about = [(kind.value, label) for kind, label in LABELS.items()]
        new = [(f"{NEW}{kind.value}", label) for kind, label in self._new.items()]
        return [*about, *self.own.items(), *new]

    def _everywhere(self) -> SafeString:
        """The options that all columns have."""
        unnamed = (Field.KEEP, Field.LEAVE_OUT)
        about = [(kind.value, label) for kind, label in LABELS.items() if kind not in unnamed]
        options = _options_of((kind.value, LABELS[kind]) for kind in unnamed)
        options += _group_of("About the person", _options_of(about))
        if self.own:
            options += _group_of("Your own fields", _options_of(self.own.items()))
        return options

    def _new_options(self, likely: CustomField.Kind) -> SafeString:
        """The kinds of a new field; what fits the values comes first."""
        kinds = sorted(self._new, key=lambda kind: kind != likely)
        return _options_of((f"{NEW}{kind.value}", self._new[kind]) for kind in kinds)

    @property
    def lines(self) -> list[tuple[ColumnSample, forms.BoundField, forms.BoundField, str]]:
        """Each column with the fields that ask what it holds, and what it does to people here already.

        And the currency of its amounts that name none, where its title does.
        """
        return [
            (
                column,
                self[f"column_{column.number}"],
                self[f"policy_{column.number}"],
                self.currencies.get(column.number, ""),
            )
            for column in self.columns
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = self.chosen(cleaned)
        for kind in set(chosen.values()) - REPEATABLE:
            if kind.startswith(NEW):
                continue
            numbers = [number for number, taken in chosen.items() if taken == kind]
            if len(numbers) > 1:
                titles = " and ".join(f"“{self.titles[number]}”" for number in numbers)
                self.add_error(
                    f"column_{numbers[-1]}",
                    f"{titles} cannot both be the {self._label(kind)}. Keep one of them as a note.",
                )
        if not NAMES & set(chosen.values()) and Field.EMAIL not in chosen.values():
            self.add_error(None, "Say which column holds the name or the e-mail address.")
        return cleaned

    def _label(self, kind: str) -> str:
        return self.own.get(kind) or LABELS[Field(kind)].lower()

    @staticmethod
    def chosen(cleaned: dict[str, Any]) -> Mapping:
        return {
            int(name.removeprefix("column_")): value
            for name, value in cleaned.items()
            if name.startswith("column_")
        }

    @property
    def mapping(self) -> Mapping:
        return self.chosen(self.cleaned_data)

    @property
    def policies(self) -> dict[str, str]:
        """Field to policy, where one was chosen for its column."""
        chosen = {
            kind: self.cleaned_data.get(f"policy_{number}", "")
            for number, kind in self.mapping.items()
            if kind not in {Field.KEEP, Field.LEAVE_OUT} and not kind.startswith(NEW)
        }
        return {kind: policy for kind, policy in chosen.items() if policy}
