"""Cells keep what was stored as a number; nothing changes in the database."""

from django.db import migrations

import candidates.models.imports


class Migration(migrations.Migration):
    dependencies = [("candidates", "0049_keys_of_companies")]

    operations = [
        migrations.AlterField("importrow", "cells", field=candidates.models.imports.CellsField())
    ]
