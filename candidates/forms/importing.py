"""Uploading a file, and saying what its columns hold and what is to become of its people."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django import forms

from candidates.models import Candidate, CustomField, Import, TalentPool
from candidates.queries import possible_owners
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
        for column in columns:
            kind = str(mapping.get(column.number, Field.KEEP))
            self.fields[f"column_{column.number}"] = forms.ChoiceField(
                choices=self._choices(column),
                required=False,
                label=column.title,
                initial=kind,
            )
            self.fields[f"policy_{column.number}"] = forms.ChoiceField(
                choices=[("", "As below"), *Import.ColumnPolicy.choices],
                required=False,
                label=f"{column.title}: for people who are here already",
                initial=(policies or {}).get(kind, ""),
            )

    def _choices(self, column: ColumnSample) -> list[Any]:
        about = [
            (kind.value, label)
            for kind, label in LABELS.items()
            if kind not in {Field.KEEP, Field.LEAVE_OUT}
        ]
        choices: list[Any] = [
            (Field.KEEP.value, LABELS[Field.KEEP]),
            (Field.LEAVE_OUT.value, LABELS[Field.LEAVE_OUT]),
            ("About the person", about),
        ]
        if self.own:
            choices.append(("Your own fields", list(self.own.items())))
        if self.makes:
            # What fits the values comes first.
            likely = likely_kind(column.values)
            kinds = sorted(NEW_KINDS, key=lambda kind: kind != likely)
            new = [(f"{NEW}{kind.value}", f"New: {kind.label.lower()}") for kind in kinds]
            choices.append((f"A new field “{column.title[:40]}”", new))
        return choices

    @property
    def lines(self) -> list[tuple[ColumnSample, forms.BoundField, forms.BoundField]]:
        """Each column with the fields that ask what it holds, and what it does to people here already."""
        return [
            (column, self[f"column_{column.number}"], self[f"policy_{column.number}"])
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
