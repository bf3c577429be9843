"""Many rows in one statement, where a parameter for each id or an instance for each row costs too much."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import AutoField, BigIntegerField, CharField, Field, ForeignKey, Lookup
from django.db.models.expressions import RawSQL

from crm.tenancy.models import OwnedModel
from crm.tenancy.scope import current_organization


def array_of(values: Iterable[int | str]) -> str:
    """Ids or texts as Postgres spells an array, for `%s::bigint[]` and `%s::text[]`.

    A list would say the same: psycopg looks at each of its elements, which takes five times as long.
    """
    spelled = (
        str(value)
        if isinstance(value, int)
        else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for value in values
    )
    return "{" + ",".join(spelled) + "}"


def among(ids: Iterable[int]) -> RawSQL:
    """`ids` as one array, for `filter(pk__in=among(ids))`: spelling a thousand costs more than finding them."""
    return RawSQL("SELECT unnest(%s::bigint[])", [array_of(ids)])


@ForeignKey.register_lookup
@AutoField.register_lookup
@BigIntegerField.register_lookup
class OneOf(Lookup):  # type: ignore[type-arg]
    """`filter(candidate__one_of=ids)`: as `among`, but never joined.

    Of rows that have just come the planner knows nothing: it would hold each of them against each of the ids.
    """

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", (*parameters, array_of(self.rhs))


def among_texts(values: Iterable[str]) -> RawSQL:
    """The same for texts."""
    return RawSQL("SELECT unnest(%s::text[])", [array_of(values)])


def rows_by_key(
    model: type[OwnedModel], key: str, values: Iterable[int | str], *columns: str
) -> list[tuple[Any, ...]]:
    """(value, *columns) of the organization's rows whose column `key` holds one of these values.

    Each value is looked up by itself, in the index that begins with the organization and the key. Asked for all of
    them at once, the planner reads the whole table where they are thousands, or newer than its statistics.
    """
    quote = connection.ops.quote_name
    kind = "text" if isinstance(model._meta.get_field(key), CharField) else "bigint"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT wanted.value, held.* FROM unnest(%s::{kind}[]) AS wanted (value) CROSS JOIN LATERAL"  # noqa: S608
            f" (SELECT {', '.join(map(quote, columns))} FROM {quote(model._meta.db_table)}"
            f" WHERE organization_id = %s AND {quote(key)} = wanted.value OFFSET 0) AS held",
            [array_of(values), current_organization().pk],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def commit_without_waiting() -> None:
    """Let the transaction's commit not wait for the disk: for a batch that is simply done again when it is lost.

    A machine that loses its power may lose the last half second of such commits, whole and in order, never a part
    (postgresql.org, "Asynchronous Commit"). The next commit that waits makes those before it safe, too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def look_up_by_index() -> None:
    """Let keys and triggers find rows by indexes in the rest of the transaction, whatever was planned before.

    A session keeps their plans from the first use. Where the tables were small then, each row that is deleted reads
    all of every table that may point to it, until the statistics of these are taken anew.
    """
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS; SET LOCAL enable_seqscan = off")


# From so many rows on, a COPY into a temporary table is cheaper than arrays in a statement.
COPIED_FROM = 300


@contextmanager
def staged(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The name of a temporary table that holds `rows` while the block runs; `columns` are names and types.

    Row-level security lets no COPY into a table itself: what is copied goes on with one statement.
    """
    quote = connection.ops.quote_name
    spelled = ", ".join(f"{quote(name)} {kind}" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged ({spelled}) ON COMMIT DROP")
        copying: Any = cursor
        with copying.copy("COPY staged FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        yield "staged"
        cursor.execute("DROP TABLE staged")


def update_rows(
    model: type[OwnedModel],
    columns: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
    sets: str,
    values: Sequence[Any] = (),
) -> None:
    """Update rows of `model` by their ids: `rows` begin with them, `columns` are names and types of what follows.

    `sets` says what becomes of the row that is `stored` by the one that is `fresh`; `values` are for its placeholders.
    The caller holds the rows: one that somebody else changes at the same moment would be left as it is.
    """
    table, organization = connection.ops.quote_name(model._meta.db_table), current_organization().pk
    with staged({"id": "bigint", **columns}, rows) as given, connection.cursor() as cursor:
        # Each row is looked up by itself, then found where it lies. Of rows that have just come the planner knows
        # nothing: joined, it would hold all of them against all of the organization's.
        cursor.execute(
            f"UPDATE {table} AS stored SET {sets} FROM (SELECT given.*, held.place"  # noqa: S608
            f" FROM {given} AS given CROSS JOIN LATERAL (SELECT ctid AS place FROM {table}"
            " WHERE organization_id = %s AND id = given.id OFFSET 0) AS held) AS fresh"
            " WHERE stored.organization_id = %s AND stored.ctid = fresh.place",
            [*values, organization, organization],
        )


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
    A column of JSON holds texts. Like `bulk_create` it neither validates nor sends signals.
    """
    fields: dict[str, Field[Any, Any]] = {
        field.attname: field
        for field in model._meta.concrete_fields
        if field.attname in columns or not isinstance(field, AutoField)
    }
    fixed: dict[str, Any] = {"organization_id": current_organization().pk, **same}
    for name, field in fields.items():
        if name not in columns and name not in fixed and not field.null:
            fixed[name] = field.get_default()
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(fields[name].column)) for name in [*fixed, *columns])
    kinds = {name: str(fields[name].cast_db_type(connection)) for name in columns}
    insert = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names})"  # noqa: S608 - names of fields
        f" SELECT {'%s, ' * len(fixed)}* FROM "
    )
    conflict = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    values = [fields[name].get_db_prep_save(value, connection) for name, value in fixed.items()]
    with connection.cursor() as cursor:
        if len(next(iter(columns.values()), ())) >= COPIED_FROM:
            with staged(kinds, zip(*columns.values(), strict=True)) as rows:
                cursor.execute(f"{insert}{rows}{conflict}", values)
            return
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds.values())
        cursor.execute(
            f"{insert}unnest({arrays}){conflict}",
            [*values, *(list(column) for column in columns.values())],
        )
