"""An index of the few who wait for a value of their record."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0013_received_once_a_person"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(
                condition=models.Q(state="paused", stop_reason="missing_data"),
                fields=["organization", "id"],
                name="enrollment_lacking",
            ),
        ),
    ]
