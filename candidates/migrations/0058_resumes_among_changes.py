"""What a résumé brought is a kind of change set of its own, shown with the others; until now it was an edit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("candidates", "0057_search_of_wishes")]

    operations = [
        migrations.AlterField(
            model_name="changeset",
            name="kind",
            field=models.CharField(
                choices=[
                    ("import", "Import"),
                    ("merge", "Merge"),
                    ("bulk_edit", "Bulk edit"),
                    ("resume", "Résumé"),
                    ("edit", "Edit"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(
            "UPDATE candidates_changeset SET kind = 'resume'"
            " WHERE kind = 'edit' AND link LIKE 'candidates/resumes/%'",
            "UPDATE candidates_changeset SET kind = 'edit' WHERE kind = 'resume'",
        ),
    ]
