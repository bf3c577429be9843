"""Custom fields and what people, jobs, candidacies and pools have in them."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet

from candidates.models import CustomField, CustomFieldOption, CustomValue, value_model
from crm.tenancy.roles import Role

Subject = CustomField.Subject


@dataclasses.dataclass
class FieldValues:
    """A field, and what one owner has in it: nothing, one value, or several choices."""

    field: CustomField
    values: list[CustomValue] = dataclasses.field(default_factory=list)

    @property
    def shown(self) -> str:
        return ", ".join(value.shown for value in self.values)


def custom_fields(
    *, role: Role | None = None, with_archived: bool = False, subject: str = Subject.CANDIDATE
) -> list[CustomField]:
    """The fields in their order, with their open choices as `choices`; those that `role` sees."""
    open_options = CustomFieldOption.objects.filter(archived_at=None)
    fields = CustomField.objects.filter(subject=subject)
    if not with_archived:
        fields = fields.filter(archived_at=None)
    found = fields.prefetch_related(Prefetch("options", open_options, to_attr="choices"))
    return [one for one in found if role is None or role in one.roles]


def custom_values(owner_ids: Iterable[int], *, subject: str = Subject.CANDIDATE) -> "QuerySet[Any]":
    """What these people (or whatever the subject is) have, in the order of the fields: one query."""
    values: QuerySet[Any] = (
        value_model(subject)
        .objects.filter(**{f"{subject}__in": list(owner_ids)}, field__archived_at=None)
        .select_related("field", "option", "member")
    )
    return values


def custom_values_of(
    owner_id: int, *, role: Role | None, subject: str = Subject.CANDIDATE
) -> list[FieldValues]:
    """Every field that `role` sees, with what this owner has in it: three queries, one without fields."""
    return custom_values_of_all([owner_id], role=role, subject=subject)[owner_id]


def custom_values_of_all(
    owner_ids: Iterable[int], *, role: Role | None, subject: str = Subject.CANDIDATE
) -> dict[int, list[FieldValues]]:
    """The same by owner, in as many queries."""
    fields = custom_fields(role=role, subject=subject)
    found = {owner_id: {one.pk: FieldValues(one) for one in fields} for owner_id in owner_ids}
    for value in custom_values(found, subject=subject) if fields else ():
        own = found[getattr(value, f"{subject}_id")]
        if value.field_id in own:
            own[value.field_id].values.append(value)
    return {owner_id: list(own.values()) for owner_id, own in found.items()}


def is_taken(field: CustomField, unique_key: str, *, but: int | None) -> bool:
    """Whether another than the owner `but` has this in a unique field."""
    held = value_model(field.subject).objects.filter(field=field, unique_key=unique_key)
    return bool(held.exclude(**{field.subject: but}).exists())
