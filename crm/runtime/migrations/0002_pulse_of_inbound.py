"""Who looks into mailboxes has a pulse of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runtime", "0001_tables"),
    ]

    operations = [
        migrations.AlterField(
            model_name="heartbeat",
            name="part",
            field=models.CharField(
                choices=[("beat", "Beat"), ("worker", "Worker"), ("inbound", "Inbound")],
                max_length=20,
                primary_key=True,
                serialize=False,
            ),
        ),
    ]
