"""What a file told of the last contact is kept: it has no entry on the timeline."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0054_mail_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="candidate",
            name="imported_contact_at",
            field=models.DateTimeField(
                editable=False, help_text="The last contact that a file told of", null=True
            ),
        ),
    ]
