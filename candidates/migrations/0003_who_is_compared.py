"""Triggers that note who is to be compared with all others, whatever wrote the row: a form, an import, an undo.

They only ever add rows, so that no writer waits for another; what several statements of one transaction say
of one person is noted once. What was derived from a person goes with the person.
"""

from django.db import migrations

WAYS = ("candidates_emailaddress", "candidates_phonenumber", "candidates_profilelink")
NAMED = ("full_name", "preferred_name", "company", "city")
REACHED = ("normalized", "candidate_id")

FUNCTIONS = """
CREATE FUNCTION candidates_compare(organization bigint, person bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO candidates_matchcheck (organization_id, candidate_id)
    SELECT organization, person
    WHERE NOT EXISTS (SELECT FROM candidates_matchcheck noted
        WHERE noted.organization_id = organization AND noted.candidate_id = person
        AND noted.xmin = pg_current_xact_id()::xid)
$$;
CREATE FUNCTION candidates_compare_new_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO candidates_matchcheck (organization_id, candidate_id)
    SELECT organization_id, id FROM fresh;
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_compare_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO candidates_matchcheck (organization_id, candidate_id)
    SELECT DISTINCT organization_id, candidate_id FROM touched
    WHERE EXISTS (SELECT FROM candidates_candidate person
        WHERE person.organization_id = touched.organization_id AND person.id = touched.candidate_id)
    AND NOT EXISTS (SELECT FROM candidates_matchcheck noted
        WHERE noted.organization_id = touched.organization_id
        AND noted.candidate_id = touched.candidate_id
        AND noted.xmin = pg_current_xact_id()::xid);
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_compare_changed_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM candidates_compare(NEW.organization_id, NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_compare_changed_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM candidates_compare(NEW.organization_id, NEW.candidate_id);
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_compare_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM candidates_matchcheck noted USING gone
    WHERE noted.organization_id = gone.organization_id AND noted.candidate_id = gone.id;
    DELETE FROM candidates_matchkey held USING gone
    WHERE held.organization_id = gone.organization_id AND held.candidate_id = gone.id;
    DELETE FROM candidates_duplicatepair pair USING gone
    WHERE pair.organization_id = gone.organization_id AND pair.candidate_id = gone.id;
    DELETE FROM candidates_duplicatepair pair USING gone
    WHERE pair.organization_id = gone.organization_id AND pair.other_id = gone.id;
    RETURN NULL;
END $$;
"""
NO_FUNCTIONS = """
DROP FUNCTION candidates_compare_no_more();
DROP FUNCTION candidates_compare_changed_owner();
DROP FUNCTION candidates_compare_changed_person();
DROP FUNCTION candidates_compare_owners();
DROP FUNCTION candidates_compare_new_people();
DROP FUNCTION candidates_compare(bigint, bigint);
"""


def when(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


PEOPLE = f"""
CREATE TRIGGER compare_new AFTER INSERT ON candidates_candidate
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_compare_new_people();
CREATE TRIGGER compare_changed AFTER UPDATE OF {", ".join(NAMED)} ON candidates_candidate
    FOR EACH ROW WHEN ({when(NAMED)}) EXECUTE FUNCTION candidates_compare_changed_person();
CREATE TRIGGER compare_no_more AFTER DELETE ON candidates_candidate
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_compare_no_more();
"""
OF_WAYS = """
CREATE TRIGGER compare_new AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_compare_owners();
CREATE TRIGGER compare_removed AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_compare_owners();
CREATE TRIGGER compare_changed AFTER UPDATE OF {columns} ON {table}
    FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION candidates_compare_changed_owner();
"""
TRIGGERS = PEOPLE + "".join(
    OF_WAYS.format(table=table, columns=", ".join(REACHED), changed=when(REACHED)) for table in WAYS
)
NO_TRIGGERS = "".join(
    f"DROP TRIGGER {name} ON {table};"
    for table in ("candidates_candidate", *WAYS)
    for name in (
        "compare_new",
        "compare_changed",
        "compare_no_more" if table == "candidates_candidate" else "compare_removed",
    )
)


class Migration(migrations.Migration):
    replaces = [
        ("candidates", "0015_who_is_to_be_compared"),
    ]
    dependencies = [("candidates", "0002_tables")]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
