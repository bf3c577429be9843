"""An import from uploaded file to last row, against a raw COPY of what it leaves in the database.

Of the people in the file three in a hundred are here already, under an address in capitals, and three in a
hundred stand in it twice. The fair limit is the COPY of all the rows that the import writes (its own rows, people,
addresses, numbers, notices that are due, timeline, changes) into the same tables, with their indexes, triggers
and keys: the fastest way to the same database, without mapping, normalizing, matching, provenance or undo.

What is held against it is the import proper, which maps, normalizes and matches every row itself and stores it. Before
it the file is read, and checked for the preview: work of its own that somebody then looks at. The second figure has
all three in it.

Then the import is taken back. Held against it are the same people and rows deleted by bare SQL, with all their indexes,
triggers and keys: what an undo does besides is looking for what was done since, and telling of each person.
"""

import io
import os
import time
from collections.abc import Callable

from django.core.files import File
from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg import Connection

from candidates.models import (
    Candidate,
    Change,
    EmailAddress,
    Import,
    ImportRow,
    PhoneNumber,
    PrivacyNotice,
    Touchpoint,
)
from candidates.services.changes import undoing
from candidates.services.importing import running, uploading
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.measuring import Result, ratio
from tests.bench.servers import Database, plain_connection

ROWS = 100_000 if int(os.environ.get("SIZE", "100000")) >= 1_000_000 else 20_000
ORM_ROWS = 2000
# So many people are deleted by bare SQL, for the undo to be held against.
UNDONE = 4000
# What an import writes, in the order in which keys ask for it.
TABLES = (
    "importrow",
    "candidate",
    "emailaddress",
    "phonenumber",
    "privacynotice",
    "touchpoint",
    "change",
)
CHILDREN = (ImportRow, EmailAddress, PhoneNumber, PrivacyNotice, Touchpoint, Change)


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    user = User.objects.get(email=f"owner-{organization.pk}@example.com")
    run = int(time.time())
    with acting_in(organization):
        known = list(
            EmailAddress.objects.order_by("-pk").values_list("normalized", flat=True)[: ROWS // 33]
        )
    phases, import_id = _import(organization, user, _file(run, known))
    with plain_connection(database) as plain:
        everything = _copied(plain, organization.pk, import_id)
    whole = ROWS / sum(phases.values())
    with acting_in(organization):
        orm = _by_orm(import_id)
    ran = ROWS / phases["run"]
    with plain_connection(database) as plain:
        bare = _deleted(plain, organization.pk, import_id)
    undone = _undone(organization, user, import_id)
    return [
        ratio("imports", "import / COPY of all it writes", ran, ROWS / everything, ">= 0.6", "rows/s"),
        ratio("imports", "with reading and preview / the same COPY", whole, ROWS / everything, ">= 0.4", "rows/s"),
        ratio("imports", "import / bulk_create of all it writes", ran, orm, ">= 1", "rows/s"),
        ratio("imports", "undo / bare deletes of the same rows", undone, bare, ">= 0.4", "rows/s"),
        ratio("imports", "undo / import", undone, ran, ">= 0.3", "rows/s"),
    ]  # fmt: skip


def _file(run: int, known: list[str]) -> bytes:
    """The rows as CSV: new people, some of them twice, and some who are here."""
    lines = ["Name,Email,Phone,Company,Title,City"]
    for number in range(ROWS):
        who = number - 1 if number % 33 == 1 else number
        email = f"bench{run}.{who}@example.com"
        if number % 33 == 2 and known:
            email = known[number // 33 % len(known)].upper()
        phone = f"+49 151 {run % 1000:03d}{who:05d}"
        lines.append(f"Person {run} {who},{email},{phone},Tidewater,Engineer,Berlin")
    return "\n".join(lines).encode()


def _import(organization: Organization, user: User, content: bytes) -> tuple[dict[str, float], int]:
    """Seconds of reading, checking and running the file, and the import."""
    phases: dict[str, float] = {}

    def timed(name: str, begin: Callable[[], Import]) -> int:
        started = time.perf_counter()
        with acting_in(organization):
            pk = begin().pk
        while not running.work_on(organization, pk):
            pass
        phases[name] = time.perf_counter() - started
        return pk

    file = File(io.BytesIO(content))
    pk = timed(
        "read",
        lambda: uploading.store_upload(file, size=len(content), name="bench.csv", by=user),
    )

    def choose() -> Import:
        upload = Import.objects.get(pk=pk)
        return uploading.choose(upload, mapping=uploading.mapping_of(upload), by=user)

    timed("check", choose)
    timed("run", lambda: uploading.start(Import.objects.get(pk=pk), by=user))
    with acting_in(organization):
        done = Import.objects.get(pk=pk)
        assert done.state == Import.State.DONE, done.state
        assert sum(done.counts.values()) == ROWS, done.counts
        assert done.counts["create"] > ROWS * 0.9, done.counts
    return phases, pk


def _copied(plain: Connection, organization_id: int, import_id: int) -> float:
    """Seconds in which COPY puts the import's new people back into all tables, with indexes, triggers and keys.

    They are copied out and taken away before; all of it is rolled back.
    """
    parameters = [organization_id, import_id]
    with plain.transaction(force_rollback=True):
        plain.execute(
            "CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT id, candidate_id"
            " FROM candidates_importrow WHERE organization_id = %s AND import_file_id = %s"
            " AND state = 'created'",
            parameters,
        )
        plain.execute("ANALYZE made")
        kept = {table: _taken_away(plain, table) for table in TABLES}
        started = time.perf_counter()
        for table, rows in kept.items():
            with plain.cursor().copy(f"COPY candidates_{table} FROM STDIN") as copy:
                copy.write(rows)
        plain.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return time.perf_counter() - started


def _taken_away(plain: Connection, table: str) -> bytes:
    """The rows of the people in `made`, as COPY writes them; they are gone, whoever points to them."""
    key, ids = {"importrow": ("id", "id"), "candidate": ("id", "candidate_id")}.get(
        table, ("candidate_id", "candidate_id")
    )
    chosen = f"FROM candidates_{table} WHERE {key} IN (SELECT {ids} FROM made)"
    # What the database works out by itself cannot be copied in.
    row = plain.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [f"candidates_{table}"],
    ).fetchone()
    assert row is not None
    with plain.cursor().copy(f"COPY (SELECT {row[0]} {chosen}) TO STDOUT") as copy:
        rows = b"".join(map(bytes, copy))
    plain.execute("SET session_replication_role = replica")
    plain.execute(f"DELETE {chosen}")
    plain.execute("SET session_replication_role = origin")
    return rows


def _deleted(plain: Connection, organization_id: int, import_id: int) -> float:
    """People per second that SQL deletes with their rows, of the import's new ones; all of it is rolled back."""
    with plain.transaction(force_rollback=True):
        plain.execute(
            "CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT candidate_id FROM candidates_importrow"
            " WHERE organization_id = %s AND import_file_id = %s AND state = 'created' ORDER BY id LIMIT %s",
            [organization_id, import_id, UNDONE],
        )
        plain.execute("ANALYZE made")
        started = time.perf_counter()
        for table in ("change", "importrow"):
            plain.execute(
                f"UPDATE candidates_{table} SET candidate_id = NULL"
                " WHERE candidate_id IN (SELECT candidate_id FROM made)"
            )
        for table in ("touchpoint", "privacynotice", "phonenumber", "emailaddress"):
            plain.execute(
                f"DELETE FROM candidates_{table} WHERE candidate_id IN (SELECT candidate_id FROM made)"
            )
        deleted = plain.execute(
            "DELETE FROM candidates_candidate WHERE id IN (SELECT candidate_id FROM made)"
        ).rowcount
        for table in ("personmark", "matchcheck"):
            plain.execute(
                f"DELETE FROM candidates_{table} WHERE candidate_id IN (SELECT candidate_id FROM made)"
            )
        plain.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return deleted / (time.perf_counter() - started)


def _undone(organization: Organization, user: User, import_id: int) -> float:
    """Changes per second that are taken back, until nothing is left of the import."""
    with acting_in(organization):
        change_set = Import.objects.get(pk=import_id).change_set
        assert change_set is not None
        undoing.start_undo(change_set, by=user)
    started = time.perf_counter()
    while not undoing.work_on_undo(organization, change_set.pk):
        pass
    taken = time.perf_counter() - started
    with acting_in(organization):
        assert not _made(import_id).exclude(candidate=None).exists()
        done = change_set.changes.exclude(outcome="").count()
        assert done > ROWS * 0.9, done
    return done / taken


def _by_orm(import_id: int) -> float:
    """People per second by which `bulk_create` stores copies of the import's new people with all that it wrote of them."""
    people = list(
        Candidate.objects.filter(pk__in=_made(import_id).values("candidate")).order_by("pk")[
            :ORM_ROWS
        ]
    )
    place = {person.pk: number for number, person in enumerate(people)}
    children = {
        model: list(model._default_manager.filter(candidate_id__in=place)) for model in CHILDREN
    }
    for row in children[ImportRow]:
        row.line += ROWS * 10
    for row in children[EmailAddress]:
        row.normalized = row.address = f"copy.{row.normalized}"
    started = time.perf_counter()
    for person in people:
        person.pk = None
    Candidate.objects.bulk_create(people)
    for model, rows in children.items():
        for row in rows:
            row.pk, row.candidate_id = None, people[place[row.candidate_id]].pk
        model._default_manager.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    taken = time.perf_counter() - started
    transaction.set_rollback(True)
    return len(people) / taken


def _made(import_id: int) -> "QuerySet[ImportRow, ImportRow]":
    return ImportRow.objects.filter(import_file=import_id, state=ImportRow.State.CREATED)
