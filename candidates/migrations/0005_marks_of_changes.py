"""Triggers that mark the people who changed, whatever wrote the change.

They only ever add rows, so that no writer waits for another; what several statements of one transaction say of one
person is noted once. What was derived from a person goes with the person.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION candidates_mark_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO candidates_personmark (organization_id, candidate_id)
    SELECT organization_id, id FROM touched
    WHERE NOT EXISTS (SELECT FROM candidates_personmark noted
        WHERE noted.organization_id = touched.organization_id AND noted.candidate_id = touched.id
        AND noted.xmin = pg_current_xact_id()::xid);
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_mark_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever writes what follows from the marks says so: it is no change to follow.
    IF current_setting('app.freshening', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO candidates_personmark (organization_id, candidate_id)
    SELECT DISTINCT organization_id, candidate_id FROM touched
    WHERE candidate_id IS NOT NULL
    AND EXISTS (SELECT FROM candidates_candidate person
        WHERE person.organization_id = touched.organization_id AND person.id = touched.candidate_id)
    AND NOT EXISTS (SELECT FROM candidates_personmark noted
        WHERE noted.organization_id = touched.organization_id
        AND noted.candidate_id = touched.candidate_id
        AND noted.xmin = pg_current_xact_id()::xid);
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_mark_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM candidates_personmark noted USING gone
    WHERE noted.organization_id = gone.organization_id AND noted.candidate_id = gone.id;
    DELETE FROM candidates_candidateplace held USING gone
    WHERE held.organization_id = gone.organization_id AND held.candidate_id = gone.id;
    RETURN NULL;
END $$;
"""
NO_FUNCTIONS = """
DROP FUNCTION candidates_mark_no_more();
DROP FUNCTION candidates_mark_owners();
DROP FUNCTION candidates_mark_people();
"""
# What people are found by. Moves of candidacies and enrollments are told on the timeline.
WATCHED = (
    "candidatecustomvalue", "candidatepreference", "candidateskill", "candidatetag", "emailaddress",
    "note", "phonenumber", "poolmembership", "resume", "snooze", "spokenlanguage", "task", "touchpoint",
)  # fmt: skip
PEOPLE = """
CREATE TRIGGER mark_new AFTER INSERT ON candidates_candidate REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_mark_people();
CREATE TRIGGER mark_changed AFTER UPDATE ON candidates_candidate REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_mark_people();
CREATE TRIGGER mark_no_more AFTER DELETE ON candidates_candidate REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_mark_no_more();
"""
OF_PEOPLE = """
CREATE TRIGGER mark_new AFTER INSERT ON candidates_{table} REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_mark_owners();
CREATE TRIGGER mark_changed AFTER UPDATE ON candidates_{table} REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_mark_owners();
CREATE TRIGGER mark_removed AFTER DELETE ON candidates_{table} REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_mark_owners();
"""
TRIGGERS = PEOPLE + "".join(OF_PEOPLE.format(table=table) for table in WATCHED)
NO_TRIGGERS = "".join(
    f"DROP TRIGGER mark_{when} ON candidates_{table};"
    for table in WATCHED
    for when in ("new", "changed", "removed")
) + "".join(
    f"DROP TRIGGER mark_{when} ON candidates_candidate;" for when in ("new", "changed", "no_more")
)


class Migration(migrations.Migration):
    replaces = [
        ("candidates", "0026_person_marks"),
    ]
    dependencies = [("candidates", "0004_warmth_of_people")]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
