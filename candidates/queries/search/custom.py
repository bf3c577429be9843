"""Custom fields as fields to search by: `field.notice-period`, to the roles that see them.

The fields of what hangs on people, such as candidacies, are a family of their own with a prefix of their own:
higher apps add it with `register_family`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from candidates.models import CustomField, CustomFieldOption, CustomValueSearch, SearchRow
from candidates.queries.choices import possible_owners
from candidates.queries.search.fields import Field, Kind, Match
from candidates.queries.search.matching import (
    of_rows,
    rows_amount,
    rows_on_day,
    text_rows,
)
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.tree import Condition
from candidates.queries.search.values import Fixed, Members, Rows
from crm.tenancy.roles import Role

PREFIX = "field."
_Kind = CustomField.Kind
_TEXTS = {_Kind.TEXT, _Kind.LONG_TEXT, _Kind.URL, _Kind.FILE}


def _everything(searcher: Searcher) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Family:
    """The custom fields of one kind of thing: what their keys begin with, and the view that holds their values.

    `visible` narrows the rows to those that a searcher may know of.
    """

    prefix: str
    subject: CustomField.Subject
    group: str
    rows: type[SearchRow]
    visible: Callable[[Searcher], dict[str, Any]] = _everything


_families: dict[str, Family] = {}


def register_family(family: Family) -> None:
    """Let people be searched by the custom fields of what belongs to them."""
    _families[family.prefix] = family


register_family(Family(PREFIX, CustomField.Subject.CANDIDATE, "Custom fields", CustomValueSearch))


def family_of(key: str) -> Family | None:
    """The family of a field's key, such as `field.notice-period`."""
    return _families.get(f"{key.partition('.')[0]}.")


def prefixes() -> list[str]:
    return list(_families)


def custom_search_fields(keys: Iterable[str] | None, role: Role) -> dict[str, Field]:
    """The custom fields with these keys (without: all) that `role` sees: one query."""
    wanted = Q(subject__in=[family.subject for family in _families.values()])
    if keys is not None:
        wanted = Q(pk__in=[])
        for key in keys:
            if family := family_of(key):
                wanted |= Q(subject=family.subject, key=key.removeprefix(family.prefix))
    rows = CustomField.objects.filter(wanted, archived_at=None)
    own = {family.subject: family for family in _families.values()}
    found = (
        _field(row, own[CustomField.Subject(row.subject)]) for row in rows if role in row.roles
    )
    return {one.key: one for one in found}


def _field(row: CustomField, family: Family) -> Field:
    key = f"{family.prefix}{row.key}"

    def match(ready: Callable[..., Match], column: str) -> Match:
        def matches(asked: Condition, searcher: Searcher) -> Q:
            own = {"field": row.pk, **family.visible(searcher)}
            return ready(family.rows, column, **own)(asked, searcher)

        return matches

    if row.kind in _TEXTS:
        return Field(key, row.name, Kind.TEXT, family.group, match(text_rows, "text"))
    if row.kind in {_Kind.NUMBER, _Kind.MONEY}:
        return Field(key, row.name, Kind.NUMBER, family.group, match(rows_amount, "number"))
    if row.kind == _Kind.DATE:
        on_day = match(rows_on_day, "day")
        return Field(key, row.name, Kind.DATE, family.group, on_day, is_ahead=None)
    if row.kind == _Kind.BOOLEAN:
        names = Fixed(lambda: {"True": "Yes", "False": "No"})
        return Field(key, row.name, Kind.CHOICE, family.group, match(of_rows, "yes"), names=names)
    if row.kind == _Kind.MEMBER:
        members = Members(possible_owners)
        by_member = match(of_rows, "member")
        return Field(key, row.name, Kind.REFERENCE, family.group, by_member, names=members)
    options = Rows(
        lambda: CustomFieldOption.objects.filter(field=row.pk).order_by("position"),
        folded="normalized",
    )
    return Field(
        key,
        row.name,
        Kind.REFERENCE,
        family.group,
        match(of_rows, "option"),
        names=options,
        is_many=row.kind == _Kind.MULTIPLE,
    )
