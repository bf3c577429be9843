"""Many rows in one statement, where a parameter for each id or an instance for each row costs too much."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field
from django.db.models.expressions import RawSQL

from crm.tenancy.models import OwnedModel
from crm.tenancy.scope import current_organization


def among(ids: Iterable[int]) -> RawSQL:
    """`ids` as one array, for `filter(pk__in=among(ids))`: spelling a thousand costs more than finding them."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def among_texts(values: Iterable[str]) -> RawSQL:
    """The same for texts."""
    return RawSQL("SELECT unnest(%s::text[])", [list(values)])


def insert_rows(
    model: type[OwnedModel],
    columns: Mapping[str, Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
    **same: Any,
) -> None:
    """Insert rows of `model` in the organization being acted in.

    `columns` holds each field's values, by attribute name (`candidate_id`), all of the same length;
    `same` what is equal in all rows. A field in neither gets its default; a nullable one stays empty.
    Like `bulk_create` it neither validates nor sends signals.
    """
    fields: dict[str, Field[Any, Any]] = {
        field.attname: field
        for field in model._meta.concrete_fields
        if not isinstance(field, AutoField)
    }
    fixed: dict[str, Any] = {"organization_id": current_organization().pk, **same}
    for name, field in fields.items():
        if name not in columns and name not in fixed and not field.null:
            fixed[name] = field.get_default()
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(fields[name].column)) for name in [*fixed, *columns])
    constants = "%s, " * len(fixed)
    arrays = ", ".join(f"%s::{fields[name].cast_db_type(connection)}[]" for name in columns)
    conflict = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    values = [fields[name].get_db_prep_save(value, connection) for name, value in fixed.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names})"  # noqa: S608 - names of fields
            f" SELECT {constants}* FROM unnest({arrays}){conflict}",
            [*values, *(list(column) for column in columns.values())],
        )
