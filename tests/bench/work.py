"""What is done with the people that are measured: sequences that they wait in, jobs that they are considered for."""

from tests.bench.filling import Connection, insert

# One in so many people.
ONE_ENROLLED, ONE_CONSIDERED = 2, 2
# Of each organization, and of each job.
JOBS, STAGES = 40, 5


def sequences_of(connection: Connection) -> None:
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


def jobs_of(connection: Connection) -> None:
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
