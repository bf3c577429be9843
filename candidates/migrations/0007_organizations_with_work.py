"""Over all organizations: where is work due, does it stand still, or is something too old to keep?

The functions run as the owner, whom row-level security does not bind, and tell ids of organizations
alone. `SET search_path` keeps a caller from putting tables of its own in their way.
"""

from django.db import migrations

FUNCTIONS = """
-- An import stands still.
CREATE FUNCTION candidates_organizations_with_imports(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT i.organization_id FROM candidates_import i
  JOIN tenancy_organization o ON o.id = i.organization_id
  WHERE i.state IN ('reading', 'checking', 'queued', 'running') AND i.beat_at <= before AND o.closed_at IS NULL
$$;
-- Rows of an import are too old to keep.
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
$$;
-- Résumés wait and nobody reads them.
CREATE FUNCTION candidates_organizations_with_resumes(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT r.organization_id FROM candidates_resume r
  JOIN tenancy_organization o ON o.id = r.organization_id
  WHERE r.state IN ('waiting', 'reading') AND r.beat_at <= before AND o.closed_at IS NULL
    -- Where a worker is at it, no second one is needed.
    AND NOT EXISTS (
      SELECT FROM candidates_resume b
      WHERE b.organization_id = r.organization_id AND b.state = 'reading' AND b.beat_at > before
    )
$$;
-- Résumés that became nobody's are too old to keep.
CREATE FUNCTION candidates_organizations_with_old_resumes(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT r.organization_id FROM candidates_resume r
  WHERE r.state <> 'accepted' AND r.candidate_id IS NULL AND r.created_at <= before
$$;
-- An export stands still, or its file's time is over.
CREATE FUNCTION candidates_organizations_with_exports(before timestamptz, now timestamptz)
RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT e.organization_id FROM candidates_export e
  WHERE (e.state IN ('queued', 'running') AND e.beat_at <= before)
    OR (e.state = 'done' AND e.expires_at <= now)
$$;
-- An undo stands still.
CREATE FUNCTION candidates_organizations_with_undos(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT c.organization_id FROM candidates_changeset c
  JOIN tenancy_organization o ON o.id = c.organization_id
  WHERE c.state = 'undoing' AND c.beat_at <= before AND o.closed_at IS NULL
$$;
-- Values of change sets are too old to keep.
CREATE FUNCTION candidates_organizations_with_old_changes(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT c.organization_id FROM candidates_changeset c
  WHERE c.created_at <= before AND c.forgotten_at IS NULL
$$;
-- A bulk act stands still, or was never started.
CREATE FUNCTION candidates_organizations_with_bulk_acts(stale_before timestamptz, drafts_before timestamptz)
RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT o.id FROM tenancy_organization o WHERE o.closed_at IS NULL
  AND EXISTS (SELECT FROM candidates_bulkact a WHERE a.organization_id = o.id
    AND ((a.state IN ('queued', 'running') AND a.beat_at <= stale_before)
      OR (a.state = 'draft' AND a.created_at < drafts_before)))
$$;
-- People wait to be compared.
CREATE FUNCTION candidates_organizations_to_compare() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT o.id FROM tenancy_organization o WHERE o.closed_at IS NULL
  AND EXISTS (SELECT FROM candidates_matchcheck m WHERE m.organization_id = o.id)
$$;
-- People were marked as changed.
CREATE FUNCTION candidates_organizations_with_marks() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT o.id FROM tenancy_organization o WHERE o.closed_at IS NULL
  AND EXISTS (SELECT FROM candidates_personmark m WHERE m.organization_id = o.id)
$$;
-- A smart pool is to be filled.
CREATE FUNCTION candidates_organizations_with_due_pools() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT o.id FROM tenancy_organization o WHERE o.closed_at IS NULL
  AND EXISTS (SELECT FROM candidates_talentpool p
    WHERE p.organization_id = o.id AND p.due_at IS NOT NULL AND p.archived_at IS NULL AND p.query IS NOT NULL)
$$;
"""
NO_FUNCTIONS = """
DROP FUNCTION candidates_organizations_with_due_pools();
DROP FUNCTION candidates_organizations_with_marks();
DROP FUNCTION candidates_organizations_to_compare();
DROP FUNCTION candidates_organizations_with_bulk_acts(timestamptz, timestamptz);
DROP FUNCTION candidates_organizations_with_old_changes(timestamptz);
DROP FUNCTION candidates_organizations_with_undos(timestamptz);
DROP FUNCTION candidates_organizations_with_exports(timestamptz, timestamptz);
DROP FUNCTION candidates_organizations_with_old_resumes(timestamptz);
DROP FUNCTION candidates_organizations_with_resumes(timestamptz);
DROP FUNCTION candidates_organizations_with_old_imports(timestamptz, timestamptz);
DROP FUNCTION candidates_organizations_with_imports(timestamptz);
"""


class Migration(migrations.Migration):
    replaces = [
        ("candidates", "0005_stalled_imports"),
        ("candidates", "0010_undo_progress"),
    ]
    dependencies = [("candidates", "0006_search_index_and_views")]

    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
