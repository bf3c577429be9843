"""Dropping résumés, and reviewing what was read out of one."""

import re
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.html import format_html
from django.utils.safestring import SafeString

from candidates.forms.people import LinesField, WordsField
from candidates.models import Candidate, Resume, TalentPool
from candidates.services.identifying import (
    countries,
    fold,
    link_address,
    normalize_email,
    normalize_link,
    normalize_phone,
)
from candidates.services.provenance import is_by_hand
from candidates.services.resumes.accepting import COLUMNS, Kept
from candidates.services.resumes.matching import values_of
from crm.web.meanwhile import MeanwhileMixin

# Below that a finding is shown first, and looked at twice.
SURE = 0.6
_ACCEPT = ".pdf,.docx,.odt,.rtf,.txt,.zip"
_MONTH = re.compile(r"(\d{4})(?:-(\d{1,2}))?")


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; gives a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # type: ignore[override]
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            raise forms.ValidationError(self.error_messages["required"])
        # Empty ones are refused one by one, with the others going on.
        return list(given)


class UploadForm(forms.Form):
    documents = FilesField(
        label="Résumés",
        widget=FilesInput(attrs={"accept": _ACCEPT, "multiple": True}),
        help_text="PDF, DOCX, ODT, RTF or text, one or hundreds at a time, also in a ZIP file.",
        error_messages={"required": "Choose at least one file."},
    )
    source = forms.CharField(
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "known-sources"}),
        help_text="Where these people come from",
    )
    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="None", help_text="Accepted people join it"
    )
    lawful_basis = forms.ChoiceField(
        choices=Candidate.LawfulBasis, initial=Candidate.LawfulBasis.LEGITIMATE_INTEREST
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = TalentPool.objects.filter(archived_at=None)  # type: ignore[attr-defined]


class OneFileForm(forms.Form):
    """A newer résumé on a person's record."""

    file = forms.FileField(
        label="Résumé",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": _ACCEPT.removesuffix(",.zip")}),
        error_messages={"required": "Choose a file."},
    )


class WorkForm(forms.Form):
    """One job. Left out unless `use` is checked."""

    use = forms.BooleanField(required=False, label="Keep")
    title = forms.CharField(max_length=200, required=False)
    company = forms.CharField(max_length=200, required=False)
    started = forms.CharField(
        max_length=7,
        required=False,
        label="From",
        widget=forms.TextInput(attrs={"placeholder": "2019-03"}),
    )
    ended = forms.CharField(
        max_length=7,
        required=False,
        label="To",
        widget=forms.TextInput(attrs={"placeholder": "2023-11"}),
    )
    is_current = forms.BooleanField(required=False, label="Still there")
    description = forms.CharField(max_length=5000, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("use"):
            return cleaned
        if not cleaned.get("title"):
            self.add_error("title", "Say what the job was, or do not keep it.")
        for name in ("started", "ended"):
            if cleaned.get(name) and not _month(cleaned[name]):
                self.add_error(name, "Write a month as 2019-03, or a year.")
        if _starts_late(cleaned.get("started", ""), cleaned.get("ended", "")):
            self.add_error("ended", "It ends before it begins.")
        return cleaned

    def as_row(self) -> dict[str, Any]:
        """Columns of WorkExperience."""
        cleaned = self.cleaned_data
        start_year, start_month = _month(cleaned["started"]) or (None, None)
        end_year, end_month = _month(cleaned["ended"]) or (None, None)
        return {
            "title": cleaned["title"],
            "company": cleaned["company"],
            "start_year": start_year,
            "start_month": start_month,
            "end_year": None if cleaned["is_current"] else end_year,
            "end_month": None if cleaned["is_current"] else end_month,
            "is_current": cleaned["is_current"],
            "description": cleaned["description"],
        }


class EducationForm(forms.Form):
    """One school or degree. Left out unless `use` is checked."""

    use = forms.BooleanField(required=False, label="Keep")
    school = forms.CharField(max_length=200, required=False)
    degree = forms.CharField(max_length=200, required=False)
    started = forms.CharField(max_length=7, required=False, label="From")
    ended = forms.CharField(max_length=7, required=False, label="To")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("use") and not cleaned.get("school"):
            self.add_error("school", "Say which school, or do not keep it.")
        for name in ("started", "ended"):
            if cleaned.get("use") and cleaned.get(name) and not _month(cleaned[name]):
                self.add_error(name, "Write a year.")
        if cleaned.get("use") and _starts_late(
            cleaned.get("started", ""), cleaned.get("ended", "")
        ):
            self.add_error("ended", "It ends before it begins.")
        return cleaned

    def as_row(self) -> dict[str, Any]:
        """Columns of Education."""
        cleaned = self.cleaned_data
        return {
            "school": cleaned["school"],
            "degree": cleaned["degree"],
            "start_year": (_month(cleaned["started"]) or (None,))[0],
            "end_year": (_month(cleaned["ended"]) or (None,))[0],
        }


def _month(text: str) -> tuple[int, int | None] | None:
    """Year and month of "2019-03" or "2019"; None for anything else."""
    match = _MONTH.fullmatch(text.strip())
    if not match or not 1930 <= int(match[1]) <= 2100:
        return None
    month = int(match[2]) if match[2] else None
    return (int(match[1]), month) if month is None or 1 <= month <= 12 else None


def _starts_late(started: str, ended: str) -> bool:
    first, last = _month(started or ""), _month(ended or "")
    return bool(first and last and first[0] > last[0])


WorkFormSet = forms.formset_factory(WorkForm, extra=0, max_num=25)
EducationFormSet = forms.formset_factory(EducationForm, extra=0, max_num=25)


class ReviewForm(MeanwhileMixin, forms.Form):
    """What was found, to be corrected and accepted; `person` is who it will be written to, if anybody yet.

    What others change on their record while it is open is shown before it is overwritten.
    """

    is_one_person = forms.BooleanField(
        label="All of it is about one person",
        error_messages={
            "required": "Two people may be in this file. Say that it is one, or split the file and discard this one."
        },
    )
    full_name = forms.CharField(max_length=200, label="Name")
    headline = forms.CharField(max_length=200, required=False, label="Current title")
    company = forms.CharField(max_length=200, required=False)
    city = forms.CharField(max_length=120, required=False)
    country = forms.ChoiceField(required=False)
    emails = LinesField(label="E-mail addresses")
    phones = LinesField(label="Phone numbers", longest=60)
    links = LinesField(label="Profile links", longest=500)
    languages = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    skills = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    more_skills = WordsField(label="More skills", longest=60, most=50)

    def __init__(self, *args: Any, resume: Resume, person: Candidate | None, **kwargs: Any) -> None:
        self.resume, self.person = resume, person
        super().__init__(*args, **kwargs)
        self.confidences: dict[str, float] = {}
        # Who seems to be in the file where it seems to be more than one.
        self.people = values_of(resume, "people")
        if not self.people:
            del self.fields["is_one_person"]
        self.fields["country"].choices = [("", "—"), *countries().items()]  # type: ignore[attr-defined]
        for column, found in COLUMNS.items():
            self._offer_column(column, found)
        known = self._known()
        for name, found in (("emails", "email"), ("phones", "phone"), ("links", "link")):
            self._offer_lines(name, found, known[name])
            if known[name]:
                self.fields[name].label = f"More {str(self.fields[name].label).lower()}"
        for name, found in (("languages", "language"), ("skills", "skill")):
            self._offer_choices(name, found, known[name])
        if first := next(iter(self.unsure()), None):
            self.fields[first[0].name].widget.attrs["data-focus"] = True

    def edits_something(self) -> bool:
        return self.person is not None

    def watched(self) -> list[str]:
        return list(COLUMNS)

    def value_held(self, field: forms.Field, name: str) -> Any:
        return getattr(self.person, name) if self.person else ""

    def _offer_column(self, column: str, found: str) -> None:
        best = next(iter(self.resume.fields.get(found) or []), None)
        offered = str(best["value"]) if best else ""
        held = str(getattr(self.person, column)) if self.person else ""
        # A value that a person typed stays unless the reviewer decides otherwise: both are shown.
        keeps = bool(held) and (
            best is None
            or float(best["confidence"]) < SURE
            or (self.person is not None and is_by_hand(self.person.provenance, column))
        )
        self.initial.setdefault(column, held if keeps else offered)
        if held and offered and fold(held) != fold(offered):
            other = offered if keeps else held
            self.fields[column].help_text = _other(
                "The résumé says" if keeps else "On the record",
                countries().get(other, other) if column == "country" else other,
                f"id_{column}",
                other,
            )
        if best and not keeps and held != offered:
            self.confidences[column] = float(best["confidence"])
        elif not held and column == "full_name":
            self.confidences[column] = 0.0

    def _known(self) -> dict[str, set[str]]:
        if self.person is None:
            return {name: set() for name in ("emails", "phones", "links", "languages", "skills")}
        person = self.person
        return {
            "emails": set(person.emails.values_list("normalized", flat=True)),
            "phones": set(person.phones.values_list("normalized", flat=True)),
            "links": set(person.links.values_list("normalized", flat=True)),
            "languages": set(person.languages.values_list("normalized", flat=True)),
            "skills": set(person.candidate_skills.values_list("skill__normalized", flat=True)),
        }

    def _offer_lines(self, name: str, found: str, known: set[str]) -> None:
        country = next(iter(values_of(self.resume, "country")), "")
        normalize = {
            "emails": lambda value: normalize_email(value) or "",
            "phones": lambda value: normalize_phone(value, country=country),
            "links": normalize_link,
        }[name]
        new = [
            one
            for one in self.resume.fields.get(found) or []
            if normalize(str(one["value"])) not in known and str(one["value"]) not in known
        ]
        sure = [one for one in new if one["confidence"] >= 0.5]
        left_out = [str(one["value"]) for one in new if one["confidence"] < 0.5]
        self.initial.setdefault(name, [str(one["value"]) for one in sure])
        if sure:
            self.confidences[name] = min(float(one["confidence"]) for one in sure)
        if left_out:
            self.fields[name].help_text = format_html(
                "Also in the text: {}", ", ".join(left_out[:4])
            )

    def _offer_choices(self, name: str, found: str, known: set[str]) -> None:
        new = [
            one
            for one in self.resume.fields.get(found) or []
            if fold(str(one["value"]).partition(" (")[0]) not in known
        ]
        self.fields[name].choices = [(str(one["value"]), str(one["value"])) for one in new]  # type: ignore[attr-defined]
        self.initial.setdefault(
            name, [str(one["value"]) for one in new if one["confidence"] >= SURE]
        )

    def unsure(self) -> list[tuple[forms.BoundField, int]]:
        """Fields to look at first with their confidence in percent, the least sure on top."""
        doubtful = {name: sure for name, sure in self.confidences.items() if sure < SURE}
        names = sorted(doubtful, key=lambda name: doubtful[name])
        return [(self[name], round(doubtful[name] * 100)) for name in names]

    def sure(self) -> list[forms.BoundField]:
        """The other fields that are typed, in their order."""
        first = {field.name for field, _ in self.unsure()}
        typed = [*COLUMNS, "emails", "phones", "links"]
        return [self[name] for name in typed if name not in first]

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def clean_emails(self) -> list[str]:
        addresses: list[str] = self.cleaned_data["emails"]
        for address in addresses:
            if normalize_email(address) is None:
                raise forms.ValidationError(f"“{address}” is not an e-mail address.")
        return addresses

    def clean_links(self) -> list[str]:
        urls = []
        for given in self.cleaned_data["links"]:
            url = link_address(given)
            if not url:
                raise forms.ValidationError(f"“{given[:60]}” is not a web address.")
            URLValidator(schemes=["http", "https"])(url)
            urls.append(url)
        return urls

    def kept(self, work: Any, education: Any) -> Kept:
        """What the reviewer kept, with the jobs and schools of the two formsets."""
        cleaned = self.cleaned_data
        return Kept(
            columns={name: cleaned[name] for name in COLUMNS},
            emails=cleaned["emails"],
            phones=cleaned["phones"],
            links=cleaned["links"],
            skills=[*cleaned["skills"], *cleaned["more_skills"]],
            languages=cleaned["languages"],
            work=[form.as_row() for form in work if form.cleaned_data.get("use")],
            education=[form.as_row() for form in education if form.cleaned_data.get("use")],
        )


def _other(words: str, shown: str, field: str, value: str) -> SafeString:
    """The value that was not put into the field, and a button that does."""
    return format_html(
        '{}: <b>{}</b> <button type="button" class="btn ghost sm js-only" data-fill="{}" value="{}">Use this</button>',
        words,
        shown,
        field,
        value,
    )


def entries_offered(resume: Resume) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """First values of the two formsets."""
    work = [
        {
            "use": bool(one["title"]) and one["confidence"] >= SURE,
            "title": one["title"],
            "company": one["organization"],
            "started": one["started"],
            "ended": one["ended"],
            "is_current": one["is_current"],
            "description": one["summary"],
        }
        for one in resume.fields.get("work") or []
    ]
    education = [
        {
            "use": bool(one["organization"]) and one["confidence"] >= SURE,
            "school": one["organization"],
            "degree": one["title"],
            "started": one["started"],
            "ended": one["ended"],
        }
        for one in resume.fields.get("education") or []
    ]
    return work, education
