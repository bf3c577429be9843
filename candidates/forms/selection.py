"""Which people a list's selection form means: the ticked ones, all that match, or those counted before.

The form posts `ids` of the ticked rows; `everything` and the list's `query` when all matches are meant; or
`frozen`, the ids that a confirmation has counted (or the number of the row that keeps them): what was announced is
what is done, whoever joined since.
"""

from typing import Any

from django import forms
from django.http import QueryDict

from candidates.forms.filtering import asked_from
from candidates.models import Candidate, Export, TalentPool
from candidates.queries import possible_owners
from candidates.queries.search import Searcher
from candidates.services.bulk import frozen_ids
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.web.errors import DomainError
from crm.web.ids import is_id

MOST_SELECTED = 500_000


class NobodySelected(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "Nobody is selected, or they are gone. Select people in the list and try again."
        )


class TooManySelected(DomainError):
    def __init__(self) -> None:
        super().__init__(f"More than {MOST_SELECTED:,} people match. Narrow the list first.")


def selected_ids(data: QueryDict, *, membership: Membership) -> list[int]:
    """The ids of the people that a posted selection means; refuses an empty one."""
    if data.get("frozen"):
        chosen = frozen_ids(str(data.get("frozen")), by=membership.user)
    elif data.get("everything"):
        asked = asked_from(QueryDict(data.get("query", "")), searcher=Searcher(membership))
        people = asked.prepared().people()
        chosen = list(people.values_list("pk", flat=True)[: MOST_SELECTED + 1])
    else:
        chosen = _existing(data.getlist("ids"))
    if not chosen:
        raise NobodySelected
    if len(chosen) > MOST_SELECTED:
        raise TooManySelected
    return chosen


def _existing(given: list[str]) -> list[int]:
    ids = [int(one) for one in given if is_id(one)]
    return list(Candidate.objects.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


class BulkForm(forms.Form):
    """What to do with the frozen people. Subclasses name the target."""

    frozen = forms.CharField(widget=forms.HiddenInput, max_length=2_500_000)
    next = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)


class BulkPoolForm(BulkForm):
    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Choose a pool"
    )
    new_pool = forms.CharField(label="or make a new pool", max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = TalentPool.objects.filter(archived_at=None)  # type: ignore[attr-defined]
        for field in (self.fields["pool"], self.fields["new_pool"]):
            # One of the two is needed: neither is said to be optional.
            field.is_alternative = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        name = cleaned.get("new_pool", "")
        if not self.errors and bool(cleaned.get("pool")) == bool(name):
            self.add_error("pool", "Choose a pool, or name a new one.")
        if name and TalentPool.objects.filter(name__iexact=name).exists():
            self.add_error("new_pool", "There is a pool with this name.")
        return cleaned


class BulkTagForm(BulkForm):
    tag = forms.CharField(max_length=60, widget=forms.TextInput(attrs={"list": "known-tags"}))


class BulkExportForm(BulkForm):
    format = forms.ChoiceField(
        label="Write a file for",
        choices=[
            (Export.Format.XLSX, "Excel, LibreOffice (XLSX)"),
            (Export.Format.CSV, "Other programs (CSV)"),
        ],
        widget=forms.RadioSelect,
        initial=Export.Format.XLSX,
    )


class BulkOwnerForm(BulkForm):
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]
