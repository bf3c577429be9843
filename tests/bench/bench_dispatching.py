"""Due steps becoming outbox rows, against one SQL statement that does the same; and the empty poll."""

import time

from django.db import connection
from django.utils import timezone

from campaigns.services import dispatching
from crm.tenancy.models import Organization
from tests.bench.measuring import Result, medians, ratio
from tests.bench.servers import Database, plain_connection

DUE = 5_000
SETUP = """
WITH sender AS (
  INSERT INTO campaigns_sender (organization_id, name, address, daily_cap, gap_seconds, window_days,
    window_start, window_end, time_zone, paused_because, blocked_because)
  VALUES (%(org)s, 'Bench', 'bench' || %(run)s || '@example.com', 100000, 0, '{0,1,2,3,4,5,6}', '00:00', '00:00',
    'UTC', '', '') RETURNING id),
sequence AS (
  INSERT INTO campaigns_sequence (organization_id, name, sender_id, state, created_at)
  SELECT %(org)s, 'Bench ' || %(run)s, id, 'active', now() FROM sender RETURNING id),
step AS (
  INSERT INTO campaigns_step (organization_id, sequence_id, position, kind, wait_business_days, subject, body, task_title)
  SELECT %(org)s, id, 1, 'mail', 0, 'Hello', 'Hi {{ first_name | there }}, are you open to a chat?', ''
  FROM sequence RETURNING id, sequence_id)
INSERT INTO campaigns_enrollment (organization_id, sequence_id, candidate_id, state, stop_reason, next_step_id,
  next_at, waits_for, enrolled_at)
SELECT %(org)s, step.sequence_id, c.id, 'active', '', step.id, now() - interval '1 minute', '', now()
FROM step, (SELECT id FROM candidates_candidate WHERE organization_id = %(org)s ORDER BY id LIMIT %(due)s) c
"""
BARE = """
WITH due AS (
  SELECT e.id, e.organization_id, e.candidate_id, e.next_step_id, s.subject, s.body, q.sender_id, a.address
  FROM campaigns_enrollment e JOIN campaigns_step s ON s.id = e.next_step_id
  JOIN campaigns_sequence q ON q.id = e.sequence_id
  JOIN candidates_emailaddress a ON a.candidate_id = e.candidate_id AND a.is_primary
  WHERE e.state = 'active' AND e.next_at <= now() ORDER BY e.next_at LIMIT 500 FOR UPDATE OF e SKIP LOCKED),
moved AS (
  UPDATE campaigns_enrollment e SET next_at = NULL, state = 'finished' FROM due WHERE due.id = e.id)
INSERT INTO campaigns_message (organization_id, direction, state, candidate_id, enrollment_id, step_id, sender_id,
  from_address, to_address, subject, body_text, body_html, message_id, in_reply_to, "references", created_at, due_at,
  attempts, crashes, waits_for, problem, provider_id, is_automatic, matched_by)
SELECT organization_id, 'out', 'queued', candidate_id, id, next_step_id, sender_id, '', address, subject, body, '',
  '', '', '', now(), now(), 0, 0, '', '', '', false, '' FROM due
"""


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    with plain_connection(database) as plain:
        _clear(plain)
        plain.execute(SETUP, {"org": organization.pk, "due": DUE, "run": int(time.time())})
        plain.execute("ANALYZE campaigns_enrollment")
        started = time.perf_counter()
        with plain.transaction(force_rollback=True):
            while (plain.execute(BARE).rowcount or 0) > 0:
                pass
            bare = time.perf_counter() - started
        started = time.perf_counter()
        report = dispatching.dispatch_due()
        ours = time.perf_counter() - started
        assert report.queued == DUE, report
        polls = medians({"poll": _poll, "select": _select}, rounds=100)
        _clear(plain)
    return [
        ratio(
            "dispatching",
            "render and queue / one SQL statement",
            DUE / ours,
            DUE / bare,
            ">= 0.4",
            "rows/s",
        ),
        ratio("dispatching", "empty poll / SELECT 1", polls["poll"], polls["select"], "<= 25"),
    ]


def _clear(plain: object) -> None:
    for table in ("message", "enrollment", "step", "sequence", "sender"):
        plain.execute(f"DELETE FROM campaigns_{table}")  # type: ignore[attr-defined]


def _poll() -> None:
    dispatching.organizations_with_work(timezone.now().replace(year=2000))


def _select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()
