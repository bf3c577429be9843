"""Makes the data that is measured: organizations whose sizes follow Zipf's law, columns from hashes.

Hashes, not `random()`: equal random expressions in one statement share a value, which correlates columns.
People of all organizations lie mixed in the order in which they came, as in life. Everything is made set
by set inside the database; indexes are built and foreign keys trusted afterwards.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import psycopg
from django.apps import apps
from django.db.models import NOT_PROVIDED, Field, JSONField, Model
from psycopg import sql

from crm.tenancy.walls import is_owned

Connection = psycopg.Connection[tuple[object, ...]]

# How much of each there is, for each candidate (one in so many for the latter).
TOUCHPOINTS = 5
ONE_IN_POOL, ONE_TAGGED, ONE_ENROLLED, ONE_CONSIDERED = 2, 3, 2, 2
POOLS, TAGS, JOBS, STAGES = 10, 20, 40, 5

FIRST = (
    "Amara Bastien Chidi Dilan Elif Freya Goran Hana Ines Jonas Kavya Linh Mateo Noor Oskar Priya"
)
LAST = "Okafor Lindqvist Schneider Yildiz Moreno Nguyen Kimani Raman Novak Silva Hughes Tanabe Haddad Berg Rossi Weber"
TITLES = "Backend Engineer,Nurse Manager,Data Engineer,Accountant,Product Designer"
COMPANIES = "Tidewater Parcelo Santelle Bazarek Betalix Kedai Mestolo"
CITIES, COUNTRIES = "Berlin Lyon Leeds Lagos Tokyo", "DE FR GB NG JP"


def shares(organizations: int) -> list[float]:
    """Which share of everybody each organization has, by rank; the first has about 0.3 of fifty."""
    weights = [1 / (rank + 1) for rank in range(organizations)]
    # A larger head than pure Zipf.
    weights[0] *= 1.5
    return [weight / sum(weights) for weight in weights]


def fill(connection: Connection, *, candidates: int, organizations: int) -> None:
    """Fill the empty tables, as a superuser: about two minutes for a million candidates."""
    connection.execute("SET maintenance_work_mem = '1GB'")
    with connection.transaction(), _without_indexes(connection):
        # Keys and the audit table's guard are triggers.
        connection.execute("SET LOCAL session_replication_role = replica")
        _organizations(connection, organizations)
        _people(connection, candidates, organizations)
        _labels(connection)
        _sequences(connection)
        _jobs(connection)
    _go_on_counting(connection)
    connection.execute("VACUUM ANALYZE")


def _go_on_counting(connection: Connection) -> None:
    """Set each table's sequence behind the ids that were given here."""
    for table in ("tenancy_organization", "accounts_user", *map(_table, _owned())):
        connection.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {}), false)"
            ).format(sql.Literal(table), sql.Identifier(table))
        )


def _owned() -> list[type[Model]]:
    return [model for model in apps.get_models() if is_owned(model)]


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


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Drop the plain indexes of our tables, and build them again when the rows are there."""
    tables = [_table(model) for model in _owned()]
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


def _table(model: type[Model]) -> str:
    return model._meta.db_table


def _pick(words: str, divisor: int, separator: str = " ") -> str:
    """SQL that picks one of `words` by the hash `h`."""
    chosen = words.split(separator)
    return f"('{{{','.join(chosen)}}}'::text[])[1 + (h / {divisor}) %% {len(chosen)}]"


def _organizations(connection: Connection, organizations: int) -> None:
    numbers = f"FROM generate_series(1, {organizations}) n"
    insert(
        connection,
        "tenancy.Organization",
        {"id": "n", "name": "'Organization ' || n", "slug": "'org-' || n"},
        numbers,
    )
    insert(
        connection,
        "accounts.User",
        {
            "id": "n",
            "password": "'!'",
            "email": "'owner-' || n || '@example.com'",
            "name": "'Owner ' || n",
        },
        numbers,
    )
    insert(
        connection,
        "tenancy.Membership",
        {"user_id": "n", "organization_id": "n", "role": "'owner'"},
        numbers,
    )


def _people(connection: Connection, candidates: int, organizations: int) -> None:
    bounds = [0.0, *accumulate(shares(organizations))][:-1]
    connection.execute(
        "CREATE TEMPORARY TABLE person AS SELECT n AS id, h, at, at < now() - interval '730 days' AS is_past,"
        f" width_bucket((abs(hashint8extended(n, 7)) %% 1000003) / 1000003.0, %(bounds)s::numeric[]) AS org,"
        f" {_pick(FIRST, 1)} || ' ' || {_pick(LAST, 16)} || ' ' || to_hex(h %% 4096) AS name,"
        f" {_pick(TITLES, 7, ',')} AS headline, {_pick(COMPANIES, 11)} AS company,"
        f" {_pick(CITIES, 13)} AS city, {_pick(COUNTRIES, 13)} AS country"
        " FROM (SELECT n, abs(hashint8(n)::bigint) AS h,"
        " now() - interval '1100 days' * (1 - n / %(candidates)s::float) AS at"
        " FROM generate_series(1::bigint, %(candidates)s) n) numbered",
        {"bounds": bounds, "candidates": candidates},
    )
    connection.execute("ANALYZE person")
    insert(
        connection,
        "candidates.Candidate",
        {
            **{name: name for name in ("id", "headline", "company", "city", "country")},
            "organization_id": "org",
            "full_name": "name",
            "status": "'nurturing'",
            "owner_id": "CASE WHEN h %% 5 < 2 THEN org END",
            "created_at": "at",
            "last_contacted_at": "CASE WHEN h %% 3 = 0 THEN at + interval '9 days' END",
            "search_text": "lower(concat_ws(E'\\n', name, 'p' || id || '@example.com', company, headline))",
        },
        "FROM person ORDER BY id",
    )
    of_person = {"organization_id": "org", "candidate_id": "id"}
    insert(
        connection,
        "candidates.EmailAddress",
        {
            **of_person,
            "address": "'p' || id || '@example.com'",
            "normalized": "'p' || id || '@example.com'",
            "is_primary": "true",
            "provenance_kind": "'import'",
        },
        "FROM person",
    )
    kinds = ("note", "mail_sent", "call", "edited", "pool")
    for number in range(TOUCHPOINTS):
        # One pass for each, so that a person's entries do not lie side by side.
        insert(
            connection,
            "candidates.Touchpoint",
            {
                **of_person,
                "kind": f"'{kinds[number % len(kinds)]}'",
                "at": f"at + {number} * interval '1 day'",
                "summary": "'Something happened'",
            },
            "FROM person",
        )


def _labels(connection: Connection) -> None:
    for label, name, count, values in (
        ("candidates.TalentPool", "Pool", POOLS, {}),
        ("candidates.Tag", "Tag", TAGS, {"normalized": "'tag ' || k"}),
    ):
        insert(
            connection,
            label,
            {"organization_id": "id", "name": f"'{name} ' || k", **values},
            f"FROM tenancy_organization, generate_series(1, {count}) k",
        )
    for label, column, name, count, one_in in (
        ("candidates.PoolMembership", "pool_id", "Pool", POOLS, ONE_IN_POOL),
        ("candidates.CandidateTag", "tag_id", "Tag", TAGS, ONE_TAGGED),
    ):
        table = "candidates_talentpool" if name == "Pool" else "candidates_tag"
        insert(
            connection,
            label,
            {"organization_id": "org", "candidate_id": "person.id", column: "l.id"},
            f"FROM person JOIN {table} l ON l.organization_id = org"
            f" AND l.name = '{name} ' || (1 + (h / 17) %% {count}) WHERE h %% {one_in} = 0",
        )


def _sequences(connection: Connection) -> None:
    """One sequence for each organization, with people who wait for its second step."""
    same = {"id": "id", "organization_id": "id"}
    insert(
        connection,
        "campaigns.Sender",
        {**same, "name": "'Sender'", "address": "'sender' || id || '@example.com'"},
        "FROM tenancy_organization",
    )
    insert(
        connection,
        "campaigns.Sequence",
        {**same, "name": "'Waiting'", "sender_id": "id", "state": "'active'"},
        "FROM tenancy_organization",
    )
    for position in (1, 2):
        insert(
            connection,
            "campaigns.Step",
            {
                "id": f"2 * id + {position - 2}",
                "organization_id": "id",
                "sequence_id": "id",
                "position": str(position),
                "subject": "'Hello'",
                "body": "'Are you open to a chat?'",
            },
            "FROM tenancy_organization",
        )
    insert(
        connection,
        "campaigns.Enrollment",
        {
            "organization_id": "org",
            "sequence_id": "org",
            "candidate_id": "id",
            # Who is here for two years is done with: retention finds people with a past.
            "state": "CASE WHEN is_past THEN 'finished' ELSE 'active' END",
            "next_step_id": "CASE WHEN NOT is_past THEN 2 * org END",
            "next_at": "CASE WHEN NOT is_past THEN now() + interval '30 days' + (h %% 86400) * interval '1 second' END",
            "enrolled_at": "at",
            "ended_at": "CASE WHEN is_past THEN at END",
        },
        f"FROM person WHERE (h / 3) %% {ONE_ENROLLED} = 0",
    )
    insert(
        connection,
        "campaigns.Message",
        {
            "organization_id": "organization_id",
            "direction": "'out'",
            "state": "'sent'",
            "candidate_id": "candidate_id",
            "enrollment_id": "id",
            "step_id": "2 * organization_id - 1",
            "sender_id": "organization_id",
            "to_address": "'p' || candidate_id || '@example.com'",
            "subject": "'Hello'",
            "body_text": "'Are you open to a chat?'",
            "message_id": "'<' || id || '@example.com>'",
            "created_at": "enrolled_at",
            "handed_at": "enrolled_at",
            "sent_at": "enrolled_at",
        },
        "FROM campaigns_enrollment",
    )


def _jobs(connection: Connection) -> None:
    jobs = (
        f"FROM tenancy_organization o, generate_series({JOBS} * (o.id - 1) + 1, {JOBS} * o.id) job"
    )
    same = {"id": "job", "organization_id": "o.id"}
    insert(
        connection,
        "pipelines.Pipeline",
        {**same, "name": "'Pipeline ' || job"},
        jobs,
    )
    insert(
        connection,
        "pipelines.Stage",
        {
            "id": f"{STAGES} * (job - 1) + k",
            "organization_id": "o.id",
            "pipeline_id": "job",
            "name": "'Stage ' || k",
            "kind": "'interview'",
            "position": "k",
        },
        f"{jobs}, generate_series(1, {STAGES}) k",
    )
    insert(
        connection,
        "pipelines.Job",
        {**same, "pipeline_id": "job", "title": "'Job ' || job"},
        jobs,
    )
    insert(
        connection,
        "pipelines.Candidacy",
        {
            "id": "id",
            "organization_id": "org",
            "candidate_id": "id",
            "job_id": "job",
            "stage_id": f"{STAGES} * (job - 1) + 1 + (h / 23) %% {STAGES}",
            "created_at": "at",
            "closed_at": "CASE WHEN is_past THEN at END",
        },
        f"FROM (SELECT *, {JOBS} * (org - 1) + 1 + (h / 19) %% {JOBS} AS job FROM person) p"
        f" WHERE (h / 5) %% {ONE_CONSIDERED} = 0",
    )
    insert(
        connection,
        "pipelines.StageChange",
        {
            "organization_id": "organization_id",
            "candidacy_id": "c.id",
            "to_id": f"{STAGES} * (job_id - 1) + k",
            "at": "created_at + k * interval '2 days'",
        },
        f"FROM pipelines_candidacy c, generate_series(1, {STAGES - 1}) k",
    )
