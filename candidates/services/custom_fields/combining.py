"""Several owners of values that become one."""

from collections.abc import Sequence
from typing import Any

from candidates.models import CustomField, Origin


def combine_values(model: type[Any], owner_ids: Sequence[int]) -> None:
    """Let the first of these owners have what all of them have, in the table `model`.

    Several choices are added up. Of a field with one value the better one stays: by hand, then the newer.
    """
    owner = f"{model.subject}_id"

    def rank(row: Any) -> tuple[bool, object, int]:
        by_hand = row.provenance_kind in {Origin.PERSON, Origin.UNKNOWN}
        return (by_hand, row.provenance_at, -owner_ids.index(getattr(row, owner)))

    best: dict[tuple[int, int | None], Any] = {}
    rows = model.objects.filter(**{f"{model.subject}__in": owner_ids}).select_related("field")
    for row in rows:
        is_several = row.field.kind == CustomField.Kind.MULTIPLE
        key = (row.field_id, row.option_id if is_several else None)
        rival = best.get(key)
        if rival is None or rank(row) > rank(rival):
            best[key] = row
    kept = [row.pk for row in best.values()]
    rows.exclude(pk__in=kept).delete()
    model.objects.filter(pk__in=kept).update(**{owner: owner_ids[0]})
