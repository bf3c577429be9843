"""Views through which searching keeps its indexes behind row-level security.

They belong to the owner of the tables, whom the policies do not bind, so that their quals can be index
conditions; the tenant predicate is inside them. The application may only read them.
"""

import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

from crm.tenancy.walls import CURRENT_ORGANIZATION_SQL

VIEWS = {
    "candidate_search": (
        "SELECT id, search_text, owner_id, status, created_at,"
        " COALESCE(last_contacted_at, created_at) AS last_touched_at FROM candidates_candidate"
    ),
    "pool_membership_search": "SELECT id, pool_id, candidate_id FROM candidates_poolmembership",
    "candidate_tag_search": "SELECT id, tag_id, candidate_id FROM candidates_candidatetag",
}


def create_views(apps, schema_editor):
    application = schema_editor.quote_name(settings.DATABASES["default"]["USER"])
    for name, select in VIEWS.items():
        schema_editor.execute(
            f"CREATE VIEW {name} AS {select} WHERE organization_id = {CURRENT_ORGANIZATION_SQL}"
        )
        # The default privileges let the application write, and such a view passes writes on to its table.
        schema_editor.execute(f"REVOKE ALL ON {name} FROM {application}")
        schema_editor.execute(f"GRANT SELECT ON {name} TO {application}")


def drop_views(apps, schema_editor):
    for name in VIEWS:
        schema_editor.execute(f"DROP VIEW {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0003_import_steps"),
        ("tenancy", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CandidateSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("search_text", models.TextField()),
                ("owner", models.BigIntegerField(db_column="owner_id", null=True)),
                ("status", models.CharField(max_length=20)),
                ("created_at", models.DateTimeField()),
                ("last_touched_at", models.DateTimeField()),
            ],
            options={
                "db_table": "candidate_search",
                "abstract": False,
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="CandidateTagSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("tag", models.BigIntegerField(db_column="tag_id")),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
            ],
            options={
                "db_table": "candidate_tag_search",
                "abstract": False,
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="PoolMembershipSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("pool", models.BigIntegerField(db_column="pool_id")),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
            ],
            options={
                "db_table": "pool_membership_search",
                "abstract": False,
                "managed": False,
            },
        ),
        migrations.RemoveIndex(
            model_name="candidate",
            name="candidate_last_touched",
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                models.F("organization"),
                django.db.models.functions.comparison.Coalesce("last_contacted_at", "created_at"),
                models.F("id"),
                name="candidate_last_touched",
            ),
        ),
        migrations.RunPython(create_views, drop_views),
    ]
