"""The plain keys beside composite ones go from databases that have them."""

from django.db import migrations

from crm.tenancy.walls import drop_covered_keys


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_privacy_notices_in_mails")]

    operations = [drop_covered_keys("campaigns")]
