"""The view through which searching asks who is in a sequence."""

from django.db import migrations

from crm.tenancy.search_views import SearchViews


class Migration(migrations.Migration):
    replaces = [
        ("campaigns", "0009_search_view"),
    ]
    dependencies = [("campaigns", "0002_organizations_with_work")]

    operations = [
        SearchViews(
            {
                "enrollment_search": (
                    "SELECT id, candidate_id, sequence_id, state, enrolled_at"
                    " FROM campaigns_enrollment WHERE true"
                )
            }
        ),
    ]
