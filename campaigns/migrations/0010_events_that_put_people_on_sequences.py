"""What happens to people puts them on sequences: they apply, are referred, have an interview booked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.tenancy.walls


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0009_work_found_in_one_pass"),
        ("candidates", "0045_marks_by_index"),
        ("pipelines", "0007_basis_of_referrals"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="autoenrollment",
            name="rule_of_a_pool_or_a_stage",
        ),
        migrations.AddField(
            model_name="autoenrollment",
            name="event",
            field=models.CharField(
                blank=True,
                choices=[
                    ("applied", "applies for a job"),
                    ("referred", "is referred by a colleague with the form"),
                    ("booked", "has an interview booked"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="autoenrollment",
            name="job",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Of an event: for this job alone",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="pipelines.job",
            ),
        ),
        migrations.AddConstraint(
            model_name="autoenrollment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("event", ""), _negated=True),
                fields=("organization", "sequence", "event", "job"),
                name="one_rule_per_event",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="autoenrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("event", ""), ("pool__isnull", False), ("stage", None)),
                    models.Q(("event", ""), ("pool", None), ("stage__isnull", False)),
                    models.Q(
                        ("pool", None), ("stage", None), models.Q(("event", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="rule_of_a_pool_a_stage_or_an_event",
            ),
        ),
        migrations.AddConstraint(
            model_name="autoenrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("event", ""), ("job", None)),
                    models.Q(models.Q(("event", ""), _negated=True), ("ends_on_leaving", False)),
                    _connector="OR",
                ),
                name="rule_of_an_event_has_a_job_and_no_end",
            ),
        ),
        crm.tenancy.walls.BuildWalls(
            name="autoenrollment",
        ),
    ]
