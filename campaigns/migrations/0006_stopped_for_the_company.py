"""A reason more for which an enrollment ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0005_composite_keys_alone"),
    ]

    operations = [
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
                    ("not_told", "Was not told in time where the data came from"),
                    ("company", "Of a company that is not contacted"),
                ],
                max_length=15,
            ),
        ),
    ]
