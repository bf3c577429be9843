"""Files of people, and the custom fields that hold them."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import candidates.models.files
import crm.tenancy.walls

# Where there are files that no value names. Asked over all organizations; tells their ids alone.
UNUSED = """
CREATE FUNCTION candidates_organizations_with_unused_files(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT f.organization_id FROM candidates_candidatefile f
  WHERE f.created_at <= before AND NOT EXISTS (
    SELECT FROM candidates_candidatecustomvalue v
    WHERE v.organization_id = f.organization_id AND v.attachment_id = f.id
  )
$$
"""


class Migration(migrations.Migration):
    replaces = [
        ("candidates", "0037_custom_files"),
    ]

    dependencies = [
        ("candidates", "0007_organizations_with_work"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="customfield",
            name="kind",
            field=models.CharField(
                choices=[
                    ("text", "Text"),
                    ("long_text", "Long text"),
                    ("number", "Number"),
                    ("money", "Money"),
                    ("date", "Date"),
                    ("single", "One of several choices"),
                    ("multiple", "Several choices"),
                    ("boolean", "Yes or no"),
                    ("member", "Member"),
                    ("url", "Link"),
                    ("file", "File"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="CandidateFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(max_length=200, upload_to=candidates.models.files.file_path),
                ),
                ("file_name", models.CharField(help_text="The name it came with", max_length=255)),
                ("kind", models.CharField(max_length=5)),
                ("size", models.PositiveIntegerField(help_text="Bytes")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "candidate",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="candidates.candidate",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "verbose_name_plural": "files",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="candidatecustomvalue",
            name="attachment",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="candidates.candidatefile",
            ),
        ),
        migrations.AddIndex(
            model_name="candidatecustomvalue",
            index=models.Index(
                condition=models.Q(("attachment__isnull", False)),
                fields=["organization", "attachment"],
                name="custom_value_file",
            ),
        ),
        migrations.AddIndex(
            model_name="candidatefile",
            index=models.Index(
                fields=["organization", "candidate", "-id"], name="file_of_candidate"
            ),
        ),
        crm.tenancy.walls.BuildWalls(
            name="candidatefile",
        ),
        crm.tenancy.walls.BuildWalls(
            name="candidatecustomvalue",
        ),
        migrations.RunSQL(
            UNUSED, "DROP FUNCTION candidates_organizations_with_unused_files(timestamptz)"
        ),
    ]
