from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_tables")]

    operations = [
        migrations.AlterField(
            model_name="purgerun",
            name="trigger",
            field=models.CharField(
                choices=[
                    ("nightly", "Nightly run"),
                    ("manual", "Run by hand"),
                    ("erasure", "Erasure by hand"),
                ],
                max_length=10,
            ),
        ),
    ]
