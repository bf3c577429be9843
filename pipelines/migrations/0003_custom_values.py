"""What jobs and candidacies have in the organization's own fields."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crm.tenancy.walls


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0041_fields_of_work"),
        ("pipelines", "0002_views_for_search"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CandidacyCustomValue",
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
                        to="candidates.candidatefile",
                    ),
                ),
                (
                    "candidacy",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_values",
                        to="pipelines.candidacy",
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
                        fields=("organization", "candidacy", "field", "option"),
                        name="candidacy_value_once",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "field", "unique_key"),
                        name="candidacy_value_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobCustomValue",
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
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_values",
                        to="pipelines.job",
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
                        fields=("organization", "job", "field", "option"),
                        name="job_value_once",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "field", "unique_key"), name="job_value_unique"
                    ),
                ],
            },
        ),
        crm.tenancy.walls.BuildWalls(
            name="candidacycustomvalue",
        ),
        crm.tenancy.walls.BuildWalls(
            name="jobcustomvalue",
        ),
    ]
