from django.db import migrations

# What is known of jobs that were there before: when they opened, and when they closed.
OPENED = """
INSERT INTO pipelines_jobstatuschange (organization_id, job_id, status, since_on, by_id, at)
SELECT organization_id, id, 'open', opened_on, NULL, created_at
FROM pipelines_job WHERE opened_on IS NOT NULL
"""
SINCE = """
INSERT INTO pipelines_jobstatuschange (organization_id, job_id, status, since_on, by_id, at)
SELECT organization_id, id, status, coalesce(closed_on, current_date), NULL, now()
FROM pipelines_job WHERE status <> 'open'
"""
HELD = "UPDATE pipelines_job SET on_hold_on = current_date WHERE status = 'on_hold'"


class Migration(migrations.Migration):
    dependencies = [("pipelines", "0003_jobs_teams_scorecards")]
    operations = [
        migrations.RunSQL([OPENED, SINCE, HELD], migrations.RunSQL.noop),
    ]
