"""Adding and editing a person by hand."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.html import format_html

from candidates.models import Candidate, Suppression
from candidates.queries import address_owners, possible_owners
from candidates.services.duplicates.finding import find_lookalikes
from candidates.services.duplicates.keys import facts_from
from candidates.services.identifying import (
    countries,
    link_address,
    normalize_email,
    normalize_link,
    normalize_phone,
)
from candidates.services.suppressing import suppressed_reasons
from crm.accounts.models import User
from crm.web.meanwhile import MeanwhileMixin, TogetherField


class LinesField(TogetherField):
    """Several values, one a line; gives a list."""

    widget = forms.Textarea(attrs={"rows": 2, "class": "lines"})

    def __init__(self, *, most: int = 20, longest: int = 254, **kwargs: Any) -> None:
        self.most, self.longest = most, longest
        super().__init__(required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        lines = [line.strip() for line in (value or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def validate(self, value: Any) -> None:
        if len(value) > self.most:
            raise forms.ValidationError(f"At most {self.most}, please.")
        for line in value:
            if len(line) > self.longest:
                raise forms.ValidationError(f"“{line[:40]}…” is too long.")

    def run_validators(self, value: Any) -> None:
        for line in value:
            super().run_validators(line)


class WordsField(LinesField):
    """Several words, with commas between them; gives a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return super().to_python((value or "").replace(",", "\n"))


# What people are told apart by.
IDENTIFYING = frozenset({"full_name", "company", "city", "emails", "phones", "links"})


def _identifiers(cleaned: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        *(("email", normalize_email(address) or "") for address in cleaned["emails"]),
        *(
            ("phone", normalize_phone(number, country=cleaned["country"]))
            for number in cleaned["phones"]
        ),
        *(("profile", normalize_link(url)) for url in cleaned["links"]),
    ]


class CandidateForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    """Everything a recruiter types about a person. Saving is the service's."""

    emails = LinesField(
        label="E-mail addresses", help_text="One a line. The first is the one we write to."
    )
    phones = LinesField(
        label="Phone numbers", help_text="One a line, as you have them.", longest=60
    )
    links = LinesField(
        label="Profile links", help_text="One a line: LinkedIn, GitHub, a page.", longest=500
    )
    source = forms.CharField(
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "known-sources"}),
        help_text="Where we know the person from",
    )
    country = forms.ChoiceField(required=False)

    class Meta:
        model = Candidate
        fields = [
            "full_name",
            "preferred_name",
            "headline",
            "company",
            "city",
            "country",
            "salary_expectation",
            "status",
            "lawful_basis",
            "owner",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = "Nobody"  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "—"), *countries().items()]  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial.update(
                {
                    "source": self.instance.source.name if self.instance.source else "",
                    "emails": [
                        row.address for row in self.instance.emails.order_by("-is_primary", "pk")
                    ],
                    "phones": [row.number for row in self.instance.phones.order_by("pk")],
                    "links": [row.url for row in self.instance.links.order_by("pk")],
                }
            )

    def clean_emails(self) -> list[str]:
        addresses: list[str] = self.cleaned_data["emails"]
        for address in addresses:
            if normalize_email(address) is None:
                raise forms.ValidationError(f"“{address}” is not an e-mail address.")
        for taken in address_owners(
            [normalize_email(address) or "" for address in addresses], but=self.instance.pk
        ):
            raise forms.ValidationError(
                format_html(
                    '{} belongs to <a class="link" href="{}">{}</a> already.',
                    taken.address,
                    taken.candidate.get_absolute_url(),
                    taken.candidate,
                )
            )
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

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def clean_source(self) -> str:
        return " ".join(self.cleaned_data["source"].split())

    def doubts(self) -> list[tuple[Candidate | None, str]]:
        """Who may be the same person, each with the reasons; of an edited person only if that changed."""
        cleaned = self.cleaned_data
        if self.instance.pk and not IDENTIFYING.intersection(self.changed_data):
            return []
        facts = facts_from(
            name=cleaned["full_name"],
            **{name: cleaned[name] for name in ("preferred_name", "company", "city", "country")},
            **{name: cleaned[name] for name in ("emails", "phones", "links")},
        )
        found: list[tuple[Candidate | None, str]] = [
            (one.candidate, one.reason) for one in find_lookalikes(facts, but=self.instance.pk)
        ]
        reasons = set().union(*suppressed_reasons(_identifiers(cleaned)).values())
        if not self.instance.pk and reasons & {
            Suppression.Reason.ERASED,
            Suppression.Reason.OBJECTED,
        }:
            found.append(
                (
                    None,
                    "Somebody with these details asked to be forgotten, or not to be written to.",
                )
            )
        return found

    def data_for_service(self) -> dict[str, Any]:
        """What `create_candidate` and `edit_candidate` take; the source is still a name."""
        return {name: self.cleaned_data[name] for name in self.fields if name != self.seen_name}


class NewCandidateForm(CandidateForm):
    """The same, with what one only types for a new person."""

    skills = WordsField(label="Skills", help_text="With commas between them", longest=60, most=50)
    tags = WordsField(
        label="Tags",
        help_text="Your own words for sorting people, with commas between them",
        longest=60,
        most=50,
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("owner", by.pk)
