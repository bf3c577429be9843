"""Due steps becoming outbox rows, against one SQL statement that does the same; and the empty poll."""

import time

from django.db import connection
from django.utils import timezone

from campaigns.services import dispatching
from crm.tenancy.models import Organization
from tests.bench.data import Connection, insert
from tests.bench.measuring import Result, medians, ratio
from tests.bench.servers import Database, plain_connection

DUE, BARE_BATCH, ROUNDS = 5_000, 500, 3
BODY = "Hi {{ first_name | there }}, are you open to a chat?"
# Claim, advance, render and insert at once. Its rows are the outbox's, its texts the rendered ones.
BARE = """
WITH due AS (
  SELECT e.id, e.organization_id, e.candidate_id, e.next_step_id, s.subject, q.sender_id, a.address,
    replace(s.body, '{{ first_name | there }}', split_part(c.full_name, ' ', 1)) AS body
  FROM campaigns_enrollment e JOIN campaigns_step s ON s.id = e.next_step_id
  JOIN campaigns_sequence q ON q.id = e.sequence_id
  JOIN candidates_candidate c ON c.id = e.candidate_id
  JOIN candidates_emailaddress a ON a.candidate_id = e.candidate_id AND a.organization_id = e.organization_id
    AND a.is_primary
  WHERE e.state = 'active' AND e.next_at <= now() ORDER BY e.next_at LIMIT %(batch)s FOR UPDATE OF e SKIP LOCKED),
moved AS (
  UPDATE campaigns_enrollment e SET next_at = NULL, next_step_id = NULL FROM due WHERE due.id = e.id)
"""


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    ours = bare = 0.0
    with plain_connection(database) as plain:
        sequence = _make_sequence(plain, organization.pk)
        for _ in range(ROUNDS):
            _make_due(plain, sequence)
            started = time.perf_counter()
            while _write_bare(plain):
                pass
            bare += time.perf_counter() - started
            assert _texts(plain, sequence) == DUE
            _make_due(plain, sequence)
            started = time.perf_counter()
            report = dispatching.dispatch_due()
            ours += time.perf_counter() - started
            assert report.queued == DUE, report
            assert _texts(plain, sequence) == DUE
        _clear(plain, sequence)
    polls = medians({"poll": _poll, "select": _select}, rounds=200)
    return [
        ratio(
            "dispatching",
            "render and queue / one SQL statement",
            DUE * ROUNDS / ours,
            DUE * ROUNDS / bare,
            ">= 0.4",
            "rows/s",
        ),
        ratio("dispatching", "empty poll / SELECT 1", polls["poll"], polls["select"], "<= 25"),
    ]


def _make_sequence(plain: Connection, organization_id: int) -> int:
    """A sequence of one mail, as every organization of the data has one, for those who are due."""
    named = {"org": organization_id, "name": f"Bench {time.time()}", "body": BODY}
    sender = "(SELECT id FROM campaigns_sender WHERE organization_id = %(org)s LIMIT 1)"
    insert(
        plain,
        "campaigns.Sequence",
        {
            "organization_id": "%(org)s",
            "name": "%(name)s",
            "sender_id": sender,
            "state": "'active'",
        },
        "",
        named,
    )
    row = plain.execute("SELECT max(id) FROM campaigns_sequence").fetchone()
    assert row is not None
    sequence = int(str(row[0]))
    insert(
        plain,
        "campaigns.Step",
        {
            "organization_id": "%(org)s",
            "sequence_id": str(sequence),
            "position": "1",
            "subject": "'Hello'",
            "body": "%(body)s",
        },
        "",
        named,
    )
    return sequence


def _make_due(plain: Connection, sequence: int) -> None:
    """Put the same people on the sequence anew, due a minute ago."""
    _clear_due(plain, sequence)
    insert(
        plain,
        "campaigns.Enrollment",
        {
            "organization_id": "p.organization_id",
            "sequence_id": "sequence_id",
            "candidate_id": "p.id",
            "next_step_id": "step.id",
            "next_at": "now() - interval '1 minute'",
            # On their way: who starts would wait for a place under the sender's cap.
            "started_at": "now()",
        },
        "FROM campaigns_step step, LATERAL (SELECT id, organization_id FROM candidates_candidate c"
        " WHERE c.organization_id = step.organization_id ORDER BY created_at, id LIMIT %(due)s) p"
        " WHERE step.sequence_id = %(sequence)s",
        {"due": DUE, "sequence": sequence},
    )
    plain.execute("VACUUM ANALYZE campaigns_enrollment, campaigns_message")


def _write_bare(plain: Connection) -> int:
    """One batch by the yardstick, committed like ours; returns its rows."""
    values = {
        "organization_id": "organization_id",
        "direction": "'out'",
        "state": "'queued'",
        "candidate_id": "candidate_id",
        "enrollment_id": "id",
        "step_id": "next_step_id",
        "sender_id": "sender_id",
        "to_address": "address",
        "subject": "subject",
        "body_text": "body",
        "due_at": "now()",
    }
    return insert(
        plain,
        "campaigns.Message",
        values,
        "FROM due",
        {"batch": BARE_BATCH},
        before=BARE,
    )


def _texts(plain: Connection, sequence: int) -> int:
    """How many mails of the sequence wait with their text filled in."""
    row = plain.execute(
        "SELECT count(*) FROM campaigns_message m JOIN campaigns_step s ON s.id = m.step_id"
        " WHERE s.sequence_id = %s AND m.state = 'queued' AND m.body_text LIKE 'Hi %%, are you%%'"
        " AND m.body_text NOT LIKE '%%{{%%'",
        [sequence],
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


def _clear_due(plain: Connection, sequence: int) -> None:
    steps = "(SELECT id FROM campaigns_step WHERE sequence_id = %s)"
    plain.execute(f"DELETE FROM campaigns_message WHERE step_id IN {steps}", [sequence])
    plain.execute("DELETE FROM campaigns_enrollment WHERE sequence_id = %s", [sequence])


def _clear(plain: Connection, sequence: int) -> None:
    _clear_due(plain, sequence)
    plain.execute("DELETE FROM campaigns_step WHERE sequence_id = %s", [sequence])
    plain.execute("DELETE FROM campaigns_sequence WHERE id = %s", [sequence])


def _poll() -> None:
    dispatching.organizations_with_work(timezone.now().replace(year=2000))


def _select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()
