"""The view through which searching asks who is in a job's pipeline."""

from django.db import migrations

from crm.tenancy.search_views import SearchViews


class Migration(migrations.Migration):
    replaces = [
        ("pipelines", "0007_search_view"),
    ]
    dependencies = [("pipelines", "0001_tables")]

    operations = [
        SearchViews(
            {
                "candidacy_search": (
                    "SELECT id, candidate_id, job_id, stage_id, closed_at, entered_stage_at"
                    " FROM pipelines_candidacy WHERE true"
                )
            }
        ),
    ]
