"""People on sequences for the dispatcher's measures: half a million who wait, and some who are due."""

import time

from tests.bench.filling import Connection, insert

BODY = "Hi {{ first_name | there }}, are you open to a chat?"
# By a name of their own: they are taken away again, and other measures never see them.
NAMED = "Bench %"


def fill_waiting(plain: Connection, wanted: int) -> int:
    """Put the same people on further sequences until `wanted` enrollments wait for their day; returns how many do."""
    waiting = _count(plain, "campaigns_enrollment WHERE state = 'active'")
    people = _count(plain, "candidates_candidate")
    with plain.transaction():
        # What is made here is right: no row is looked up again for its foreign keys.
        plain.execute("SET LOCAL session_replication_role = replica")
        while waiting < wanted:
            for (organization_id,) in plain.execute("SELECT id FROM tenancy_organization"):
                open_sequence(plain, int(str(organization_id)))
            waiting += insert(
                plain,
                "campaigns.Enrollment",
                {
                    "organization_id": "p.organization_id",
                    "sequence_id": "q.id",
                    "candidate_id": "p.id",
                    "next_step_id": "s.id",
                    "next_at": "now() + interval '30 days' + (p.id %% 86400) * interval '1 second'",
                    "started_at": "now()",
                },
                "FROM (SELECT DISTINCT ON (organization_id) id, organization_id FROM campaigns_sequence"
                " ORDER BY organization_id, id DESC) q JOIN campaigns_step s ON s.sequence_id = q.id"
                " JOIN candidates_candidate p ON p.organization_id = q.organization_id LIMIT %(most)s",
                {"most": min(wanted - waiting, people)},
            )
    plain.execute("VACUUM ANALYZE campaigns_enrollment, campaigns_sequence, campaigns_step")
    return waiting


def open_sequence(plain: Connection, organization_id: int) -> int:
    """A running sequence of one mail, from a sender with every cap and window open; returns its id."""
    number = time.time_ns()
    named = {
        "org": organization_id,
        "name": f"Bench {number}",
        "address": f"bench{number}@example.com",
        "body": BODY,
    }
    of_organization = {"organization_id": "%(org)s"}
    insert(
        plain,
        "campaigns.Sender",
        {
            **of_organization,
            "name": "%(name)s",
            "address": "%(address)s",
            "daily_cap": "1000000",
            "gap_seconds": "0",
            "window_days": "'{0,1,2,3,4,5,6}'",
            "window_start": "'00:00'",
            "window_end": "'00:00'",
        },
        "",
        named,
    )
    insert(
        plain,
        "campaigns.Sequence",
        {
            **of_organization,
            "name": "%(name)s",
            "sender_id": "(SELECT max(id) FROM campaigns_sender)",
            "state": "'active'",
        },
        "",
        named,
    )
    insert(
        plain,
        "campaigns.Step",
        {
            **of_organization,
            "sequence_id": "(SELECT max(id) FROM campaigns_sequence)",
            "position": "1",
            "subject": "'Hello'",
            "body": "%(body)s",
        },
        "",
        named,
    )
    insert(
        plain,
        "campaigns.SendingRules",
        {**of_organization, "domain_cap": "1000000"},
        "ON CONFLICT (organization_id) DO UPDATE SET domain_cap = 1000000",
        named,
    )
    plain.execute(
        "UPDATE tenancy_organization SET postal_address = '1 Main Street' WHERE id = %s",
        [organization_id],
    )
    return _count(plain, "campaigns_sequence", "max(id)")


def make_due(
    plain: Connection, sequence: int, count: int, *, due: str = "now() - interval '1 minute'"
) -> None:
    """Put the first `count` people of its organization on the sequence anew, due at the moment `due` (SQL; `n` numbers them)."""
    clear_due(plain, sequence)
    insert(
        plain,
        "campaigns.Enrollment",
        {
            "organization_id": "p.organization_id",
            "sequence_id": "sequence_id",
            "candidate_id": "p.id",
            "next_step_id": "step.id",
            "next_at": due,
            # On their way: who starts would wait for a place under the sender's cap.
            "started_at": "now()",
        },
        "FROM campaigns_step step, LATERAL (SELECT id, organization_id, row_number() OVER () AS n FROM"
        " (SELECT id, organization_id FROM candidates_candidate c WHERE c.organization_id = step.organization_id"
        " ORDER BY created_at, id LIMIT %(count)s) first) p WHERE step.sequence_id = %(sequence)s",
        {"count": count, "sequence": sequence},
    )
    plain.execute("VACUUM ANALYZE campaigns_enrollment, campaigns_message")


def clear_due(plain: Connection, sequence: int) -> None:
    """Take the people off the sequence, with their mails."""
    people = "(SELECT id FROM campaigns_enrollment WHERE sequence_id = %s)"
    mails = f"(SELECT id FROM campaigns_message WHERE enrollment_id IN {people})"
    plain.execute(f"DELETE FROM campaigns_carriednotice WHERE message_id IN {mails}", [sequence])
    plain.execute(f"DELETE FROM campaigns_hold WHERE enrollment_id IN {people}", [sequence])
    plain.execute(f"DELETE FROM campaigns_message WHERE enrollment_id IN {people}", [sequence])
    plain.execute("DELETE FROM campaigns_enrollment WHERE sequence_id = %s", [sequence])


def clear(plain: Connection) -> None:
    """Take away every sequence that was made here, with its sender, steps and people."""
    ours = f"(SELECT id FROM campaigns_sequence WHERE name LIKE '{NAMED}')"
    for (sequence,) in plain.execute(ours).fetchall():
        clear_due(plain, int(str(sequence)))
    with plain.transaction():
        plain.execute("SET LOCAL session_replication_role = replica")
        plain.execute(f"DELETE FROM campaigns_step WHERE sequence_id IN {ours}")
        plain.execute(f"DELETE FROM campaigns_sequence WHERE name LIKE '{NAMED}'")
        plain.execute(f"DELETE FROM campaigns_sender WHERE name LIKE '{NAMED}'")
    plain.execute("VACUUM ANALYZE campaigns_enrollment, campaigns_message")


def count_texts(plain: Connection, sequence: int) -> int:
    """How many mails of the sequence wait with their text filled in."""
    return _count(
        plain,
        "campaigns_message m JOIN campaigns_step s ON s.id = m.step_id"
        f" WHERE s.sequence_id = {sequence} AND m.state = 'queued' AND m.body_text LIKE 'Hi %, are you%'"
        " AND m.body_text NOT LIKE '%{{%'",
    )


def _count(plain: Connection, source: str, what: str = "count(*)") -> int:
    row = plain.execute(f"SELECT {what} FROM {source}".encode()).fetchone()
    assert row is not None
    return int(str(row[0]))
