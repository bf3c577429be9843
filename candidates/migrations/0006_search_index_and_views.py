"""The search index of people: one column that the database keeps by triggers, whatever wrote the rows.

Weight A are the words of the record (`search_text`, which services keep), C those of notes that everybody
reads, D those of accepted résumés. Only the words of the record are written with the person's row; notes and
résumés are rare, so their trigger rewrites the person's column.
"""

from django.db import migrations

from crm.tenancy.search_views import SearchViews

# As `candidates.folding` has it.
PUNCTUATION = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”‘’‚„–—…•·«»′″‐‑‒―¿¡、。，；：！？（）「」¦§©®°±×÷€£¥¢"
)

FUNCTIONS = f"""
CREATE FUNCTION candidates_fold(raw text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $fold$
    SELECT translate(replace(replace(replace(replace(
        lower(regexp_replace(normalize(raw, NFKD), '[\\u0300-\\u036f]', '', 'g')),
        'ß', 'ss'), 'þ', 'th'), 'æ', 'ae'), 'œ', 'oe'), 'øłđðıħ', 'olddih')
$fold$;
CREATE FUNCTION candidates_words(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $words$
    SELECT translate(
        regexp_replace(regexp_replace(folded, '(?<=[a-z0-9+])\\+', 'plus', 'g'), '(?<=[a-z0-9])#', 'sharp', 'g'),
        '{PUNCTUATION.replace("'", "''")}', '{" " * len(PUNCTUATION)}')
$words$;
CREATE FUNCTION candidates_vector(folded text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $vector$
    SELECT to_tsvector('simple'::regconfig, candidates_words(left(folded, 200000)))
$vector$;
CREATE FUNCTION candidates_index_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := setweight(candidates_vector(NEW.search_text), 'A');
    IF TG_OP = 'UPDATE' AND OLD.search IS NOT NULL THEN
        NEW.search := NEW.search || ts_filter(OLD.search, '{{c,d}}');
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION candidates_long_text(person bigint) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(candidates_vector(coalesce((SELECT string_agg(candidates_fold(note.body), ' ' ORDER BY note.id)
            FROM candidates_note note WHERE note.candidate_id = person AND NOT note.is_private), '')), 'C')
        || setweight(candidates_vector(coalesce((SELECT string_agg(resume.search_text, ' ' ORDER BY resume.id)
            FROM candidates_resume resume WHERE resume.candidate_id = person AND resume.state = 'accepted'), '')), 'D')
$$;
CREATE FUNCTION candidates_index_long_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE candidates_candidate person
    SET search = ts_filter(person.search, '{{a}}') || candidates_long_text(person.id)
    WHERE person.id IN (SELECT candidate_id FROM touched WHERE candidate_id IS NOT NULL);
    RETURN NULL;
END $$;
CREATE FUNCTION candidates_index_moved_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE candidates_candidate person
    SET search = ts_filter(person.search, '{{a}}') || candidates_long_text(person.id)
    WHERE person.id IN (OLD.candidate_id, NEW.candidate_id);
    RETURN NULL;
END $$;
"""
NO_FUNCTIONS = """
DROP FUNCTION candidates_index_moved_text();
DROP FUNCTION candidates_index_long_text();
DROP FUNCTION candidates_long_text(bigint);
DROP FUNCTION candidates_index_record();
DROP FUNCTION candidates_vector(text);
DROP FUNCTION candidates_words(text);
DROP FUNCTION candidates_fold(text);
"""
TEXTS = {
    "candidates_note": ("body", "is_private", "candidate_id"),
    "candidates_resume": ("search_text", "state", "candidate_id"),
}


def triggers_of(table: str, columns: tuple[str, ...]) -> str:
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
    return f"""
CREATE TRIGGER index_text_new AFTER INSERT ON {table} REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_index_long_text();
CREATE TRIGGER index_text_gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION candidates_index_long_text();
CREATE TRIGGER index_text_changed AFTER UPDATE OF {", ".join(columns)} ON {table}
    FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION candidates_index_moved_text();
"""


TRIGGERS = """
CREATE TRIGGER index_record BEFORE INSERT OR UPDATE OF search_text ON candidates_candidate
    FOR EACH ROW EXECUTE FUNCTION candidates_index_record();
""" + "".join(triggers_of(*text) for text in TEXTS.items())
NO_TRIGGERS = "DROP TRIGGER index_record ON candidates_candidate;" + "".join(
    f"DROP TRIGGER index_text_{when} ON {table};"
    for table in TEXTS
    for when in ("new", "gone", "changed")
)

VIEWS = {
    "candidate_search": (
        "SELECT id, search_text, search, full_name, preferred_name, headline, company, city, country, owner_id,"
        " source_id, status, lawful_basis, created_at, updated_at, last_contacted_at, last_replied_at, heat,"
        " COALESCE(last_contacted_at, created_at) AS last_touched_at FROM candidates_candidate WHERE true"
    ),
    "pool_membership_search": (
        "SELECT id, pool_id, candidate_id, added_at FROM candidates_poolmembership WHERE true"
    ),
    "candidate_tag_search": "SELECT id, tag_id, candidate_id FROM candidates_candidatetag WHERE true",
    "candidate_skill_search": "SELECT id, candidate_id, skill_id FROM candidates_candidateskill WHERE true",
    "email_search": "SELECT id, candidate_id, normalized, state FROM candidates_emailaddress WHERE true",
    "phone_search": "SELECT id, candidate_id, normalized FROM candidates_phonenumber WHERE true",
    "custom_value_search": (
        "SELECT id, candidate_id, field_id, text, number, currency, day, yes, option_id, member_id"
        " FROM candidates_candidatecustomvalue WHERE true"
    ),
    "language_search": "SELECT id, candidate_id, normalized, level FROM candidates_spokenlanguage WHERE true",
    "preference_search": (
        "SELECT id, candidate_id, remote, time_zone, starts_on FROM candidates_candidatepreference WHERE true"
    ),
    "snooze_search": "SELECT id, candidate_id, until_on FROM candidates_snooze WHERE ended_at IS NULL",
    "touchpoint_search": (
        "SELECT id, candidate_id, kind, at FROM candidates_touchpoint"
        " WHERE kind IN ('mail_received', 'auto_reply', 'bounce', 'unsubscribe')"
    ),
    "note_search": "SELECT id, candidate_id, created_at FROM candidates_note WHERE NOT is_private",
    "resume_search": (
        "SELECT id, candidate_id, created_at FROM candidates_resume"
        " WHERE state = 'accepted' AND candidate_id IS NOT NULL"
    ),
    "task_search": (
        "SELECT id, candidate_id, due_on, assignee_id FROM candidates_task"
        " WHERE done_at IS NULL AND candidate_id IS NOT NULL"
    ),
    "place_search": (
        "SELECT id, candidate_id, latitude, longitude, time_zone FROM candidates_candidateplace WHERE true"
    ),
}


class Migration(migrations.Migration):
    replaces = [
        ("candidates", "0004_search_views"),
        ("candidates", "0030_search_views_in_full"),
        ("candidates", "0031_search_index"),
        ("candidates", "0036_search_by_distance"),
    ]
    dependencies = [("candidates", "0005_marks_of_changes")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE candidates_candidate ADD COLUMN search tsvector",
            "ALTER TABLE candidates_candidate DROP COLUMN search",
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(
            "CREATE INDEX candidate_search_words ON candidates_candidate USING gin (organization_id, search)",
            "DROP INDEX candidate_search_words",
        ),
        SearchViews(VIEWS),
    ]
