"""Many new owned rows in one statement, given by column: where building a model instance for each costs too much."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field

from crm.tenancy.models import OwnedModel
from crm.tenancy.scope import current_organization


def insert_rows(model: type[OwnedModel], columns: Mapping[str, Sequence[Any]], **same: Any) -> None:
    """Insert rows of `model` in the organization being acted in.

    `columns` holds each field's values, by attribute name (`candidate_id`), all of the same length;
    `same` what is equal in all rows. A field in neither gets its default; a nullable one stays empty.
    Like `bulk_create` it neither validates nor sends signals.
    """
    fields: list[Field[Any, Any]] = [
        field for field in model._meta.concrete_fields if not isinstance(field, AutoField)
    ]
    fixed: dict[str, Any] = {"organization_id": current_organization().pk, **same}
    for field in fields:
        if field.attname not in columns and field.attname not in fixed and not field.null:
            fixed[field.attname] = field.get_default()
    by_name = {field.attname: field for field in fields}
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(by_name[name].column)) for name in [*fixed, *columns])
    constants = "".join("%s, " for _ in fixed)
    arrays = ", ".join(f"%s::{by_name[name].cast_db_type(connection)}[]" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names})"  # noqa: S608 - names of fields
            f" SELECT {constants} * FROM unnest({arrays})",
            [
                *(
                    by_name[name].get_db_prep_save(value, connection)
                    for name, value in fixed.items()
                ),
                *(list(values) for values in columns.values()),
            ],
        )
