"""Who is to be merged, which record stays, and whose value stands in each field."""

from typing import Any

from django import forms
from django.http import QueryDict

from candidates.models import Candidate, MatchingRules
from candidates.services.duplicates.scoring import UNSEEN
from candidates.services.merging.comparing import choose_survivor
from candidates.services.merging.merging import MOST_AT_ONCE
from candidates.services.provenance import FIELDS
from crm.web.errors import DomainError
from crm.web.ids import is_id


def chosen_people(data: QueryDict) -> list[Candidate]:
    """The people that are to be compared, the oldest record first; from a link, or from a list's selection.

    A selection of more than can be compared is refused.
    """
    picked = [int(value) for value in data.getlist("ids") if is_id(value)]
    if data.get("everything") or len(picked) > MOST_AT_ONCE:
        raise DomainError(f"Choose two to {MOST_AT_ONCE} records to merge.")
    ids = [*picked, *(int(value) for value in data.getlist("people") if is_id(value))]
    people = Candidate.objects.filter(pk__in=ids).select_related("source", "owner")
    return list(people.order_by("pk")[:MOST_AT_ONCE])


class MergeForm(forms.Form):
    """The choices on the page that compares. Whatever names nobody of the group is left to the better value."""

    survivor = forms.TypedChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, people: list[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        choices = [(person.pk, str(person)) for person in people]
        self.fields["survivor"].choices = choices  # type: ignore[attr-defined]
        for name in FIELDS:
            self.fields[f"from_{name}"] = forms.TypedChoiceField(
                choices=choices, coerce=int, required=False, empty_value=None
            )

    @property
    def survivor_chosen(self) -> Candidate:
        wanted = self.cleaned_data.get("survivor") if self.is_valid() else None
        return next(
            (person for person in self.people if person.pk == wanted), choose_survivor(self.people)
        )

    @property
    def choices(self) -> dict[str, int]:
        if not self.is_valid():
            return {}
        chosen = {name: self.cleaned_data[f"from_{name}"] for name in FIELDS}
        return {name: pk for name, pk in chosen.items() if pk}


class MergeAllForm(forms.Form):
    at_least = forms.TypedChoiceField(
        label="How sure",
        coerce=int,
        choices=[(99, "99 %"), (97, "97 % and more"), (95, "95 % and more"), (UNSEEN, "90 % and more")],
        initial=97,
    )  # fmt: skip


class MatchingRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = MatchingRules
        fields = ["ignores_dots", "ignores_plus"]
