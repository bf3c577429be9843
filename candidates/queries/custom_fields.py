"""Custom fields and what people have in them."""

import dataclasses
from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from candidates.models import CandidateCustomValue, CustomField, CustomFieldOption
from crm.tenancy.roles import Role


@dataclasses.dataclass
class FieldValues:
    """A field, and what one person has in it: nothing, one value, or several choices."""

    field: CustomField
    values: list[CandidateCustomValue] = dataclasses.field(default_factory=list)

    @property
    def shown(self) -> str:
        return ", ".join(value.shown for value in self.values)


def custom_fields(
    *, role: Role | None = None, with_archived: bool = False, subject: str = "candidate"
) -> list[CustomField]:
    """The fields in their order, with their open choices as `choices`; those that `role` sees."""
    open_options = CustomFieldOption.objects.filter(archived_at=None)
    fields = CustomField.objects.filter(subject=subject)
    if not with_archived:
        fields = fields.filter(archived_at=None)
    found = fields.prefetch_related(Prefetch("options", open_options, to_attr="choices"))
    return [one for one in found if role is None or role in one.roles]


def custom_values(candidate_ids: Iterable[int]) -> QuerySet[CandidateCustomValue]:
    """What these people have, in the order of the fields: one query."""
    return (
        CandidateCustomValue.objects.filter(candidate__in=list(candidate_ids))
        .filter(field__archived_at=None)
        .select_related("field", "option", "member")
    )


def custom_values_of(candidate_id: int, *, role: Role | None) -> list[FieldValues]:
    """Every field that `role` sees, with what this person has in it: three queries, one without fields."""
    found = {one.pk: FieldValues(one) for one in custom_fields(role=role)}
    for value in custom_values([candidate_id]) if found else ():
        if value.field_id in found:
            found[value.field_id].values.append(value)
    return list(found.values())


def is_taken(field: CustomField, unique_key: str, *, but: int | None) -> bool:
    """Whether somebody else than the candidate `but` has this in a unique field."""
    held = CandidateCustomValue.objects.filter(field=field, unique_key=unique_key)
    return held.exclude(candidate=but).exists()
