"""Statements of the pages that are asked for most: the ORM builds each once for who asks, then it is only run.

Building a statement with sub-selects costs the ORM ten times what running it costs the database. A statement is kept
for its organization and reader, whose ids stand in it; only the ids of the rows that are read change:

    @lru_cache(maxsize=KEPT)
    def _statement(organization_id: int, viewer_id: int) -> Statement:
        return compiled(Candidate.objects.filter(pk__in=THOSE).values_list("pk", "full_name"))

    rows = run(_statement(current_organization().pk, viewer.pk), ids)

Nothing else may depend on the moment: no `now()` of Python, no search. Row-level security applies as always.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from crm.tenancy.bulk import array_of

# Readers whose statements a process remembers.
KEPT = 512
_IDS = object()
# Stands for the ids that `run` is given: `filter(pk__in=THOSE)`.
THOSE = RawSQL("SELECT unnest(%s::bigint[])", [_IDS])
Statement = tuple[str, tuple[Any, ...]]


def compiled(rows: "QuerySet[Any, Any]") -> Statement:
    """The statement of `rows` (a `values_list`), to be kept."""
    sql, parameters = rows.query.sql_with_params()
    return sql, tuple(parameters)


def run(statement: Statement, ids: Iterable[int] = ()) -> list[tuple[Any, ...]]:
    """The rows as the database gives them: JSON is text."""
    sql, parameters = statement
    given = array_of(ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, [given if value is _IDS else value for value in parameters])
        return list(cursor.fetchall())
