"""People are found by where they worked and learned: those who are here already get the words into their search text.

A batch is a transaction of its own, so that a million people are written without one long one; a batch that is done
again changes nothing. From then on `candidates.services.searching` keeps the words.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from crm.tenancy.search_views import SearchViews

BATCH = 5000
FILL = """
WITH batch AS (
    SELECT organization_id, id FROM candidates_candidate WHERE id > %s ORDER BY id LIMIT %s
), rows AS (
    SELECT held.candidate_id, 1 AS part, held.id, held.title || ' ' || held.company AS words
    FROM batch JOIN candidates_workexperience held
        ON held.organization_id = batch.organization_id AND held.candidate_id = batch.id
    UNION ALL
    SELECT learned.candidate_id, 2, learned.id, learned.school || ' ' || learned.degree || ' ' || learned.field
    FROM batch JOIN candidates_education learned
        ON learned.organization_id = batch.organization_id AND learned.candidate_id = batch.id
), known AS (
    SELECT candidate_id, string_agg(
        btrim(regexp_replace(candidates_fold(words), '\\s+', ' ', 'g')), E'\\n' ORDER BY part, id
    ) AS words
    FROM rows GROUP BY candidate_id
), written AS (
    UPDATE candidates_candidate person SET search_text = person.search_text || E'\\n' || known.words
    FROM known WHERE person.id = known.candidate_id AND NOT person.search_text LIKE '%%' || E'\\n' || known.words
)
SELECT max(id) FROM batch
"""
VIEWS = {
    "past_position_search": (
        "SELECT id, candidate_id, title, company FROM candidates_workexperience WHERE NOT is_current"
    ),
    "education_search": "SELECT id, candidate_id, school FROM candidates_education WHERE true",
}


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    after: int | None = 0
    with schema_editor.connection.cursor() as cursor:
        while after is not None:
            cursor.execute(FILL, [after, BATCH])
            (after,) = cursor.fetchone()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("candidates", "0046_people_of_company_rules")]

    operations = [
        migrations.CreateModel(
            name="EducationSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
                ("school", models.CharField(max_length=200)),
            ],
            options={"db_table": "education_search", "abstract": False, "managed": False},
        ),
        migrations.CreateModel(
            name="PastPositionSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
                ("title", models.CharField(max_length=200)),
                ("company", models.CharField(max_length=200)),
            ],
            options={"db_table": "past_position_search", "abstract": False, "managed": False},
        ),
        SearchViews(VIEWS),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
