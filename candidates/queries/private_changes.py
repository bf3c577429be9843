"""What of changed values not every editor may read: notes of colleagues, and fields that only some roles see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from candidates.models import Change, ChangeSet, CustomField, Note
from candidates.models.custom_fields import CustomValue
from crm.tenancy.models import Membership


@dataclass(frozen=True)
class Readable:
    """What a member may read of some changes, by the ids of the changes."""

    concealed: set[int]
    # Of values in an organization's own fields, which field it is.
    fields: dict[int, CustomField]


def readable_of(
    changes: Sequence[Change],
    known: dict[str, type[models.Model]],
    *,
    change_set: ChangeSet,
    reader: Membership,
) -> Readable:
    """Whose values among the changes are not for `reader`; `known` are their models by label."""
    private = {
        change.pk
        for change in changes
        if known.get(change.model) is Note and _is_anothers_note(change, change_set, reader)
    }
    valued = [
        change
        for change in changes
        # Who moved from one record to another is no value.
        if change.action != Change.Action.MOVE
        and (model := known.get(change.model)) is not None
        and issubclass(model, CustomValue)
    ]
    if not valued:
        return Readable(private, {})
    field_of = _fields_of(valued, known)
    fields = CustomField.objects.in_bulk(set(field_of.values()))
    seen = {
        pk: fields[field]
        for pk, field in field_of.items()
        if field in fields and reader.role in fields[field].roles
    }
    return Readable(private | {change.pk for change in valued if change.pk not in seen}, seen)


def _is_anothers_note(change: Change, change_set: ChangeSet, reader: Membership) -> bool:
    if change.field:
        # A note is rewritten by its author alone, and what is shared now may not have been.
        return change.field == "body" and change_set.created_by_id != reader.user_id
    row = change.before or change.after or {}
    return bool(row.get("is_private", True)) and row.get("author_id") != reader.user_id


def _fields_of(changes: Sequence[Change], known: dict[str, type[models.Model]]) -> dict[int, int]:
    """By the id of a change, the field that its value is in; who cannot be told is left out."""
    found: dict[int, int] = {}
    updated: dict[type[Any], list[Change]] = {}
    for change in changes:
        row = change.before or change.after
        if change.field:
            updated.setdefault(known[change.model], []).append(change)
        elif isinstance(row, dict) and "field_id" in row:
            found[change.pk] = row["field_id"]
    for model, of_model in updated.items():
        rows = model._default_manager.filter(pk__in={change.object_id for change in of_model})
        field_of = dict(rows.order_by().values_list("pk", "field"))
        found |= {
            change.pk: field_of[change.object_id]
            for change in of_model
            if change.object_id in field_of
        }
    return found
