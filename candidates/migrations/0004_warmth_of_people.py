"""Triggers that keep `Candidate.heat`: whatever writes a contact, the person's warmth is right in the same transaction.

The numbers are those of `candidates.queries.warmth`, which says what they mean; a test compares the two.
"""

from django.db import migrations

HEAT = """
CREATE FUNCTION candidates_heat(organization bigint, person bigint) RETURNS double precision
LANGUAGE sql STABLE AS $$
    SELECT coalesce(theirs + least(ours, theirs) + 0.1 * greatest(ours - theirs, 0), 0)
    FROM (
        SELECT sum(weight.theirs * worth) AS theirs, sum(weight.ours * worth) AS ours
        FROM candidates_touchpoint contact
        JOIN (VALUES ('meeting', 30, 10), ('mail_received', 30, 0), ('call', 18, 7),
                     ('text', 0, 5), ('social', 0, 5), ('mail_sent', 0, 3)
             ) AS weight (kind, theirs, ours) ON weight.kind = contact.kind
        LEFT JOIN (
            SELECT max(at) AS at FROM candidates_touchpoint
            WHERE organization_id = organization AND candidate_id = person AND kind = 'unsubscribe'
        ) AS gone ON true
        CROSS JOIN LATERAL (
            SELECT power(2::double precision,
                (extract(epoch FROM contact.at - '2020-01-01 00:00:00+00'::timestamptz) / (90 * 86400))::double precision)
                * CASE WHEN contact.at < gone.at THEN 0.1 ELSE 1 END AS worth
        ) AS faded
        WHERE contact.organization_id = organization AND contact.candidate_id = person
    ) AS sides
$$;
CREATE FUNCTION candidates_warm(organizations bigint[], people bigint[]) RETURNS void LANGUAGE sql AS $$
    WITH held AS (
        SELECT person.organization_id, person.id FROM candidates_candidate person
        JOIN (SELECT DISTINCT * FROM unnest(organizations, people)) AS one (organization_id, id)
            USING (organization_id, id)
        ORDER BY person.id FOR NO KEY UPDATE OF person
    )
    UPDATE candidates_candidate person SET heat = fresh.heat
    FROM held CROSS JOIN LATERAL candidates_heat(held.organization_id, held.id) AS fresh (heat)
    WHERE person.organization_id = held.organization_id AND person.id = held.id
    AND person.heat IS DISTINCT FROM fresh.heat
$$;
CREATE FUNCTION candidates_warm_touched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE organizations bigint[]; people bigint[];
BEGIN
    SELECT array_agg(organization_id), array_agg(candidate_id) INTO organizations, people FROM touched
    WHERE kind IN ('meeting', 'mail_received', 'call', 'text', 'social', 'mail_sent', 'unsubscribe');
    IF people IS NOT NULL THEN
        PERFORM candidates_warm(organizations, people);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_warm_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE organizations bigint[]; people bigint[];
BEGIN
    SELECT array_agg(person.organization_id), array_agg(person.id) INTO organizations, people
    FROM former JOIN fresh USING (organization_id, id) CROSS JOIN LATERAL (
        VALUES (former.organization_id, former.candidate_id), (fresh.organization_id, fresh.candidate_id)
    ) AS person (organization_id, id)
    WHERE (former.candidate_id, former.kind, former.at) IS DISTINCT FROM (fresh.candidate_id, fresh.kind, fresh.at)
    AND (former.kind IN ('meeting', 'mail_received', 'call', 'text', 'social', 'mail_sent', 'unsubscribe')
        OR fresh.kind IN ('meeting', 'mail_received', 'call', 'text', 'social', 'mail_sent', 'unsubscribe'));
    IF people IS NOT NULL THEN
        PERFORM candidates_warm(organizations, people);
    END IF;
    RETURN NULL;
END $$;
"""
NO_HEAT = """
DROP FUNCTION candidates_warm_changed();
DROP FUNCTION candidates_warm_touched();
DROP FUNCTION candidates_warm(bigint[], bigint[]);
DROP FUNCTION candidates_heat(bigint, bigint);
"""
TRIGGERS = """
CREATE TRIGGER warm_new AFTER INSERT ON candidates_touchpoint REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_warm_touched();
CREATE TRIGGER warm_removed AFTER DELETE ON candidates_touchpoint REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_warm_touched();
CREATE TRIGGER warm_changed AFTER UPDATE ON candidates_touchpoint
    REFERENCING OLD TABLE AS former NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_warm_changed();
"""
NO_TRIGGERS = """
DROP TRIGGER warm_changed ON candidates_touchpoint;
DROP TRIGGER warm_removed ON candidates_touchpoint;
DROP TRIGGER warm_new ON candidates_touchpoint;
"""


class Migration(migrations.Migration):
    replaces = [
        ("candidates", "0025_warmth"),
    ]
    dependencies = [("candidates", "0003_who_is_compared")]

    operations = [
        migrations.RunSQL(HEAT, NO_HEAT),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
