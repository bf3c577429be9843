"""Lets what the services just did have happened some days ago, so that timelines have a past."""

from collections.abc import Mapping

from django.db import connection

# Table, its moments, and how its rows lead to their candidate.
MOMENTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("candidates_candidate", ("created_at",), "row.id"),
    ("candidates_emailaddress", ("provenance_at",), "row.candidate_id"),
    ("candidates_phonenumber", ("provenance_at",), "row.candidate_id"),
    ("candidates_profilelink", ("provenance_at",), "row.candidate_id"),
    ("candidates_note", ("created_at",), "row.candidate_id"),
    ("candidates_task", ("created_at", "done_at"), "row.candidate_id"),
    ("candidates_touchpoint", ("at",), "row.candidate_id"),
    ("candidates_poolmembership", ("added_at",), "row.candidate_id"),
    ("candidates_privacynotice", ("stored_at", "told_at"), "row.candidate_id"),
    ("pipelines_candidacy", ("created_at",), "row.candidate_id"),
    (
        "pipelines_stagechange",
        ("at",),
        "(SELECT candidate_id FROM pipelines_candidacy c WHERE c.id = row.candidacy_id)",
    ),
    (
        "pipelines_scorecard",
        ("created_at", "submitted_at"),
        "(SELECT candidate_id FROM pipelines_candidacy c WHERE c.id = row.candidacy_id)",
    ),
    ("campaigns_enrollment", ("enrolled_at", "ended_at"), "row.candidate_id"),
    (
        "campaigns_message",
        ("created_at", "due_at", "claimed_at", "handed_at", "sent_at"),
        "row.candidate_id",
    ),
    (
        "campaigns_messageevent",
        ("at",),
        "(SELECT candidate_id FROM campaigns_message m WHERE m.id = row.message_id)",
    ),
)
# Which touchpoints are a contact of ours, and which an answer.
SETTLE = """
UPDATE candidates_candidate c SET last_contacted_at = seen.contacted, last_replied_at = seen.replied
FROM (SELECT candidate_id,
        max(at) FILTER (WHERE kind IN ('mail_sent', 'call')) AS contacted,
        max(at) FILTER (WHERE kind = 'mail_received') AS replied
      FROM candidates_touchpoint WHERE candidate_id = ANY(%s) GROUP BY candidate_id) seen
WHERE seen.candidate_id = c.id
  AND (c.last_contacted_at, c.last_replied_at) IS DISTINCT FROM (seen.contacted, seen.replied)
"""
SETTLE_STAGES = """
UPDATE pipelines_candidacy c SET entered_stage_at = last.at,
  closed_at = CASE WHEN c.closed_at IS NOT NULL THEN last.at END
FROM (SELECT candidacy_id, max(at) AS at FROM pipelines_stagechange GROUP BY candidacy_id) last
WHERE last.candidacy_id = c.id
"""


class Chapter:
    """A part of the story: `close` moves every row made since `open` into the past, person by person.

    Works in the organization being acted in; row-level security leaves out everyone else's rows.
    """

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            self.last_ids = {table: self._last_id(cursor, table) for table, _, _ in MOMENTS}

    @staticmethod
    def _last_id(cursor: object, table: str) -> int:
        cursor.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"')  # type: ignore[attr-defined]  # noqa: S608
        return int(cursor.fetchone()[0])  # type: ignore[attr-defined]

    def close(self, days_ago: Mapping[int, float]) -> None:
        """`days_ago`: for each candidate, how long ago this chapter took place."""
        with connection.cursor() as cursor:
            for table, moments, candidate in MOMENTS:
                shifts = ", ".join(
                    f"{name} = {name} - ago.days * interval '1 day'" for name in moments
                )
                cursor.execute(
                    f'UPDATE "{table}" row SET {shifts} FROM unnest(%s::bigint[], %s::float[]) AS ago(id, days)'  # noqa: S608
                    f" WHERE row.id > %s AND ago.id = {candidate}",
                    [
                        list(days_ago),
                        [float(days) for days in days_ago.values()],
                        self.last_ids[table],
                    ],
                )
            cursor.execute(SETTLE, [list(days_ago)])
            cursor.execute(SETTLE_STAGES)
