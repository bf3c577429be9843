"""A step's mail may have wordings for people who speak a language, beside those that are tried by chance."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0007_mails_handed_over_twice"),
        ("tenancy", "0001_tables"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="stepvariant",
            options={"base_manager_name": "objects", "ordering": ["letter", "language"]},
        ),
        migrations.RemoveConstraint(
            model_name="stepvariant",
            name="one_variant_per_letter",
        ),
        migrations.AddField(
            model_name="stepvariant",
            name="language",
            field=models.CharField(
                blank=True, help_text="ISO 639-1, instead of a letter", max_length=2
            ),
        ),
        migrations.AlterField(
            model_name="stepvariant",
            name="letter",
            field=models.CharField(blank=True, help_text="B, C or D", max_length=1),
        ),
        migrations.AddConstraint(
            model_name="stepvariant",
            constraint=models.UniqueConstraint(
                fields=("organization", "step", "letter", "language"),
                name="one_variant_per_letter_or_language",
            ),
        ),
        migrations.AddConstraint(
            model_name="stepvariant",
            constraint=models.CheckConstraint(
                condition=models.Q(("letter", ""), ("language", ""), _connector="XOR"),
                name="variant_of_a_letter_or_a_language",
            ),
        ),
    ]
