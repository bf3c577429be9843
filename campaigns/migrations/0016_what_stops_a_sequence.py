"""A sequence says what ends it for a person. Those that are there keep to what they did: no stage ends them."""

import django.contrib.postgres.fields
from django.db import migrations, models

import campaigns.models.sequences

KINDS = [
    ("lead", "Lead"),
    ("screen", "Screen"),
    ("interview", "Interview"),
    ("offer", "Offer"),
    ("hired", "Hired"),
    ("rejected", "Rejected"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0015_steps_that_are_paused"),
    ]

    operations = [
        migrations.AddField(
            model_name="sequence",
            name="stops_on_reply",
            field=models.BooleanField(default=True, help_text="A human answers one of its mails"),
        ),
        migrations.AddField(
            model_name="sequence",
            name="stops_on_other_mail",
            field=models.BooleanField(
                default=True, help_text="The person writes a mail that answers none of its own"
            ),
        ),
        migrations.AddField(
            model_name="sequence",
            name="stops_on_interview",
            field=models.BooleanField(
                default=True, help_text="An interview with the person is booked"
            ),
        ),
        migrations.AddField(
            model_name="sequence",
            name="stops_on_bounce",
            field=models.BooleanField(
                default=True, help_text="Mail came back; else it goes on with another address"
            ),
        ),
        migrations.AddField(
            model_name="sequence",
            name="stop_kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=KINDS, max_length=10),
                blank=True,
                default=list,
                help_text="Kinds of stages: a candidacy of the person comes into one",
                size=None,
            ),
        ),
        # Only new ones begin with a stage that ends them.
        migrations.AlterField(
            model_name="sequence",
            name="stop_kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=KINDS, max_length=10),
                blank=True,
                default=campaigns.models.sequences.hired_alone,
                help_text="Kinds of stages: a candidacy of the person comes into one",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="sequence",
            name="stop_names",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60),
                blank=True,
                default=list,
                help_text="Names of stages, in whatever job",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="enrollment",
            name="reached",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="The stage that ended it, as it was called",
                max_length=60,
            ),
            preserve_default=False,
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
                    ("stage", "Reached a stage"),
                ],
                max_length=15,
            ),
        ),
    ]
