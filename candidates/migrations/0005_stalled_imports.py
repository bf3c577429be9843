"""Over all organizations: where does an import stand still, or are its rows too old?

The functions run as the owner, whom row-level security does not bind, and tell ids of organizations
alone. `SET search_path` keeps a caller from putting tables of its own in their way.
"""

from django.db import migrations

STALLED = """
CREATE FUNCTION candidates_organizations_with_imports(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT i.organization_id FROM candidates_import i
  JOIN tenancy_organization o ON o.id = i.organization_id
  WHERE i.state IN ('checking', 'queued', 'running') AND i.beat_at <= before AND o.closed_at IS NULL
$$
"""
OLD = """
CREATE FUNCTION candidates_organizations_with_old_imports(
  finished_before timestamptz, uploaded_before timestamptz
) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT i.organization_id FROM candidates_import i
  WHERE (i.started_at IS NULL AND i.created_at <= uploaded_before)
    OR (
      i.finished_at <= finished_before
      AND EXISTS (
        SELECT FROM candidates_importrow r
        WHERE r.organization_id = i.organization_id AND r.import_file_id = i.id
      )
    )
$$
"""


class Migration(migrations.Migration):
    dependencies = [("candidates", "0004_search_views"), ("tenancy", "0001_initial")]

    operations = [
        migrations.RunSQL(
            STALLED, "DROP FUNCTION candidates_organizations_with_imports(timestamptz)"
        ),
        migrations.RunSQL(
            OLD,
            "DROP FUNCTION candidates_organizations_with_old_imports(timestamptz, timestamptz)",
        ),
    ]
