"""Makes the data that is measured: organizations whose sizes follow Zipf's law, columns from hashes.

Hashes, not `random()`: equal random expressions in one statement share a value, which correlates columns.
People of all organizations lie mixed in the order in which they came, as in life. Everything is made set
by set inside the database; indexes are built and foreign keys trusted afterwards.
"""

from psycopg import sql

from tests.bench.filling import Connection, owned, table_of, without_indexes
from tests.bench.people import labels_of, organizations_of, people_of, what_is_known
from tests.bench.work import jobs_of, sequences_of


def fill(connection: Connection, *, candidates: int, organizations: int) -> None:
    """Fill the empty tables, as a superuser: some minutes for a million candidates.

    Without triggers: what they would write (search index, warmth, places) is written here, as they would.
    """
    connection.execute("SET maintenance_work_mem = '1GB'")
    with connection.transaction(), without_indexes(connection):
        # Keys and the audit table's guard are triggers.
        connection.execute("SET LOCAL session_replication_role = replica")
        organizations_of(connection, organizations)
        people_of(connection, candidates, organizations)
        what_is_known(connection)
        labels_of(connection)
        sequences_of(connection)
        jobs_of(connection)
    _go_on_counting(connection)
    connection.execute("VACUUM ANALYZE")
    # What was filled is on the disk: otherwise the first measure pays for writing it.
    connection.execute("CHECKPOINT")
    _compare_with_triggers(connection)


def _go_on_counting(connection: Connection) -> None:
    """Set each table's sequence behind the ids that were given here."""
    for table in ("tenancy_organization", "accounts_user", *map(table_of, owned())):
        connection.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {}), false)"
            ).format(sql.Literal(table), sql.Identifier(table))
        )


def _compare_with_triggers(connection: Connection) -> None:
    """Of some people: that search index and warmth are what the triggers would have written."""
    row = connection.execute(
        "SELECT count(*) FROM (SELECT * FROM candidates_candidate ORDER BY id LIMIT 300) person WHERE"
        " abs(heat - candidates_heat(organization_id, id)) > 0.001 * heat OR search IS DISTINCT FROM"
        " setweight(candidates_vector(search_text), 'A') || candidates_long_text(id)"
    ).fetchone()
    assert row == (0,), row
