"""E-mail addresses are called so wherever rows are told of."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0058_resumes_among_changes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="emailaddress",
            options={
                "base_manager_name": "objects",
                "verbose_name": "e-mail address",
                "verbose_name_plural": "e-mail addresses",
            },
        ),
    ]
