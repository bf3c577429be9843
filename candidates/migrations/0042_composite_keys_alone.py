"""The plain keys beside composite ones go from databases that have them."""

from django.db import migrations

from crm.tenancy.walls import drop_covered_keys


class Migration(migrations.Migration):
    dependencies = [("candidates", "0041_fields_of_work")]

    operations = [drop_covered_keys("candidates")]
