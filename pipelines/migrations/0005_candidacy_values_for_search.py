"""The view through which people are found by the custom fields of their candidacies, and the marks that follow them."""

from django.db import migrations, models

from crm.tenancy.search_views import SearchViews

VIEW = (
    "SELECT id, candidate_id, job_id, field_id, text, number, currency, day, yes, option_id, member_id"
    " FROM (SELECT held.id, held.organization_id, candidacy.candidate_id, candidacy.job_id, held.field_id,"
    " held.text, held.number, held.currency, held.day, held.yes, held.option_id, held.member_id"
    " FROM pipelines_candidacycustomvalue held JOIN pipelines_candidacy candidacy"
    " ON candidacy.organization_id = held.organization_id AND candidacy.id = held.candidacy_id) of_people"
    " WHERE true"
)
# As `candidates_mark_owners` does for rows that name their person.
FUNCTION = """
CREATE FUNCTION pipelines_mark_candidates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO candidates_personmark (organization_id, candidate_id)
    SELECT DISTINCT candidacy.organization_id, candidacy.candidate_id
    FROM touched JOIN pipelines_candidacy candidacy
        ON candidacy.organization_id = touched.organization_id AND candidacy.id = touched.candidacy_id
    WHERE NOT EXISTS (SELECT FROM candidates_personmark noted
        WHERE noted.organization_id = candidacy.organization_id
        AND noted.candidate_id = candidacy.candidate_id
        AND noted.xmin = pg_current_xact_id()::xid);
    RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE TRIGGER mark_new AFTER INSERT ON pipelines_candidacycustomvalue REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION pipelines_mark_candidates();
CREATE TRIGGER mark_changed AFTER UPDATE ON pipelines_candidacycustomvalue REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION pipelines_mark_candidates();
CREATE TRIGGER mark_removed AFTER DELETE ON pipelines_candidacycustomvalue REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION pipelines_mark_candidates();
"""
NO_TRIGGERS = """
DROP TRIGGER mark_new ON pipelines_candidacycustomvalue;
DROP TRIGGER mark_changed ON pipelines_candidacycustomvalue;
DROP TRIGGER mark_removed ON pipelines_candidacycustomvalue;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("pipelines", "0004_composite_keys_alone"),
    ]

    operations = [
        migrations.CreateModel(
            name="CandidacyValueSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
                ("job", models.BigIntegerField(db_column="job_id")),
                ("field", models.BigIntegerField(db_column="field_id")),
                ("text", models.TextField()),
                ("number", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField(null=True)),
                ("yes", models.BooleanField(null=True)),
                ("option", models.BigIntegerField(db_column="option_id", null=True)),
                ("member", models.BigIntegerField(db_column="member_id", null=True)),
            ],
            options={
                "db_table": "candidacy_value_search",
                "abstract": False,
                "managed": False,
            },
        ),
        SearchViews({"candidacy_value_search": VIEW}),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION pipelines_mark_candidates();"),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
