"""Custom fields as fields to search by: `field.notice-period`, to the roles that see them."""

from collections.abc import Iterable
from typing import Any

from candidates.models import CustomField, CustomFieldOption, CustomValueSearch
from candidates.queries.choices import possible_owners
from candidates.queries.search.fields import Field, Kind
from candidates.queries.search.matching import (
    of_rows,
    rows_amount,
    rows_on_day,
    text_rows,
)
from candidates.queries.search.values import Fixed, Members, Rows
from crm.tenancy.roles import Role

PREFIX = "field."
GROUP = "Custom fields"
_Kind = CustomField.Kind
_TEXTS = {_Kind.TEXT, _Kind.LONG_TEXT, _Kind.URL, _Kind.FILE}


def custom_search_fields(keys: Iterable[str] | None, role: Role) -> dict[str, Field]:
    """The custom fields with these keys (without: all) that `role` sees: one query."""
    rows = CustomField.objects.filter(archived_at=None, subject=CustomField.Subject.CANDIDATE)
    if keys is not None:
        wanted = [key.removeprefix(PREFIX) for key in keys]
        rows = rows.filter(key__in=wanted)
    found = (_field(row) for row in rows if role in row.roles)
    return {one.key: one for one in found}


def _field(row: CustomField) -> Field:
    key = f"{PREFIX}{row.key}"
    fixed: dict[str, Any] = {"field": row.pk}
    if row.kind in _TEXTS:
        return Field(key, row.name, Kind.TEXT, GROUP, text_rows(CustomValueSearch, "text", **fixed))
    if row.kind in {_Kind.NUMBER, _Kind.MONEY}:
        match = rows_amount(CustomValueSearch, "number", **fixed)
        return Field(key, row.name, Kind.NUMBER, GROUP, match)
    if row.kind == _Kind.DATE:
        match = rows_on_day(CustomValueSearch, "day", **fixed)
        return Field(key, row.name, Kind.DATE, GROUP, match, is_ahead=None)
    if row.kind == _Kind.BOOLEAN:
        match = of_rows(CustomValueSearch, "yes", **fixed)
        names = Fixed(lambda: {"True": "Yes", "False": "No"})
        return Field(key, row.name, Kind.CHOICE, GROUP, match, names=names)
    if row.kind == _Kind.MEMBER:
        match = of_rows(CustomValueSearch, "member", **fixed)
        return Field(key, row.name, Kind.REFERENCE, GROUP, match, names=Members(possible_owners))
    options = Rows(
        lambda: CustomFieldOption.objects.filter(field=row.pk).order_by("position"),
        folded="normalized",
    )
    match = of_rows(CustomValueSearch, "option", **fixed)
    is_many = row.kind == _Kind.MULTIPLE
    return Field(key, row.name, Kind.REFERENCE, GROUP, match, names=options, is_many=is_many)
