"""Which state of a calendar entry the candidate has. Of those that stand already any state counts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pipelines", "0009_answers_of_candidates"),
    ]

    operations = [
        migrations.AddField(
            model_name="interview",
            name="candidate_sequence",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
