"""Fields of candidacies, jobs and pools; what pools have in them, and files about no person."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import candidates.models.files
import crm.tenancy.walls

# Where there are files that no value in this app names. Those of jobs and candidacies are among them: the sweep
# itself knows their tables, and finds nothing to do. Asked over all organizations; tells their ids alone.
UNUSED = """
CREATE OR REPLACE FUNCTION candidates_organizations_with_unused_files(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT f.organization_id FROM candidates_candidatefile f
  WHERE f.created_at <= before AND NOT EXISTS (
    SELECT FROM candidates_candidatecustomvalue v
    WHERE v.organization_id = f.organization_id AND v.attachment_id = f.id
  )
  UNION
  SELECT f.organization_id FROM candidates_organizationfile f
  WHERE f.created_at <= before AND NOT EXISTS (
    SELECT FROM candidates_poolcustomvalue v
    WHERE v.organization_id = f.organization_id AND v.attachment_id = f.id
  )
$$
"""

BEFORE = """
CREATE OR REPLACE FUNCTION candidates_organizations_with_unused_files(before timestamptz) RETURNS SETOF bigint
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
    dependencies = [
        ("candidates", "0040_privacy_notices"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="customfield",
            name="is_searchable",
            field=models.BooleanField(
                default=False,
                help_text="The search box looks through it; of candidates only",
                verbose_name="searchable",
            ),
        ),
        migrations.AlterField(
            model_name="customfield",
            name="is_unique",
            field=models.BooleanField(
                default=False, help_text="No two have the same value", verbose_name="unique"
            ),
        ),
        migrations.AlterField(
            model_name="customfield",
            name="subject",
            field=models.CharField(
                choices=[
                    ("candidate", "Candidates"),
                    ("candidacy", "Candidacies"),
                    ("job", "Jobs"),
                    ("pool", "Pools"),
                ],
                default="candidate",
                max_length=12,
                verbose_name="field of",
            ),
        ),
        migrations.CreateModel(
            name="OrganizationFile",
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
                "verbose_name": "file of a job or a pool",
                "verbose_name_plural": "files of jobs and pools",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="PoolCustomValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "provenance_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not recorded"),
                            ("person", "By hand"),
                            ("import", "Import"),
                            ("resume", "Résumé"),
                            ("form", "Form"),
                            ("mail", "E-mail"),
                            ("api", "API"),
                        ],
                        default="",
                        editable=False,
                        max_length=10,
                    ),
                ),
                (
                    "provenance_label",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Such as the name of the file",
                        max_length=120,
                    ),
                ),
                (
                    "provenance_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("text", models.TextField(blank=True)),
                ("normalized", models.CharField(blank=True, editable=False, max_length=100)),
                ("number", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("day", models.DateField(null=True)),
                ("yes", models.BooleanField(null=True)),
                ("unique_key", models.CharField(editable=False, max_length=100, null=True)),
                (
                    "attachment",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="candidates.organizationfile",
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="candidates.customfield",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "option",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="candidates.customfieldoption",
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
                (
                    "pool",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_values",
                        to="candidates.talentpool",
                    ),
                ),
                (
                    "provenance_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["field__position", "field", "option__position", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "pool", "field", "option"),
                        name="pool_value_once",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "field", "unique_key"), name="pool_value_unique"
                    ),
                ],
            },
        ),
        crm.tenancy.walls.BuildWalls(
            name="organizationfile",
        ),
        crm.tenancy.walls.BuildWalls(
            name="poolcustomvalue",
        ),
        migrations.RunSQL(UNUSED, BEFORE),
    ]
