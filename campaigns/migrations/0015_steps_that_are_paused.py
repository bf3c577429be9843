"""A step of a sequence can be paused, and people wait at it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0014_people_who_lack_a_value"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="paused_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="Since when people wait at it", null=True
            ),
        ),
        migrations.AlterField(
            model_name="enrollment",
            name="stop_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("replied", "Replied"),
                    ("unsubscribed", "Unsubscribed"),
                    ("bounced", "Address does not exist"),
                    ("suppressed", "Must not be written to"),
                    ("missing_data", "A merge field has no value"),
                    ("no_address", "No e-mail address"),
                    ("manual", "Stopped by hand"),
                    ("merged", "Merged with a record on a sequence"),
                    ("interview", "An interview was booked"),
                    ("left", "Left the pool or stage"),
                    ("left_company", "Has left the company"),
                    ("not_told", "Was not told in time where the data came from"),
                    ("company", "Of a company that is not contacted"),
                    ("step_paused", "The step is paused"),
                ],
                max_length=15,
            ),
        ),
    ]
