"""Writes rows set by set, inside the database: what the data that is measured is made with."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.apps import apps
from django.db.models import NOT_PROVIDED, Field, JSONField, Model
from psycopg import sql

from crm.tenancy.walls import is_owned

Connection = psycopg.Connection[tuple[object, ...]]


def insert(
    connection: Connection,
    label: str,
    values: Mapping[str, str],
    source: str,
    parameters: Mapping[str, object] | None = None,
    *,
    before: str = "",
) -> int:
    """INSERT rows of the model `label` from `source`; fields that `values` leaves out get their default."""
    model = apps.get_model(label)
    columns = {name: sql.SQL(expression) for name, expression in values.items()}  # type: ignore[arg-type]
    for field in model._meta.local_concrete_fields:
        has_own = field.primary_key or field.null or field.has_db_default()
        if field.column not in columns and not has_own:
            columns[field.column] = _default(field)
    done = connection.execute(
        sql.SQL("{} INSERT INTO {} ({}) SELECT {} {}").format(
            sql.SQL(before),  # type: ignore[arg-type]
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(columns.values()),
            sql.SQL(source),  # type: ignore[arg-type]
        ),
        parameters or {},
    )
    return done.rowcount


def _default(field: "Field[Any, Any]") -> sql.Composable:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return sql.SQL("now()")
    if field.default is NOT_PROVIDED and field.db_default is not NOT_PROVIDED:
        return sql.Literal(field.db_default)
    if field.default is NOT_PROVIDED and not field.empty_strings_allowed:
        raise ValueError(f"{field} has no default")
    if isinstance(field, JSONField):
        return sql.Literal(json.dumps(field.get_default()))
    return sql.Literal(field.get_default())


def owned() -> list[type[Model]]:
    return [model for model in apps.get_models() if is_owned(model)]


def table_of(model: type[Model]) -> str:
    return model._meta.db_table


@contextmanager
def without_indexes(connection: Connection) -> Iterator[None]:
    """Drop the plain indexes of our tables, and build them again when the rows are there."""
    tables = [table_of(model) for model in owned()]
    rows = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        [tables],
    ).fetchall()
    for name, _ in rows:
        connection.execute(sql.SQL(f"DROP INDEX {name}"))  # type: ignore[arg-type]
    yield
    for _, definition in rows:
        connection.execute(sql.SQL(str(definition)))  # type: ignore[arg-type]


def pick(words: str, divisor: int, separator: str = " ", apart: int = 0) -> str:
    """SQL that picks one of `words` by the hash `h`, or the one that stands so far behind it."""
    chosen = words.split(separator)
    return f"('{{{','.join(chosen)}}}'::text[])[1 + (h / {divisor} + {apart}) %% {len(chosen)}]"
