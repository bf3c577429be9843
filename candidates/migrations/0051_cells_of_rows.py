"""Cells keep what was stored as a number; nothing changes in the database."""

from django.db import migrations

import candidates.models.imports


class Migration(migrations.Migration):
    dependencies = [("candidates", "0050_operators_are_told")]

    operations = [
        migrations.AlterField("importrow", "cells", field=candidates.models.imports.CellsField())
    ]
