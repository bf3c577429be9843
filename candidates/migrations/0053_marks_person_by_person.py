"""Who is marked already is looked up person by person also where the tables have just begun to fill.

What is not known to be large the planner keeps at hand and goes through for each person: a first import of thousands
held each of them against all the marks.
"""

from django.db import migrations

BY_INDEX = """LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"""
# What a transaction has noted of a person already. OFFSET keeps the planner from making a join of it.
NOTED = """LEFT JOIN LATERAL (
        SELECT true AS is_there FROM candidates_personmark mark
        WHERE mark.organization_id = touched.organization_id AND mark.candidate_id = touched.{key}
        AND mark.xmin = pg_current_xact_id()::xid OFFSET 0 LIMIT 1) noted ON true"""
JOINED = """NOT EXISTS (SELECT FROM candidates_personmark noted
        WHERE noted.organization_id = touched.organization_id AND noted.candidate_id = touched.{key}
        AND noted.xmin = pg_current_xact_id()::xid)"""
PEOPLE = """
CREATE OR REPLACE FUNCTION candidates_mark_people() RETURNS trigger {by_index} AS $$
BEGIN
    INSERT INTO candidates_personmark (organization_id, candidate_id)
    SELECT touched.organization_id, touched.id FROM touched {joined}
    WHERE {is_new};
    RETURN NULL;
END $$;
"""
OWNERS = """
CREATE OR REPLACE FUNCTION candidates_mark_owners() RETURNS trigger {by_index} AS $$
BEGIN
    -- Whoever writes what follows from the marks says so: it is no change to follow.
    IF current_setting('app.freshening', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO candidates_personmark (organization_id, candidate_id)
    SELECT DISTINCT touched.organization_id, touched.candidate_id FROM touched {joined}
    WHERE touched.candidate_id IS NOT NULL
    AND EXISTS (SELECT FROM candidates_candidate person
        WHERE person.organization_id = touched.organization_id AND person.id = touched.candidate_id)
    AND {is_new};
    RETURN NULL;
END $$;
"""


def functions(*, by_person: bool) -> str:
    """Both functions, looking up each person by themselves, or joined as they were before."""
    return "".join(
        body.format(
            by_index=BY_INDEX,
            joined=NOTED.format(key=key) if by_person else "",
            is_new="noted.is_there IS NULL" if by_person else JOINED.format(key=key),
        )
        for body, key in ((PEOPLE, "id"), (OWNERS, "candidate_id"))
    )


class Migration(migrations.Migration):
    dependencies = [("candidates", "0052_searches_tell")]

    operations = [
        migrations.RunSQL(functions(by_person=True), functions(by_person=False)),
    ]
