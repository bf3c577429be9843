"""A sequence names what nurtures who says “not now”; an enrollment names the mail whose thread it takes up."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.tenancy.walls


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0016_what_stops_a_sequence"),
        ("candidates", "0055_contacts_of_imports"),
        ("tenancy", "0002_addresses_that_can_be_renewed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="enrollment",
            name="takes_up",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                help_text="What the person wrote: its first mail answers that",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="campaigns.message",
            ),
        ),
        migrations.AddField(
            model_name="sequence",
            name="after_not_now",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="The sequence for who answers “not now”",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="campaigns.sequence",
            ),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(
                condition=models.Q(("takes_up__isnull", False)),
                fields=["organization", "takes_up"],
                name="enrollment_taking_up",
            ),
        ),
        crm.tenancy.walls.BuildWalls(
            name="enrollment",
        ),
        crm.tenancy.walls.BuildWalls(
            name="sequence",
        ),
    ]
