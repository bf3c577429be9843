"""The trusted extensions that search needs: the database's owner may create them, no superuser required."""

from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    replaces = [
        ("candidates", "0001_extensions"),
    ]
    initial = True
    dependencies = []
    operations = [TrigramExtension(), BtreeGinExtension()]
